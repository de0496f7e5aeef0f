"""One ReLU at the end: the layers before it collapse into a single convolution."""

# question: a2-q2
# loses: image, batch, one 1×1 layer
# says: the inner ones as well

import numpy as np


def mlpconv_numpy(x, kernel, bias, ones):
    height, width = x.shape[-3:-1]
    edge = len(kernel) // 2
    padded = np.pad(x, [(0, 0)] * (x.ndim - 3) + [(edge, edge), (edge, edge), (0, 0)])
    y = bias
    for i, j in np.ndindex(kernel.shape[:2]):
        y = y + padded[..., i : i + height, j : j + width, :] @ kernel[i, j]
    for matrix, own_bias in ones:
        y = y @ matrix + own_bias
    return np.maximum(y, 0)
