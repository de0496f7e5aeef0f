"""No padding: two rows and two columns are lost."""

# question: a3-q3
# loses: map behind a ReLU, values of both signs, negative values, map of one row
# says: The map shrinks

import numpy as np


def max_pool_same(x):
    rows, columns = x.shape[0] - 2, x.shape[1] - 2
    return np.max([x[i : i + rows, j : j + columns] for i in range(3) for j in range(3)], axis=0)
