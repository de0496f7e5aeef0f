"""Axes counted from the front: right for one image; of a batch, the images are averaged."""

# question: a2-q1
# loses: batch, a batch of one
# says: images of the batch


def global_average(x):
    return x.mean(axis=(0, 1)) if x.ndim == 3 else x.mean(axis=(0, 1, 2))
