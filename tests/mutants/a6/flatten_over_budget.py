"""A dense layer on the flattened map: most of the parameters, and too many."""

# question: a6-q4
# loses: parameters, hidden images
# says: and the budget is 50,000

import keras
from keras import layers


def build():
    image = keras.Input((28, 28, 1))
    x = layers.Conv2D(16, 3, 2, "same", activation="relu")(image)
    x = layers.MaxPooling2D(2)(layers.Conv2D(32, 3, 1, "same", activation="relu")(x))
    x = layers.Dense(40, activation="relu")(layers.Flatten()(x))
    return keras.Model(image, layers.Dense(10)(x))
