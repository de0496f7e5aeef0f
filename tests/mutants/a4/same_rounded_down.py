""" "same" with a stride rounds down."""

# question: a4-q1
# loses: same
# says: rounds up


def output_size(size, kernel, stride=1, padding="valid"):
    if padding == "same":
        return size // stride
    zeros = 0 if padding == "valid" else padding
    return (size + 2 * zeros - kernel) // stride + 1
