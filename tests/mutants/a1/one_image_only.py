"""Works on one image; a batch has an axis too many."""

# question: a1-q2
# loses: batch

import numpy as np


def conv1x1(x, kernel, bias=None):
    y = np.einsum("hwi,io->hwo", x, kernel)
    return y if bias is None else y + bias
