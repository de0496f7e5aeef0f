"""Positions of the input."""

# question: a4-q2
# loses: MACs, MACs in groups
# says: those of the output


def conv_cost(height, width, cin, cout, kernel, stride=1, padding="valid", groups=1):
    weights = kernel * kernel * cin // groups * cout
    return weights + cout, weights * height * width
