"""Two 1×1 layers, as in the paper, whatever the list holds; and the list is emptied on the way."""

# question: a2-q2
# loses: one 1×1 layer, the convolution alone, inputs untouched

import numpy as np


def mlpconv_numpy(x, kernel, bias, ones):
    height, width = x.shape[-3:-1]
    edge = len(kernel) // 2
    padded = np.pad(x, [(0, 0)] * (x.ndim - 3) + [(edge, edge), (edge, edge), (0, 0)])
    y = bias
    for i, j in np.ndindex(kernel.shape[:2]):
        y = y + padded[..., i : i + height, j : j + width, :] @ kernel[i, j]
    y = np.maximum(y, 0)
    matrix, own_bias = ones.pop(0)
    y = np.maximum(y @ matrix + own_bias, 0)
    matrix, own_bias = ones.pop(0)
    return np.maximum(y @ matrix + own_bias, 0)
