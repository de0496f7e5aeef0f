"""Returns the narrowest module, which the budget does not allow."""

# question: a3-q8
# loses: nothing fits, not even the other branches fit
# says: No pair fits this budget


def choose_reductions(height, width, cin, n1, n3, n5, pool, budget):
    def macs(r3, r5):
        return height * width * (cin * (n1 + r3 + r5 + pool) + 9 * r3 * n3 + 25 * r5 * n5)

    most3, most5 = (9 * cin * n3 - 1) // (cin + 9 * n3), (25 * cin * n5 - 1) // (cin + 25 * n5)
    pairs = [(r3, r5) for r3 in range(1, most3 + 1) for r5 in range(1, most5 + 1)]
    fit = [pair for pair in pairs if macs(*pair) <= budget]
    return max(fit, key=lambda pair: (min(pair[0] / n3, pair[1] / n5), -macs(*pair)), default=(1, 1))
