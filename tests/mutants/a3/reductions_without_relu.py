"""No ReLU between a reduction and its large kernel."""

# ruff: noqa: F821 (the notebook defines conv and relu and max_pool_same)
# question: a3-q4
# loses: 3×3 branch, 5×5 branch
# says: ReLU after the reduction

import numpy as np


def inception(x, weights):
    def layer(x, name):
        return relu(conv(x, *weights[name]))

    branches = [
        layer(x, "1x1"),
        layer(conv(x, *weights["3x3_reduce"]), "3x3"),
        layer(conv(x, *weights["5x5_reduce"]), "5x5"),
        layer(max_pool_same(x), "pool_proj"),
    ]
    return np.concatenate(branches, axis=-1)
