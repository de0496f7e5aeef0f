"""The search returns the width at which it stopped, which is one too many."""

# question: a6-q3
# loses: parameters bind, MACs bind, both exactly, nothing fits
# says: Return the last width that keeps to both


def widest(network, parameters=50_000, macs=5_000_000):
    width = 1
    while report(network(width), parameters, macs)[2]:  # noqa: F821
        width += 1
    return width
