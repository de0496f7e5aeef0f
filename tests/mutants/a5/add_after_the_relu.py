"""The identity is added after the non-linearity."""

# question: a5-q1
# loses: change and input, nothing to change, another shortcut
# says: The ReLU comes before the addition

import numpy as np


def residual(x, change, shortcut=None):
    return np.maximum(change(x), 0) + (shortcut(x) if shortcut else x)
