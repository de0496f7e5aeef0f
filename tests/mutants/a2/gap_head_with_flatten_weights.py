"""A weight for every position, also behind GAP; and the positions once more in the MACs."""

# question: a2-q4
# loses: class maps parameters, mean first parameters, mean first MACs
# says: the same weights at every position


def count_head(height, width, channels, classes, kind):
    inputs = height * width * channels
    return (inputs + 1) * classes, inputs * classes
