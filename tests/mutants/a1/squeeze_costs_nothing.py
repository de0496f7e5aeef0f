"""Only the large kernel is paid for."""

# question: a1-q6
# loses: within the budget, cost equal to the budget, one MAC short, nothing fits


def widest_bottleneck(height, width, cin, cout, kernel, budget):
    return min(cin, budget // (height * width * kernel * kernel * cout))
