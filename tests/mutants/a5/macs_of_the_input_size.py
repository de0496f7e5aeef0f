"""The stride changes the parameters and not the positions."""

# question: a5-q4
# loses: strided MACs, strided bottleneck MACs


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
    return weights + 2 * normalised, weights * height * width
