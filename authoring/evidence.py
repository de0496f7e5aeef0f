"""Does what a recording shows hold under seeds that are not in it? Range by range, and pair by pair."""

import itertools
import math

import numpy as np

from course_utils.training.pairs import paired
from course_utils.training.results import Results

METRICS = ("loss", "test_accuracy")
ENOUGH = 0.85  # of the new values inside the recorded ranges


def series(outcome) -> dict[str, dict[str, list[float]]]:
    """{what was measured: {variant: one number a seed}} of Results or of plain data.

    Of plain data, a list of numbers is one number a seed, a list of lists has for each seed a number for each place.
    """
    if isinstance(outcome, Results):
        return {metric: outcome.values(metric) for metric in METRICS}
    found: dict[str, dict[str, list[float]]] = {}

    def walk(value, path):
        if isinstance(value, dict):
            for key, inner in value.items():
                walk(inner, (*path, key))
        elif isinstance(value, list) and value and isinstance(value[0], list):
            for place, column in enumerate(zip(*value, strict=True)):
                walk(list(column), (*path, str(place)))
        elif isinstance(value, list) and value and isinstance(value[0], int | float):
            variant, *what = path or ("",)
            found.setdefault(" ".join(what) or "value", {})[variant] = value

    walk(outcome, ())
    return found


def outward(values) -> tuple[float, float]:
    """Lowest and highest as a notebook prints them: two decimals, rounded outward."""
    return math.floor(min(values) * 100) / 100, math.ceil(max(values) * 100) / 100


def held_by(recorded, new) -> dict:
    """Compare a recording with new seeds.

    Returns {"ranges": [(what, variant, low, high, how many of the new values are inside, how many there are)],
    "pairs": [(what, Pair of the recording, Pair of the new seeds)] for the pairs that the recording tells apart,
    "inside": share, "failed": how many verdicts fail, "reversed": how many are told apart the other way round,
    "held": whether 85 % are inside, each winner wins half of the new pairs at least, and none is reversed}.
    """
    before, after = series(recorded), series(new)
    ranges, pairs = [], []
    for what, variants in before.items():
        for variant, values in variants.items():
            if np.isfinite(values).all():
                low, high = outward(values)
                near = [low - 1e-9 <= value <= high + 1e-9 for value in after[what][variant]]  # NaN, diverged, is not
                inside = sum(near)
                ranges.append((what, variant, low, high, inside, len(after[what][variant])))
        if len({len(values) for values in variants.values()}) > 1 or not np.isfinite([*variants.values()]).all():
            continue
        finite = np.isfinite([*after[what].values()]).all(axis=0)
        kept = {name: list(np.array(values)[finite]) for name, values in after[what].items()}
        pairs += [
            (what, old, fresh)
            for old, fresh in zip(paired(variants), paired(kept, itertools.combinations(variants, 2)), strict=True)
            if old.told_apart
        ]
    inside, count = (sum(row[place] for row in ranges) for place in (4, 5))
    share = inside / count if count else 1.0
    failed = sum(not _wins(old, fresh) for _, old, fresh in pairs)
    turned = sum(fresh.told_apart and (fresh.above > fresh.below) != (old.above > old.below) for _, old, fresh in pairs)
    held = share >= ENOUGH and not failed and not turned
    return {"ranges": ranges, "pairs": pairs, "inside": share, "failed": failed, "reversed": turned, "held": held}


def _wins(old, fresh) -> bool:
    """Whether the recorded winner wins at least half of the new pairs."""
    wins = fresh.above if old.above > old.below else fresh.below
    return 2 * wins >= len(fresh.differences)


def report(found) -> str:
    """The comparison as a table of text."""
    lines = []
    for what, variant, low, high, inside, count in found["ranges"]:
        lines.append(f"  {what:14} {variant:28} stated {low:.2f}–{high:.2f}   {inside} of {count} inside")
    for what, old, fresh in found["pairs"]:
        verdict = "holds" if _wins(old, fresh) else "FAILS"
        lines.append(f"  {what:14} {old}\n  {'':14} new: {fresh.above} above, {fresh.below} below: {verdict}")
    lines.append(
        f"  {found['inside']:.0%} of the new values inside; {len(found['pairs'])} verdicts, {found['failed']} fail, "
        f"{found['reversed']} reversed: {'held' if found['held'] else 'DOES NOT HOLD'}"
    )
    return "\n".join(lines)
