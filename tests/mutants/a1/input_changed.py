"""Right values, but the caller's image loses its shape."""

# question: a1-q2
# loses: inputs untouched


def conv1x1(x, kernel, bias=None):
    shape = x.shape
    x.shape = (-1, shape[-1])
    y = (x @ kernel).reshape(*shape[:-1], -1)
    return y if bias is None else y + bias
