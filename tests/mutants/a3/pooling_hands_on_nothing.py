"""The naive module's pooling branch is forgotten: it passes the input's channels on."""

# question: a3-q1
# loses: naive
# says: hands on all channels of the input


def output_shape(height, width, cin, row):
    n1, _, n3, _, n5, pool = row
    return height, width, n1 + n3 + n5 + pool
