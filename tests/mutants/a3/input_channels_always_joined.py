"""The input's channels come out of the pooling branch although they are projected."""

# question: a3-q1
# loses: reduced, projection only
# says: ends with the projection's filters


def output_shape(height, width, cin, row):
    n1, _, n3, _, n5, _ = row
    return height, width, n1 + n3 + n5 + cin
