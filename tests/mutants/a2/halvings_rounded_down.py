"""As with padding "valid"."""

# question: a2-q5
# loses: several halvings, a size without rounding
# says: rounded down


def fitting_sizes(size, halvings):
    step = 2**halvings
    rows = size // step
    return step * rows, step * (rows + 1) - 1
