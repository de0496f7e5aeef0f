"""The 1×1 layers are linear."""

# question: a2-q3
# loses: two 1×1 layers, more 1×1 layers, strides
# says: The ReLUs of the 1×1 layers are missing

import keras


def mlpconv(x, widths, kernel_size, strides=1):
    first, *others = widths
    x = keras.layers.Conv2D(first, kernel_size, strides, padding="same", activation="relu")(x)
    for width in others:
        x = keras.layers.Conv2D(width, 1)(x)
    return x
