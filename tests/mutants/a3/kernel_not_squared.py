"""A 3×3 counted as 3 weights, a 5×5 as 5."""

# question: a3-q2
# loses: reduced: parameters, naive: parameters, mixed: parameters, reduced: MACs, naive: MACs, mixed: MACs
# says: k comes twice


def module_cost(height, width, cin, row):
    n1, r3, n3, r5, n5, pool = row
    parts = [(1, cin, n1), (1, cin, r3), (3, r3 or cin, n3), (1, cin, r5), (5, r5 or cin, n5), (1, cin, pool)]
    weights = sum(kernel * reads * filters for kernel, reads, filters in parts)
    return weights + sum(row), weights * height * width
