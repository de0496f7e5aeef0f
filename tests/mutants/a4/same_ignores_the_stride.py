""" "same" taken to mean "the same size", whatever the stride."""

# question: a4-q1
# loses: same
# says: only with stride 1


def output_size(size, kernel, stride=1, padding="valid"):
    if padding == "same":
        return size
    zeros = 0 if padding == "valid" else padding
    return (size + 2 * zeros - kernel) // stride + 1
