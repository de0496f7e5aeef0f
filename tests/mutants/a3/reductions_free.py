"""The 1×1s in front of the large kernels are not on the bill."""

# question: a3-q2
# loses: reduced: parameters, mixed: parameters, reduced: MACs, mixed: MACs
# says: reductions cost something too


def module_cost(height, width, cin, row):
    n1, r3, n3, r5, n5, pool = row
    parts = [(1, cin, n1), (3, r3 or cin, n3), (5, r5 or cin, n5), (1, cin, pool)]
    weights = sum(kernel**2 * reads * filters for kernel, reads, filters in parts)
    return weights + n1 + n3 + n5 + pool, weights * height * width
