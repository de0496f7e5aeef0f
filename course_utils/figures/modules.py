"""Modules whose branches work side by side, all of a network as bars. Notebook 03 builds such a module."""

import matplotlib.pyplot as plt
import numpy as np

from .look import HATCHES, SHADES


def branch_bars(modules, ylabel, title=None):
    """Draw a stacked bar a module, a part a branch, the sum on top.

    Args:
        modules: {name of a module: {name of a branch: number}}, in the network's order, the same branches in each.
        ylabel: what is stacked, with its unit.
        title: the finding.

    Raises:
        ValueError: no module, or modules with different branches.
    """
    names = list(modules)
    branches = list(modules[names[0]]) if names else []
    uneven = [name for name in names if list(modules[name]) != branches]
    if not branches or uneven:
        raise ValueError(f"no branches to stack, or other ones than in {names[:1]}, for {uneven or 'any module'}")
    _, axis = plt.subplots(figsize=(7, 3.5))
    bottom = np.zeros(len(names))
    for number, branch in enumerate(branches):
        heights = np.array([modules[name][branch] for name in names], float)
        look = {"color": SHADES[number % 6], "hatch": HATCHES[number % 6], "edgecolor": "black", "lw": 0.6}
        axis.bar(names, heights, 0.7, bottom, label=branch, **look)
        bottom += heights
    for place, total in enumerate(bottom):
        text = f"{total:,.0f}" if total >= 100 else f"{total:.3g}"
        axis.annotate(text, (place, total), (0, 3), textcoords="offset points", ha="center")
    handles, labels = (found[::-1] for found in axis.get_legend_handles_labels())  # from top to bottom, as stacked
    axis.legend(handles, labels, loc="center left", bbox_to_anchor=(1.0, 0.5), frameon=False, handleheight=1.6)
    axis.yaxis.set_major_formatter(lambda value, _: f"{value:,.0f}")
    axis.margins(y=0.1)
    axis.set(ylabel=ylabel, title=title or "")
    plt.show()
