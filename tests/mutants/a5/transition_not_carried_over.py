"""The transition is counted, and the next block goes on with all channels."""

# question: a5-q6
# loses: channels of three blocks, parameters of three blocks
# says: The next block starts with what the transition leaves


def densenet_counts(counts, growth_rate, channels, compression=0.5):
    widths, parameters, k = [], 0, growth_rate
    for block, count in enumerate(counts, start=1):
        for _ in range(count):
            parameters += 2 * channels + channels * 4 * k + 2 * 4 * k + 9 * 4 * k * k
            channels += k
        widths.append(channels)
        if block < len(counts):
            parameters += 2 * channels + channels * int(compression * channels)
    return widths, parameters
