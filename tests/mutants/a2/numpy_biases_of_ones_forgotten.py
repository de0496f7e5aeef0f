"""Of each pair in the list, the matrix alone is used."""

# question: a2-q2
# loses: image, batch, one 1×1 layer
# says: The biases of the 1×1 layers are missing

import numpy as np


def mlpconv_numpy(x, kernel, bias, ones):
    height, width = x.shape[-3:-1]
    edge = len(kernel) // 2
    padded = np.pad(x, [(0, 0)] * (x.ndim - 3) + [(edge, edge), (edge, edge), (0, 0)])
    y = bias
    for i, j in np.ndindex(kernel.shape[:2]):
        y = y + padded[..., i : i + height, j : j + width, :] @ kernel[i, j]
    y = np.maximum(y, 0)
    for matrix, _ in ones:
        y = np.maximum(y @ matrix, 0)
    return y
