"""A ReLU that the question does not ask for."""

# question: a1-q2
# loses: image, bias, batch

import numpy as np


def conv1x1(x, kernel, bias=None):
    y = x @ kernel
    return np.maximum(y if bias is None else y + bias, 0)
