"""Takes the first width out of the caller's list."""

# question: a2-q3
# loses: list untouched
# says: without `pop`

import keras


def mlpconv(x, widths, kernel_size, strides=1):
    x = keras.layers.Conv2D(widths.pop(0), kernel_size, strides, padding="same", activation="relu")(x)
    for width in widths:
        x = keras.layers.Conv2D(width, 1, activation="relu")(x)
    return x
