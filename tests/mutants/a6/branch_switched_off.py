"""A branch that is multiplied by 0: it has weights, and nothing of it arrives."""

# question: a6-q4
# loses: every weight learns
# says: No gradient reaches

import keras
from keras import layers


def build():
    image = keras.Input((28, 28, 1))
    x = layers.Conv2D(16, 3, 2, "same", use_bias=False)(image)
    x = layers.ReLU()(layers.BatchNormalization(momentum=0.9)(x))
    off = layers.Rescaling(0.0)(layers.Conv2D(32, 1)(x))
    x = layers.Add()([layers.Conv2D(32, 3, padding="same", use_bias=False)(x), off])
    x = layers.MaxPooling2D(2)(layers.ReLU()(layers.BatchNormalization(momentum=0.9)(x)))
    x = layers.Conv2D(64, 3, padding="same", use_bias=False)(x)
    x = layers.ReLU()(layers.BatchNormalization(momentum=0.9)(x))
    return keras.Model(image, layers.Dense(10)(layers.GlobalAveragePooling2D()(x)))
