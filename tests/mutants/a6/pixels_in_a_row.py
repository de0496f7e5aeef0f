"""It takes vectors of 784 numbers, not images."""

# question: a6-q4
# loses: question
# says: 28

import keras
from keras import layers


def build():
    return keras.Sequential([keras.Input((784,)), layers.Dense(60, activation="relu"), layers.Dense(10)])
