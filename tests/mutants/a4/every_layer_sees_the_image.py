"""The shape is not carried from layer to layer."""

# ruff: noqa: F821 (it calls answers to other questions)
# question: a4-q4
# loses: parameters, MACs, share of the parameters, share of the MACs
# says: the one before it gave

import numpy as np


def bottom_line(input_shape, layers):
    total, dense = np.zeros(2), np.zeros(2)
    for layer in layers:
        cost = layer_row(input_shape, layer)[1:]
        total += cost
        if layer[0] == "dense":
            dense += cost
    return *total, *(dense / total)
