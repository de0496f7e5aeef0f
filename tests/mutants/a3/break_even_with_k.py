"""k in place of k²."""

# question: a3-q6
# loses: 3×3, 5×5, as many is not fewer
# says: has k² weights


def widest_saving(cin, cout, kernel):
    return (kernel * cin * cout - 1) // (cin + kernel * cout)
