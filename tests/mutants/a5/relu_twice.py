"""A ReLU on the change, and another one after the addition."""

# question: a5-q1
# loses: change and input, another shortcut
# says: There is a second ReLU

import numpy as np


def residual(x, change, shortcut=None):
    y = np.maximum(change(x), 0)
    return np.maximum(y + (shortcut(x) if shortcut else x), 0)
