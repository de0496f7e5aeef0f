"""The 1×1 layers read the block's input: the convolution's output goes nowhere."""

# question: a2-q3
# loses: two 1×1 layers, more 1×1 layers, strides, equal widths
# says: the convolution's output goes nowhere

import keras


def mlpconv(x, widths, kernel_size, strides=1):
    first, *others = widths
    y = keras.layers.Conv2D(first, kernel_size, strides, padding="same", activation="relu")(x)
    for width in others:
        y = keras.layers.Conv2D(width, 1, activation="relu")(x)
    return y
