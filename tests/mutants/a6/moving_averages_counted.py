"""count_params() counts batch normalisation's moving averages too, which no gradient trains."""

# question: a6-q1
# loses: parameters, fits both budgets
# says: moving averages were counted

from course_utils import cost


def report(model, parameters=50_000, macs=5_000_000):
    used = model.count_params(), cost.cost(model).macs
    return *used, used[0] <= parameters and used[1] <= macs
