"""The belief that a Flatten head breaks at every other size."""

# question: a2-q5
# loses: several halvings, a size without rounding
# says: Other sizes fit as well


def fitting_sizes(size, halvings):
    return size, size
