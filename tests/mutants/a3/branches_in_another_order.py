"""The pooling branch comes first."""

# ruff: noqa: F821 (the notebook defines conv and relu and max_pool_same)
# question: a3-q4
# loses: joined in order
# says: come in another order

import numpy as np


def inception(x, weights):
    def layer(x, name):
        return relu(conv(x, *weights[name]))

    branches = [
        layer(max_pool_same(x), "pool_proj"),
        layer(x, "1x1"),
        layer(layer(x, "3x3_reduce"), "3x3"),
        layer(layer(x, "5x5_reduce"), "5x5"),
    ]
    return np.concatenate(branches, axis=-1)
