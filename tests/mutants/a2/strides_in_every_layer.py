"""The same keywords for all layers: the 1×1s drop positions, too."""

# question: a2-q3
# loses: strides
# says: Every layer has the strides

import keras


def mlpconv(x, widths, kernel_size, strides=1):
    for width in widths:
        x = keras.layers.Conv2D(width, kernel_size, strides=strides, padding="same", activation="relu")(x)
        kernel_size = 1
    return x
