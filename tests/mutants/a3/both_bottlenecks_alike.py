"""The widths are compared, not the shares."""

# question: a3-q8
# loses: a budget, another budget, cost equal to the budget, one MAC short, more than enough
# says: treats both bottlenecks alike


def choose_reductions(height, width, cin, n1, n3, n5, pool, budget):
    def macs(r3, r5):
        return height * width * (cin * (n1 + r3 + r5 + pool) + 9 * r3 * n3 + 25 * r5 * n5)

    most3, most5 = (9 * cin * n3 - 1) // (cin + 9 * n3), (25 * cin * n5 - 1) // (cin + 25 * n5)
    pairs = [(r3, r5) for r3 in range(1, most3 + 1) for r5 in range(1, most5 + 1)]
    fit = [pair for pair in pairs if macs(*pair) <= budget]
    return max(fit, key=lambda pair: (min(pair), -macs(*pair)), default=(0, 0))
