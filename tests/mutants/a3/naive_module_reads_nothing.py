"""A reduction of 0 channels is taken for an input of 0 channels."""

# question: a3-q2
# loses: naive: parameters, mixed: parameters, naive: MACs, mixed: MACs
# says: Without a reduction


def module_cost(height, width, cin, row):
    n1, r3, n3, r5, n5, pool = row
    parts = [(1, cin, n1), (1, cin, r3), (3, r3, n3), (1, cin, r5), (5, r5, n5), (1, cin, pool)]
    weights = sum(kernel**2 * reads * filters for kernel, reads, filters in parts)
    return weights + sum(row), weights * height * width
