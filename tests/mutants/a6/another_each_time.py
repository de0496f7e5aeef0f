"""Each call builds a wider network than the last."""

# question: a6-q4
# loses: one design
# says: two different designs

import keras
from keras import layers

widest_so_far = 40


def network(width, skip=True):
    image = keras.Input((28, 28, 1))
    x = layers.Conv2D(16, 3, 2, "same", use_bias=False)(image)
    x = layers.ReLU()(layers.BatchNormalization(momentum=0.9)(x))
    x = layers.MaxPooling2D(2)(layers.Conv2D(32, 3, padding="same", activation="relu")(x))
    y = layers.Conv2D(width, 3, padding="same", use_bias=False)(x)
    y = layers.ReLU()(layers.BatchNormalization(momentum=0.9)(y))
    y = layers.Concatenate()([x, y]) if skip else y
    return keras.Model(image, layers.Dense(10)(layers.GlobalAveragePooling2D()(y)))


def build():
    global widest_so_far
    widest_so_far += 2
    return network(widest_so_far)
