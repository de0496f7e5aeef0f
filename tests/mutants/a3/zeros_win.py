"""A frame of zeros, which are larger than negative values."""

# question: a3-q3
# loses: values of both signs, negative values
# says: The padding wins

import numpy as np


def max_pool_same(x):
    height, width, _ = x.shape
    padded = np.pad(x, ((1, 1), (1, 1), (0, 0)))
    return np.max([padded[i : i + height, j : j + width] for i in range(3) for j in range(3)], axis=0)
