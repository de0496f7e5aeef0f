"""The last map has its rows from zeros put around the image, not from poolings left out."""

# question: a4-q7
# loses: layers, last map, ReLUs
# says: zeros are put around a map

import math

import keras


def vgg_like(side, wanted, budget):
    pools = int(math.log2(side / 4))
    convs, field = pools, 1 + sum(3 * 2**n for n in range(pools))
    while field < wanted:
        field += 2 * 2**pools
        convs += 1
    width = max(w for w in range(1, 999) if 28 * w + (convs - 1) * (9 * w + 1) * w <= budget)
    image = keras.Input((side, side, 3))
    x = keras.layers.ZeroPadding2D(40)(image)
    for number in range(convs):
        x = keras.layers.Conv2D(width, 3, padding="same", activation="relu")(x)
        if number < pools:
            x = keras.layers.MaxPooling2D(2)(x)
    return keras.Model(image, x)
