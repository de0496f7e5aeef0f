"""The biases are counted as multiplications."""

# question: a1-q4
# loses: MACs of a 1×1, MACs
# says: biases were counted


def count(height, width, cin, cout, kernel=1, bias=True, stride=1):
    weights = kernel * kernel * cin * cout
    positions = -(-height // stride) * -(-width // stride)
    parameters = weights + (cout if bias else 0)
    return parameters, parameters * positions
