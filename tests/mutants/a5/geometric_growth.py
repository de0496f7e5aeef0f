"""Channels double in each layer."""

# question: a5-q6
# loses: channels of one block, channels of three blocks, parameters of one block, parameters of three blocks
# says: not by a factor


def densenet_counts(counts, growth_rate, channels, compression=0.5):
    widths, parameters, k = [], 0, growth_rate
    for block, count in enumerate(counts, start=1):
        for _ in range(count):
            parameters += 2 * channels + channels * 4 * k + 2 * 4 * k + 9 * 4 * k * k
            channels *= 2
        widths.append(channels)
        if block < len(counts):
            parameters += 2 * channels + channels * int(compression * channels)
            channels = int(compression * channels)
    return widths, parameters
