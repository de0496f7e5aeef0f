"""Modules whose branches work side by side: one, or all of a network as bars. Notebook 03 builds such a module."""

import matplotlib.pyplot as plt
import numpy as np

from .look import GREY, HATCHES, SHADES


def module(input_shape, parts, title=None):
    """Draw a module: its branches as rows of boxes, and at the right the channels they are joined into, to scale.

    Args:
        input_shape: (height, width, channels) that every branch starts from.
        parts: {name of a branch: [(operation, output shape), …]}, each branch with at least one operation.
        title: the finding.

    Raises:
        ValueError: no branch, a branch without operations, or branches that end with different heights and widths.
    """
    parts = {name: list(steps) for name, steps in parts.items()}
    if not parts or not all(parts.values()):
        raise ValueError(f"a module needs branches of at least one operation each, not {parts}")
    ends = {name: tuple(steps[-1][1]) for name, steps in parts.items()}
    if len({shape[:2] for shape in ends.values()}) > 1:
        raise ValueError(f"branches of different height and width cannot be joined: {ends}")
    columns, rows, total = max(map(len, parts.values())), len(parts), sum(shape[2] for shape in ends.values())
    _, axis = plt.subplots(figsize=(9, 1.1 + 0.75 * rows))
    join, bottom, middle = 1.35 * (columns + 1), 0.0, (rows - 1) / 2
    edge = 0.62 * (join + 2.1) / 9  # from the middle of a box to its side: 0.62 of the figure's 9 inches
    _box(axis, 0, middle, "input", input_shape)
    for number, (name, steps) in enumerate(parts.items()):
        row, left = rows - 1 - number, 0
        for place, (operation, shape) in enumerate(steps):
            x = 1.35 * (columns - len(steps) + 1 + place) if place else 1.35
            start = (edge, middle) if place == 0 else (left + edge, row)
            axis.annotate("", (x - edge, row), start, arrowprops={"arrowstyle": "->", "color": GREY})
            _box(axis, x, row, operation, shape)
            left = x
        height = rows * ends[name][2] / total
        centre = rows - 0.5 - bottom - height / 2
        axis.annotate("", (join - 0.3, centre), (left + edge, row), arrowprops={"arrowstyle": "->", "color": GREY})
        look = {"facecolor": SHADES[number % 6], "hatch": HATCHES[number % 6], "edgecolor": "black", "lw": 0.8}
        axis.bar(join, height, 0.5, rows - 0.5 - bottom - height, **look)
        axis.annotate(f"{name}: {ends[name][2]}", (join + 0.32, centre), va="center")
        bottom += height
    axis.annotate(f"{ends[name][0]} × {ends[name][1]} × {total}", (join, -0.72), ha="center", va="center")
    axis.set(xlim=(-0.6, join + 1.5), ylim=(-0.95, rows - 0.4), title=title or "")
    axis.axis("off")
    plt.show()


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


def _box(axis, x, y, text, shape):
    label = f"{text}\n{' × '.join(map(str, shape))}"
    look = {"boxstyle": "round,pad=0.35", "facecolor": "white", "edgecolor": "black", "lw": 0.8}
    axis.annotate(label, (x, y), ha="center", va="center", fontsize=9, bbox=look)
