"""Shows the result instead of returning it."""

# question: a1-q2
# loses: image, bias, batch, inputs untouched


def conv1x1(x, kernel, bias=None):
    y = x @ kernel
    if bias is not None:
        y = y + bias
    print(y)
