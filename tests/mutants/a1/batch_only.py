"""Works on a batch; a single image has an axis too few."""

# question: a1-q2
# loses: image, bias


def conv1x1(x, kernel, bias=None):
    n, height, width, cin = x.shape
    y = (x.reshape(-1, cin) @ kernel).reshape(n, height, width, -1)
    return y if bias is None else y + bias
