"""Averages neighbours, as pooling does, instead of dropping positions."""

# question: a1-q3
# loses: image, batch

import numpy as np


def strided_conv1x1(x, kernel, bias=None, stride=1):
    rows = -(-x.shape[-3] // stride) * stride - x.shape[-3]
    columns = -(-x.shape[-2] // stride) * stride - x.shape[-2]
    x = np.pad(x, [(0, 0)] * (x.ndim - 3) + [(0, rows), (0, columns), (0, 0)], mode="edge")
    x = sum(x[..., i::stride, j::stride, :] for i in range(stride) for j in range(stride)) / stride**2
    return x @ kernel if bias is None else x @ kernel + bias
