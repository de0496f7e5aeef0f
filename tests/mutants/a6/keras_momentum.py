"""Batch normalisation as Keras has it: its averages lag behind the few steps that there are."""

# question: a6-q4
# loses: hidden images
# says: Set momentum=0.9

import keras
from keras import layers


def build():
    x = image = keras.Input((28, 28, 1))
    for width in (12, 24, 48):
        x = layers.Conv2D(width, 3, 2, "same", use_bias=False)(x)
        x = layers.ReLU()(layers.BatchNormalization()(x))
    return keras.Model(image, layers.Dense(10)(layers.GlobalAveragePooling2D()(x)))
