"""Widths that suit the example's budget."""

# ruff: noqa: F821 (mlpconv is the answer to question 3)

# question: a2-q7
# loses: budget, room used
# says: Let its widths follow from the budget

import keras


def nin_classifier(channels, classes, budget):
    images = keras.Input((None, None, channels))
    maps = mlpconv(images, [24, 24], 5)
    maps = mlpconv(keras.layers.MaxPooling2D(2)(maps), [48, 48], 3)
    class_maps = keras.layers.Conv2D(classes, 1)(maps)
    return keras.Model(images, keras.layers.GlobalAveragePooling2D()(class_maps))
