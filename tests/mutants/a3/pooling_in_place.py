"""Writes the maxima into the map, where the next window reads them."""

# question: a3-q3
# loses: map behind a ReLU, values of both signs, negative values, map of one row, input untouched
# says: writes into the map


def max_pool_same(x):
    height, width, _ = x.shape
    for row in range(height):
        for column in range(width):
            x[row, column] = x[max(row - 1, 0) : row + 2, max(column - 1, 0) : column + 2].max(axis=(0, 1))
    return x
