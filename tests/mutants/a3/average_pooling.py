"""The mean of the nine values."""

# question: a3-q3
# loses: map behind a ReLU, values of both signs, negative values, map of one row
# says: That is a mean

import numpy as np


def max_pool_same(x):
    height, width, _ = x.shape
    padded = np.pad(x, ((1, 1), (1, 1), (0, 0)))
    return np.mean([padded[i : i + height, j : j + width] for i in range(3) for j in range(3)], axis=0)
