"""The mean first, then a dense layer: a good network, but none with a map for each class."""

# ruff: noqa: F821 (mlpconv is the answer to question 3)

# question: a2-q7
# loses: class maps
# says: the last 1×1 comes before the mean

import keras


def nin_classifier(channels, classes, budget):
    def parameters(n):
        pairs = [(25 * channels, n), (n, n), (9 * n, 2 * n), (2 * n, 2 * n), (2 * n, classes)]
        return sum((seen + 1) * made for seen, made in pairs)

    n = max(n for n in range(1, 200) if parameters(n) <= budget)
    images = keras.Input((None, None, channels))
    maps = mlpconv(images, [n, n], 5)
    maps = mlpconv(keras.layers.MaxPooling2D(2)(maps), [2 * n, 2 * n], 3)
    return keras.Model(images, keras.layers.Dense(classes)(keras.layers.GlobalAveragePooling2D()(maps)))
