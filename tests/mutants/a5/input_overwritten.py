"""Adds into the caller's maps."""

# question: a5-q1
# loses: inputs untouched
# says: writes into the array it was given

import numpy as np


def residual(x, change, shortcut=None):
    if shortcut:
        return np.maximum(change(x) + shortcut(x), 0)
    x += change(x)
    return np.maximum(x, 0)
