"""The field is bought by dilation."""

# question: a4-q7
# loses: layers, receptive field, budget, ReLUs
# says: dilation_rate

import math

import keras


def vgg_like(side, wanted, budget):
    pools = int(math.log2(side / 4))
    convs, field = pools, 1 + sum(3 * 2**n for n in range(pools))
    while field < wanted:
        field += 2 * 2**pools
        convs += 1
    width = max(w for w in range(1, 999) if 28 * w + (convs - 1) * (9 * w + 1) * w <= budget)
    x = image = keras.Input((side, side, 3))
    for number in range(convs):
        x = keras.layers.Conv2D(width, 3, padding="same", dilation_rate=2, activation="relu")(x)
        if number < pools:
            x = keras.layers.MaxPooling2D(2)(x)
    return keras.Model(image, x)
