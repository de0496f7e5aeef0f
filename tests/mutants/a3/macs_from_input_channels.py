"""The input's channels are taken twice, and the filters never."""

# question: a3-q2
# loses: reduced: MACs, naive: MACs, mixed: MACs
# says: the second factor is the filters


def module_cost(height, width, cin, row):
    n1, r3, n3, r5, n5, pool = row
    parts = [(1, cin, n1), (1, cin, r3), (3, r3 or cin, n3), (1, cin, r5), (5, r5 or cin, n5), (1, cin, pool)]
    parts = [(kernel, reads, filters) for kernel, reads, filters in parts if filters]
    weights = sum(kernel**2 * reads * filters for kernel, reads, filters in parts)
    return weights + sum(row), height * width * sum(kernel**2 * reads * reads for kernel, reads, _ in parts)
