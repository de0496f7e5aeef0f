"""Each filter gets two biases."""

# question: a1-q4
# loses: parameters


def count(height, width, cin, cout, kernel=1, bias=True, stride=1):
    weights = kernel * kernel * cin * cout
    positions = -(-height // stride) * -(-width // stride)
    return weights + 2 * cout * bias, weights * positions
