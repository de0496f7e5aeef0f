"""A network made of modules: how wide each is and by which branch, and a published table beside a counted one.

Notebook 06 builds the network, GoogLeNet, and counts what is drawn.
"""

import matplotlib.pyplot as plt
import numpy as np

from .look import BLUE, HATCHES, ORANGE, SHADES


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
    handles, labels = axis.get_legend_handles_labels()
    axis.legend(
        handles[::-1],  # from top to bottom, as they are stacked
        labels[::-1],
        loc="center left",
        bbox_to_anchor=(1.0, 0.5),
        frameon=False,
        handleheight=1.6,
    )
    axis.yaxis.set_major_formatter(lambda value, _: f"{value:,.0f}")
    axis.margins(y=0.1)
    axis.set(ylabel=ylabel, title=title or "")
    plt.show()


def printed_and_counted(printed, counted, quantities, odd=(), title=None):
    """Draw a table as it was published beside the same table counted: a pair of bars a row, a panel a column.

    Args:
        printed, counted: {row: one number a column}, the same rows in both.
        quantities: names of the columns, with their units.
        odd: (row, name of the column) of what does not agree: its numbers are written in bold, with an arrow.
        title: the finding.

    Raises:
        ValueError: the two tables have different rows, or not one number for each of the quantities.
    """
    rows = list(printed)
    lengths = {len(values) for table in (printed, counted) for values in table.values()}
    if not rows or set(rows) != set(counted) or lengths != {len(quantities)}:
        raise ValueError(
            f"the two tables must have the same rows, with {len(quantities)} numbers each: {rows}, {list(counted)}"
        )
    figure, axes = plt.subplots(
        1, len(quantities), sharey=True, squeeze=False, figsize=(4.2 * len(quantities), 1.3 + 0.42 * len(rows))
    )
    places = np.arange(len(rows))
    kinds = (("printed", printed, -0.2, ORANGE, "///"), ("counted", counted, 0.2, BLUE, ""))
    for column, (axis, quantity) in enumerate(zip(axes[0], quantities, strict=True)):
        for label, table, shift, colour, hatch in kinds:
            values = [table[row][column] for row in rows]
            axis.barh(places + shift, values, 0.38, color=colour, hatch=hatch, edgecolor="black", lw=0.6, label=label)
            for row, place, value in zip(rows, places + shift, values, strict=True):
                bold = (row, quantity) in odd
                text = f"{value:,.0f}" if value >= 10 else f"{value:.1f}"
                weight = {"fontweight": "bold"} if bold else {}
                arrow = "  ◄" if bold and label == "printed" else ""
                axis.annotate(
                    text + arrow, (value, place), (3, 0), textcoords="offset points", va="center", fontsize=9, **weight
                )
        axis.set_xlabel(quantity)
        axis.xaxis.set_major_formatter(lambda value, _: f"{value:,.0f}")
        axis.margins(x=0.2)
        axis.locator_params(axis="x", nbins=5)
        axis.set_xlim(0, None)
    axes[0, 0].set_yticks(places, rows)
    axes[0, 0].set_ylim(len(rows) - 0.4, -0.6)
    axes[0, -1].legend(loc="lower right", frameon=False)
    figure.suptitle(title or "Printed and counted", fontsize=11)
    plt.show()
