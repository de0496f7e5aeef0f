"""A large budget makes the bottleneck wider than its input."""

# question: a1-q6
# loses: at most cin


def widest_bottleneck(height, width, cin, cout, kernel, budget):
    each = height * width * (cin + kernel * kernel * cout)
    return budget // each
