"""The 1×1 costs nothing, so every width below cin seems to save."""

# question: a3-q6
# loses: 3×3, 5×5, as many is not fewer, detour for a 1×1, nothing saves
# says: The 1×1 costs something too


def widest_saving(cin, cout, kernel):
    return cin - 1
