"""The zeros of one end only."""

# question: a4-q1
# loses: padding by a number
# says: at both ends


def output_size(size, kernel, stride=1, padding="valid"):
    if padding == "same":
        return -(-size // stride)
    zeros = 0 if padding == "valid" else padding
    return (size + zeros - kernel) // stride + 1
