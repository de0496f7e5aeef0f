"""The field is bought by one convolution that is used again and again."""

# question: a4-q7
# loses: layers, ReLUs
# says: used more than once

import math

import keras


def vgg_like(side, wanted, budget):
    pools = int(math.log2(side / 4))
    convs, field = pools, 1 + sum(3 * 2**n for n in range(pools))
    while field < wanted:
        field += 2 * 2**pools
        convs += 1
    width = max(w for w in range(1, 999) if 28 * w + (9 * w + 1) * w <= budget)
    x = image = keras.Input((side, side, 3))
    shared = keras.layers.Conv2D(width, 3, padding="same", activation="relu")
    for number in range(convs):
        first = keras.layers.Conv2D(width, 3, padding="same", activation="relu")
        x = shared(x) if number else first(x)
        if number < pools:
            x = keras.layers.MaxPooling2D(2)(x)
    return keras.Model(image, x)
