"""One bias in the convolution and one in the mean."""

# question: a2-q4
# loses: class maps parameters
# says: counted twice


def count_head(height, width, channels, classes, kind):
    inputs = height * width * channels if kind == "flatten" else channels
    used_at = height * width if kind == "class maps" else 1
    biases = 2 * classes if kind == "class maps" else classes
    return inputs * classes + biases, inputs * classes * used_at
