"""A bias for each channel, although BN follows."""

# question: a5-q4
# loses: basic parameters, wider parameters, strided parameters, bottleneck parameters, wider bottleneck parameters
# says: Biases were counted


def block_cost(height, width, cin, filters, stride=1, bottleneck=False):
    path = [(1, filters), (3, filters), (1, 4 * filters)] if bottleneck else [(3, filters), (3, filters)]
    weights, normalised, channels = 0, 0, cin
    for kernel, makes in path:
        weights += kernel * kernel * channels * makes
        normalised += makes
        channels = makes
    if stride != 1 or cin != channels:
        weights += cin * channels
        normalised += channels
    positions = -(-height // stride) * -(-width // stride)
    return weights + 3 * normalised, weights * positions
