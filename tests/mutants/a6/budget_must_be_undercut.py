"""A network that costs just what is allowed is turned away."""

# question: a6-q1
# loses: fits both budgets
# says: at most, not less than

from course_utils import cost


def report(model, parameters=50_000, macs=5_000_000):
    table = cost.cost(model)
    return table.parameters, table.macs, table.parameters < parameters and table.macs < macs
