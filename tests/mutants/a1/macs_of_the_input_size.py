"""The stride does not change the number of positions."""

# question: a1-q4
# loses: MACs with a stride
# says: those of the output


def count(height, width, cin, cout, kernel=1, bias=True, stride=1):
    weights = kernel * kernel * cin * cout
    return weights + cout * bias, weights * height * width
