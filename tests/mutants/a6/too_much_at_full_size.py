"""Few parameters, but they work at all 28·28 positions."""

# question: a6-q4
# loses: MACs, hidden images
# says: and the budget is 5,000,000

import keras
from keras import layers


def build():
    x = image = keras.Input((28, 28, 1))
    for _ in range(3):
        x = layers.Conv2D(28, 3, padding="same", activation="relu")(x)
    return keras.Model(image, layers.Dense(10)(layers.GlobalAveragePooling2D()(x)))
