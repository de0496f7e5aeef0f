"""The budget is spent on weights; the biases come on top."""

# ruff: noqa: F821 (mlpconv is the answer to question 3)

# question: a2-q7
# loses: budget
# says: and the budget is

import keras


def nin_classifier(channels, classes, budget):
    def weights(n):
        return 25 * channels * n + n * n + n * 9 * n

    # The widest n whose last layer is as wide; then what is left goes to that layer.
    n = max(n for n in range(1, 200) if weights(n) + n * (n + classes) <= budget)
    last = (budget - weights(n)) // (n + classes)
    images = keras.Input((None, None, channels))
    maps = mlpconv(images, [n, n], 5)
    maps = mlpconv(keras.layers.MaxPooling2D(2)(maps), [n, last], 3)
    class_maps = keras.layers.Conv2D(classes, 1)(maps)
    return keras.Model(images, keras.layers.GlobalAveragePooling2D()(class_maps))
