"""The switch is there, and the second function does not use it."""

# question: a6-q5
# loses: one part fewer
# says: nothing was removed


def ablation():
    return {"design": build, "without shortcuts": lambda: network(19)}  # noqa: F821
