"""The reductions' channels are counted as output."""

# question: a3-q1
# loses: reduced
# says: their own channels are not joined


def output_shape(height, width, cin, row):
    pool = row[5] or cin
    return height, width, sum(row[:5]) + pool
