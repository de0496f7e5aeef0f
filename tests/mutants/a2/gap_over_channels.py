"""The last axis taken for the positions."""

# question: a2-q1
# loses: image, batch, a batch of one, one channel
# says: The mean went over the channels

import numpy as np


def global_average(x):
    return np.mean(x, axis=-1)
