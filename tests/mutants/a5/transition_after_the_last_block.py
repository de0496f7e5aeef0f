"""Every block is followed by a transition, the last one too."""

# question: a5-q6
# loses: parameters of one block, parameters of three blocks
# says: No transition follows the last block


def densenet_counts(counts, growth_rate, channels, compression=0.5):
    widths, parameters, k = [], 0, growth_rate
    for count in counts:
        for _ in range(count):
            parameters += 2 * channels + channels * 4 * k + 2 * 4 * k + 9 * 4 * k * k
            channels += k
        widths.append(channels)
        parameters += 2 * channels + channels * int(compression * channels)
        channels = int(compression * channels)
    return widths, parameters
