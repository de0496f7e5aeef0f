"""Each value is nudged and the scores computed twice: no formula, and lost beside large values."""

# question: a2-q8
# loses: share, ReLU, batch, slope at 0, inputs untouched

import numpy as np


def mean_backward(x, gradient):
    found = np.zeros(x.shape)
    for position in np.ndindex(*x.shape):
        losses = []
        for step in (1e-4, -1e-4):
            nudged = x.copy()
            nudged[position] += step
            losses.append(np.sum(np.maximum(nudged, 0).mean(axis=(-3, -2)) * gradient))
        found[position] = (losses[0] - losses[1]) / 2e-4
    return found
