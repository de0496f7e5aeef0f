"""Without global pooling there are ten numbers at each position."""

# question: a6-q4
# loses: question
# says: An image should become 10 numbers

import keras
from keras import layers


def build():
    image = keras.Input((28, 28, 1))
    x = layers.Conv2D(16, 3, 2, "same", activation="relu")(image)
    return keras.Model(image, layers.Dense(10)(layers.Conv2D(32, 3, 2, "same", activation="relu")(x)))
