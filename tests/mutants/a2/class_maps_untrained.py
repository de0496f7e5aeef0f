"""A new layer with random weights in place of the trained ones."""

# question: a2-q6
# loses: class maps, another image size

import keras


def with_class_maps(model):
    pooling, dense = model.layers[-2:]
    return keras.Model(model.input, keras.layers.Conv2D(dense.units, 1)(pooling.input))
