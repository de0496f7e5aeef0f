"""The first width that no longer saves."""

# question: a3-q6
# loses: 3×3, 5×5, as many is not fewer, detour for a 1×1, nothing saves
# says: does not cost fewer


def widest_saving(cin, cout, kernel):
    return -(-(kernel**2) * cin * cout // (cin + kernel**2 * cout))
