"""The popular belief: GAP saves parameters and computation alike."""

# question: a2-q4
# loses: class maps MACs
# says: works at every position of the map


def count_head(height, width, channels, classes, kind):
    inputs = height * width * channels if kind == "flatten" else channels
    return (inputs + 1) * classes, inputs * classes
