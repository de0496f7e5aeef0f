"""No activation anywhere: all convolutions together are one linear map."""

# question: a6-q4
# loses: hidden images
# says: of the hidden images are right

import keras
from keras import layers


def build():
    x = image = keras.Input((28, 28, 1))
    for width in (12, 24):
        x = layers.Conv2D(width, 3, 2, "same")(x)
        x = layers.BatchNormalization(momentum=0.9)(x)
    return keras.Model(image, layers.Dense(10)(layers.GlobalAveragePooling2D()(x)))
