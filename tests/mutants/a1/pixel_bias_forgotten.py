"""The dot product alone."""

# question: a1-q1
# loses: bias

import numpy as np


def pixel_response(channels, weights, bias):
    return np.dot(channels, weights)
