"""Drops every axis of length 1, and with it the batch or the channels."""

# question: a2-q1
# loses: a batch of one, one channel
# says: a batch of one is still a batch


def global_average(x):
    return x.mean(axis=(-3, -2), keepdims=True).squeeze()
