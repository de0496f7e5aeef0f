"""No activation in the second mlpconv layer: its 3×3 and its 1×1 collapse into one."""

# ruff: noqa: F821 (mlpconv is the answer to question 3)

# question: a2-q7
# loses: ReLUs
# says: the two collapse into one

import keras


def nin_classifier(channels, classes, budget):
    def parameters(n):
        pairs = [(25 * channels, n), (n, n), (9 * n, 2 * n), (2 * n, 2 * n), (2 * n, classes)]
        return sum((seen + 1) * made for seen, made in pairs)

    n = max(n for n in range(1, 200) if parameters(n) <= budget)
    images = keras.Input((None, None, channels))
    maps = mlpconv(images, [n, n], 5)
    maps = keras.layers.Conv2D(2 * n, 3, 2, padding="same")(maps)
    maps = keras.layers.Conv2D(2 * n, 1, activation="relu")(maps)
    class_maps = keras.layers.Conv2D(classes, 1)(maps)
    return keras.Model(images, keras.layers.GlobalAveragePooling2D()(class_maps))
