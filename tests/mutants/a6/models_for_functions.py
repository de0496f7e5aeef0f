"""Two models are built here and now, where functions were asked for."""

# question: a6-q5
# loses: question
# says: put the function itself there


def ablation():
    return {"design": build(), "without shortcuts": network(8, skip=False)}  # noqa: F821
