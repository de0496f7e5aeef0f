"""At the break-even width both cost the same, and nothing is saved."""

# question: a3-q6
# loses: as many is not fewer
# says: One too many


def widest_saving(cin, cout, kernel):
    return kernel**2 * cin * cout // (cin + kernel**2 * cout)
