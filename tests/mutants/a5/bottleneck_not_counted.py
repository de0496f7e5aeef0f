"""Each layer is a 3×3 on all that it reads, without the 1×1 before it."""

# question: a5-q6
# loses: parameters of one block, parameters of three blocks
# says: The bottleneck is missing


def densenet_counts(counts, growth_rate, channels, compression=0.5):
    widths, parameters = [], 0
    for block, count in enumerate(counts, start=1):
        for _ in range(count):
            parameters += 2 * channels + 9 * channels * growth_rate
            channels += growth_rate
        widths.append(channels)
        if block < len(counts):
            kept = int(compression * channels)
            parameters += 2 * channels + channels * kept
            channels = kept
    return widths, parameters
