"""What was measured: ranges over seeds."""

import matplotlib.pyplot as plt

from .look import GREY, SKY


def seed_ranges(results, xlabel, title=None, reference=None):
    """Draw measured results as one row a variant: a dot a seed, a bar from the lowest to the highest.

    Args:
        results: {variant: sequence of numbers, one a seed}.
        xlabel: what was measured, with its unit.
        title: the finding.
        reference: (value, label) of a dashed line to compare with, such as chance; or None.

    Raises:
        ValueError: a variant without results.
    """
    empty = [name for name, values in results.items() if not len(values)]
    if empty or not results:
        raise ValueError(f"no results to draw for {empty or 'any variant'}")
    _, axis = plt.subplots(figsize=(7, 0.8 + 0.6 * len(results)))
    for place, values in enumerate(reversed(results.values())):
        axis.plot([min(values), max(values)], [place, place], color=SKY, lw=7, ls="-", solid_capstyle="butt")
        axis.plot(values, [place] * len(values), "o", ms=5, color="black")
        axis.annotate(f"{min(values):.2f}–{max(values):.2f}", (max(values), place), (8, -3), textcoords="offset points")
    if reference is not None:
        axis.axvline(reference[0], color=GREY, ls="--")
        axis.annotate(
            reference[1],
            (reference[0], len(results) - 0.6),
            (4, 0),
            textcoords="offset points",
            color="#444444",
        )
    axis.set_yticks(range(len(results)), list(reversed(results)))
    axis.set(
        xlabel=f"{xlabel} ({max(map(len, results.values()))} seeds)",
        title=title or "",
        ylim=(-0.6, len(results) - 0.2),
    )
    axis.margins(x=0.15)
    plt.show()
