"""Adds all positions up, and does not divide."""

# question: a2-q1
# loses: image, batch, a batch of one, one channel
# says: divide it by their number


def global_average(x):
    return x.sum(axis=(-3, -2))
