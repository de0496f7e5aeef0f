"""As many poolings as fit, and no thought of the field."""

# question: a4-q7
# loses: receptive field
# says: should see at least

import math

import keras


def vgg_like(side, field, budget):
    pools = int(math.log2(side / 4))
    convs = pools
    width = max(w for w in range(1, 999) if 28 * w + (convs - 1) * (9 * w + 1) * w <= budget)
    x = image = keras.Input((side, side, 3))
    for number in range(convs):
        x = keras.layers.Conv2D(width, 3, padding="same", activation="relu")(x)
        if number < pools:
            x = keras.layers.MaxPooling2D(2)(x)
    return keras.Model(image, x)
