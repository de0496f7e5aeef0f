"""The 3×3 and the 5×5 read all channels, as if no reduction stood in front."""

# question: a3-q2
# loses: reduced: parameters, mixed: parameters, reduced: MACs, mixed: MACs
# says: read its channels


def module_cost(height, width, cin, row):
    n1, r3, n3, r5, n5, pool = row
    parts = [(1, cin, n1), (1, cin, r3), (3, cin, n3), (1, cin, r5), (5, cin, n5), (1, cin, pool)]
    weights = sum(kernel**2 * reads * filters for kernel, reads, filters in parts)
    return weights + sum(row), weights * height * width
