"""The products are never added up: one number a channel comes out."""

# question: a1-q1
# loses: weighted sum, bias


def pixel_response(channels, weights, bias):
    return channels * weights + bias
