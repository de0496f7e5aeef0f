"""The 1×1 of the pooling branch comes first."""

# ruff: noqa: F821 (the notebook defines conv and relu and max_pool_same)
# question: a3-q4
# loses: pooling branch
# says: pool first, then project

import numpy as np


def inception(x, weights):
    def layer(x, name):
        return relu(conv(x, *weights[name]))

    branches = [
        layer(x, "1x1"),
        layer(layer(x, "3x3_reduce"), "3x3"),
        layer(layer(x, "5x5_reduce"), "5x5"),
        max_pool_same(layer(x, "pool_proj")),
    ]
    return np.concatenate(branches, axis=-1)
