"""Drops images of a batch, and rows; right for a single image."""

# question: a1-q3
# loses: batch


def strided_conv1x1(x, kernel, bias=None, stride=1):
    y = x[::stride, ::stride] @ kernel
    return y if bias is None else y + bias
