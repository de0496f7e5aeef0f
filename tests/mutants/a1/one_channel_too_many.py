"""Rounds up, and overspends."""

# question: a1-q6
# loses: within the budget, one MAC short, nothing fits


def widest_bottleneck(height, width, cin, cout, kernel, budget):
    each = height * width * (cin + kernel * kernel * cout)
    return min(cin, -(-budget // each))
