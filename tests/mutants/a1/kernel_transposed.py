"""Filters taken for the kernel's rows."""

# question: a1-q2
# loses: image, bias, batch, inputs untouched


def conv1x1(x, kernel, bias=None):
    y = x @ kernel.T
    return y if bias is None else y + bias
