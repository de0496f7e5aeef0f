"""What a model costs, bars a layer: of `cost.cost`'s table, or of any object with its attributes."""

import matplotlib.pyplot as plt
import numpy as np

from .look import BLUE, ORANGE


def layer_costs(table, title=None):
    """Draw parameters beside MACs, a pair of bars for each layer that has either.

    Args:
        table: what `cost.cost` returns. A layer whose MACs are unknown says so instead of having a bar.
        title: the finding.

    Raises:
        ValueError: no layer has parameters or MACs.
    """
    if not hasattr(table, "rows"):
        raise TypeError("layer_costs draws one table, cost.cost(…); of a comparison, take one of its tables.")
    rows = [row for row in table.rows if row.parameters != 0 or row.macs != 0]
    if not rows:
        raise ValueError(f"no layer of {table.name} has parameters or MACs to draw")
    figure, axes = plt.subplots(1, 2, sharey=True, figsize=(8, 1.2 + 0.24 * len(rows)))
    places = np.arange(len(rows))
    columns = ("parameters", BLUE, "parameters"), ("macs", ORANGE, "MACs")
    for axis, (key, colour, label) in zip(axes, columns, strict=True):
        values = [getattr(row, key) for row in rows]
        axis.barh(places, [value or 0 for value in values], color=colour, edgecolor="black", lw=0.5, height=0.7)
        for place, value in zip(places, values, strict=True):
            text = "unknown" if value is None else _short(value) if value else ""
            axis.annotate(text, (value or 0, place), (3, 0), textcoords="offset points", va="center", fontsize=9)
        least = "≥ " if None in [getattr(row, key) for row in table.rows] else ""
        axis.set_xlabel(f"{label}, {least}{_short(getattr(table, key))} in all")
        axis.xaxis.set_major_formatter(lambda value, _: _short(value))
        axis.margins(x=0.18)
        axis.locator_params(axis="x", nbins=4)
    axes[0].set_yticks(places, [row.name for row in rows], fontsize=9)
    axes[0].set_ylim(len(rows) - 0.4, -0.6)
    figure.suptitle(title or f"{table.name}: parameters and MACs of each layer", fontsize=11)
    plt.show()


def _short(number):
    """1,234,567 as 1.2M: three digits at most, for labels."""
    for unit, scale in (("G", 1e9), ("M", 1e6), ("k", 1e3)):
        if number >= scale:
            value = number / scale
            return f"{value:.0f}{unit}" if value >= 100 else f"{value:.1f}{unit}".replace(".0", "")
    return f"{number:g}"
