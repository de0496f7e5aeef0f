"""The sum alone."""

# question: a5-q1
# loses: change and input, nothing to change, another shortcut
# says: The ReLU after the addition is missing


def residual(x, change, shortcut=None):
    return change(x) + (shortcut(x) if shortcut else x)
