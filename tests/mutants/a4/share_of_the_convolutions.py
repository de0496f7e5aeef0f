"""The other share."""

# ruff: noqa: F821 (it calls answers to other questions)
# question: a4-q4
# loses: share of the parameters, share of the MACs
# says: of the convolutions

import numpy as np


def bottom_line(input_shape, layers):
    total, dense, shape = np.zeros(2), np.zeros(2), input_shape
    for layer in layers:
        shape, *cost = layer_row(shape, layer)
        total += cost
        if layer[0] == "dense":
            dense += cost
    return *total, *(1 - dense / total)
