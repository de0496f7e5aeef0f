"""Strictly less than the budget, where at most was asked."""

# question: a1-q6
# loses: cost equal to the budget


def widest_bottleneck(height, width, cin, cout, kernel, budget):
    each = height * width * (cin + kernel * kernel * cout)
    return min(cin, (budget - 1) // each)
