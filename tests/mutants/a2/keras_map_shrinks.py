"""Keras's own padding, which is "valid"."""

# question: a2-q3
# loses: two 1×1 layers, the convolution alone, more 1×1 layers, strides
# says: The map shrinks

import keras


def mlpconv(x, widths, kernel_size, strides=1):
    first, *others = widths
    x = keras.layers.Conv2D(first, kernel_size, strides, activation="relu")(x)
    for width in others:
        x = keras.layers.Conv2D(width, 1, activation="relu")(x)
    return x
