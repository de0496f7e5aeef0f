"""A k×k kernel counted as k weights."""

# question: a1-q4
# loses: parameters, parameters without bias, MACs, MACs with a stride


def count(height, width, cin, cout, kernel=1, bias=True, stride=1):
    weights = kernel * cin * cout
    positions = -(-height // stride) * -(-width // stride)
    return weights + cout * bias, weights * positions
