"""Adds x even where a shortcut is given; the shapes do not fit then."""

# question: a5-q1
# loses: another shortcut

import numpy as np


def residual(x, change, shortcut=None):
    return np.maximum(change(x) + x, 0)
