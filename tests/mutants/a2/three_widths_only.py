"""The paper's three layers, written out; what else the list holds is dropped."""

# question: a2-q3
# loses: the convolution alone, more 1×1 layers, equal widths
# says: Some widths were not used

import keras


def mlpconv(x, widths, kernel_size, strides=1):
    x = keras.layers.Conv2D(widths[0], kernel_size, strides, padding="same", activation="relu")(x)
    x = keras.layers.Conv2D(widths[1], 1, activation="relu")(x)
    return keras.layers.Conv2D(widths[2], 1, activation="relu")(x)
