"""The bias is an argument that nothing uses."""

# question: a1-q2
# loses: bias
# says: add it to every pixel


def conv1x1(x, kernel, bias=None):
    return x @ kernel
