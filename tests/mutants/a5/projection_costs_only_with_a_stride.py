"""The projection is forgotten when only the channels change."""

# question: a5-q4
# loses: wider parameters, wider MACs, wider bottleneck parameters
# says: projection is missing: the channels change


def block_cost(height, width, cin, filters, stride=1, bottleneck=False):
    path = [(1, filters), (3, filters), (1, 4 * filters)] if bottleneck else [(3, filters), (3, filters)]
    weights, normalised, channels = 0, 0, cin
    for kernel, makes in path:
        weights += kernel * kernel * channels * makes
        normalised += makes
        channels = makes
    if stride != 1:
        weights += cin * channels
        normalised += channels
    positions = -(-height // stride) * -(-width // stride)
    return weights + 2 * normalised, weights * positions
