"""Once with the weights, once more in the sum."""

# ruff: noqa: F821 (it calls answers to other questions)
# question: a4-q2
# loses: parameters, parameters in groups
# says: counted twice


def conv_cost(height, width, cin, cout, kernel, stride=1, padding="valid", groups=1):
    weights = kernel * kernel * cin // groups * cout
    rows, columns = (output_size(side, kernel, stride, padding) for side in (height, width))
    return weights + 2 * cout, weights * rows * columns
