"""Flatten and a dense layer: good for images of a few sizes."""

# ruff: noqa: F821 (mlpconv is the answer to question 3)

# question: a2-q7
# loses: outputs, class maps
# says: does not take images of

import keras


def nin_classifier(channels, classes, budget):
    def build(n):
        maps = images = keras.Input((32, 32, channels))
        for _ in range(3):
            maps = mlpconv(maps, [n, n], 3, strides=2)
        return keras.Model(images, keras.layers.Dense(classes)(keras.layers.Flatten()(maps)))

    n = 1
    while build(n + 1).count_params() <= budget:
        n += 1
    return build(n)
