"""Weights only."""

# question: a2-q4
# loses: flatten parameters, class maps parameters, mean first parameters
# says: The biases are missing


def count_head(height, width, channels, classes, kind):
    inputs = height * width * channels if kind == "flatten" else channels
    used_at = height * width if kind == "class maps" else 1
    return inputs * classes, inputs * classes * used_at
