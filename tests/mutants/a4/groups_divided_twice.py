"""The cost of one group."""

# ruff: noqa: F821 (it calls answers to other questions)
# question: a4-q2
# loses: parameters in groups, MACs in groups
# says: twice


def conv_cost(height, width, cin, cout, kernel, stride=1, padding="valid", groups=1):
    weights = kernel * kernel * (cin // groups) * (cout // groups)
    rows, columns = (output_size(side, kernel, stride, padding) for side in (height, width))
    return weights + cout, weights * rows * columns
