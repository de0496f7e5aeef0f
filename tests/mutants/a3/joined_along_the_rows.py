"""The branches are joined along the rows instead of the channels."""

# ruff: noqa: F821 (the notebook defines conv and relu and max_pool_same)
# question: a3-q4
# loses: 1×1 branch, 3×3 branch, 5×5 branch, pooling branch, joined in order
# says: joined along the last axis

import numpy as np


def inception(x, weights):
    def layer(x, name):
        return relu(conv(x, *weights[name]))

    branches = [
        layer(x, "1x1"),
        layer(layer(x, "3x3_reduce"), "3x3"),
        layer(layer(x, "5x5_reduce"), "5x5"),
        layer(max_pool_same(x), "pool_proj"),
    ]
    return np.concatenate(branches, axis=0)
