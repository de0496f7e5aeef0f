"""Each entry is nudged and the loss computed twice: no formula, and lost beside large values."""

# question: a1-q8
# loses: input, kernel, bias, batch, inputs untouched

import numpy as np


def conv1x1_backward(x, kernel, gradient):
    start = [x.astype(float), kernel.astype(float), np.zeros(gradient.shape[-1])]
    found = [np.zeros(array.shape) for array in start]
    for number, array in enumerate(start):
        for place in np.ndindex(array.shape):
            losses = []
            for step in (1e-3, -1e-3):
                now = [values.copy() for values in start]
                now[number][place] += step
                losses.append(np.sum((now[0] @ now[1] + now[2]) * gradient))
            found[number][place] = (losses[0] - losses[1]) / 2e-3
    return found
