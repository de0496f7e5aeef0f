"""No zeros around the image."""

# question: a2-q2
# loses: image, batch, one 1×1 layer, the convolution alone
# says: The map shrank

import numpy as np


def mlpconv_numpy(x, kernel, bias, ones):
    windows = np.lib.stride_tricks.sliding_window_view(x, kernel.shape[:2], axis=(-3, -2))
    y = np.maximum(np.einsum("...cij,ijco->...o", windows, kernel) + bias, 0)
    for matrix, own_bias in ones:
        y = np.maximum(y @ matrix + own_bias, 0)
    return y
