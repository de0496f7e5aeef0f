"""No idea of the course: one hidden layer with a weight for every pixel, as wide as the budget allows."""

# question: a6-q4
# loses: hidden images
# says: of the hidden images are right after training

import keras
from keras import layers


def build():
    hidden = [layers.Flatten(), layers.Dense(62, activation="relu")]
    return keras.Sequential([keras.Input((28, 28, 1)), *hidden, layers.Dense(10)])
