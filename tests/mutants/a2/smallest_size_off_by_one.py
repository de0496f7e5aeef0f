"""The size that shrinks to a row fewer is taken for the smallest."""

# question: a2-q5
# loses: several halvings, a size without rounding, no halving
# says: one too small


def fitting_sizes(size, halvings):
    step = 2**halvings
    rows = -(-size // step)
    return step * (rows - 1), step * rows
