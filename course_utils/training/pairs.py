"""Two variants, seed by seed: how often one lies above the other, and whether luck alone would do that too.

Under one seed both see the same batches in the same order, so a difference of two runs tells more than two ranges.
"""

import itertools
import math
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Pair:
    """Two variants under the same seeds.

    Attributes:
        first, second: their names.
        differences: first minus second, one number a seed, in the metric's unit.
        above, below: in how many seeds the first lies above, and below.
        p: of the two-sided sign test, corrected after Holm for all pairs that were asked about together.
    """

    first: str
    second: str
    differences: tuple
    above: int
    below: int
    p: float

    @property
    def told_apart(self):
        """Whether p < .05."""
        return self.p < 0.05

    def __str__(self):
        count, p = len(self.differences), f"p = {self.p:.2g}"
        if not self.told_apart:
            return f"{self.first} and {self.second}: not told apart by {count} seeds ({self.above} above, {p})"
        side, wins = ("above", self.above) if self.above > self.below else ("below", self.below)
        return f"{self.first} {side} {self.second} in {wins} of {count} seeds ({p})"


def paired(values, pairs=None):
    """Compare variants in pairs.

    Args:
        values: {variant: one number a seed}, the same seeds in the same order for all, such as
            `results.values("test_accuracy")`.
        pairs: list of (first, second); None for each variant with each later one.

    Returns a list of `Pair`.

    Raises:
        ValueError: an unknown variant, different numbers of seeds, or a run that diverged: it has no difference.
    """
    pairs = list(itertools.combinations(values, 2)) if pairs is None else list(pairs)
    if unknown := {name for pair in pairs for name in pair} - set(values):
        raise ValueError(f"no variant {', '.join(sorted(unknown))}. There are: {', '.join(values)}.")
    differences = []
    for first, second in pairs:
        if len(values[first]) != len(values[second]):
            raise ValueError(f"{first} has {len(values[first])} seeds and {second} {len(values[second])}.")
        differences.append(np.subtract(values[first], values[second]).astype(float))
        if not np.isfinite(differences[-1]).all():
            raise ValueError(f"{first} or {second} diverged under a seed. Say how many did, and compare the others.")
    counts = [(int((d > 0).sum()), int((d < 0).sum())) for d in differences]
    corrected = holm([sign_test(*count) for count in counts])
    found = zip(pairs, differences, counts, corrected, strict=True)
    return [Pair(*pair, tuple(d.tolist()), *count, p) for pair, d, count, p in found]


def sign_test(above, below):
    """The probability of so uneven a count, or a more uneven one, if above and below were equally likely."""
    count, most = above + below, max(above, below)
    return min(1.0, 2 * sum(math.comb(count, wins) for wins in range(most, count + 1)) / 2**count)


def holm(ps):
    """Holm's correction (1979): the smallest of n p-values times n, the next times n - 1, never less than before."""
    corrected, largest = [0.0] * len(ps), 0.0
    for done, place in enumerate(np.argsort(ps, kind="stable")):
        largest = max(largest, min(1.0, (len(ps) - done) * ps[place]))
        corrected[place] = largest
    return corrected
