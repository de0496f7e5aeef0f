"""Steps are counted, not positions."""

# question: a4-q1
# loses: no padding, padding by a number
# says: first position


def output_size(size, kernel, stride=1, padding="valid"):
    if padding == "same":
        return -(-size // stride)
    zeros = 0 if padding == "valid" else padding
    return (size + 2 * zeros - kernel) // stride
