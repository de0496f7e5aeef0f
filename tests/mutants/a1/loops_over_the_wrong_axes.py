"""Sums over the rows instead of the channels."""

# question: a1-q2
# loses: image, bias, batch

import numpy as np


def conv1x1(x, kernel, bias=None):
    y = np.stack([x.sum(axis=0) @ kernel for _ in range(x.shape[0])])
    return y if bias is None else y + bias
