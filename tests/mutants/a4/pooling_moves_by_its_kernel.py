"""The windows of a pooling do not overlap."""

# ruff: noqa: F821 (it calls answers to other questions)
# question: a4-q3
# loses: pooling
# says: by its stride

import math


def layer_row(shape, layer):
    kind, *settings = layer
    if kind == "conv":
        rows, columns = (output_size(side, *settings[1:4]) for side in shape[:2])
        return (rows, columns, settings[0]), *conv_cost(*shape, *settings)
    if kind == "pool":
        rows, columns = (output_size(side, settings[0], settings[0]) for side in shape[:2])
        return (rows, columns, shape[2]), 0, 0
    if kind == "flatten":
        return (math.prod(shape),), 0, 0
    units = settings[0]
    weights = shape[0] * units
    return (units,), weights + units, weights
