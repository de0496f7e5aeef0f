"""Drops rows and keeps every column."""

# question: a1-q3
# loses: image, batch


def strided_conv1x1(x, kernel, bias=None, stride=1):
    y = x[..., ::stride, :, :] @ kernel
    return y if bias is None else y + bias
