"""Only the parameters are looked at."""

# question: a6-q3
# loses: MACs bind
# says: it costs more than a budget allows


def widest(network, parameters=50_000, macs=5_000_000):
    width = 0
    while report(network(width + 1))[0] <= parameters:  # noqa: F821
        width += 1
    return width
