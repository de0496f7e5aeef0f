"""Modules whose branches work side by side, and the detour over a bottleneck that makes them affordable.

Notebook 03 builds both.
"""

import matplotlib.pyplot as plt
import numpy as np

from .look import BLUE, GREY, HATCHES, ORANGE, SHADES, SKY


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


def _box(axis, x, y, text, shape):
    label = f"{text}\n{' × '.join(map(str, shape))}"
    look = {"boxstyle": "round,pad=0.35", "facecolor": "white", "edgecolor": "black", "lw": 0.8}
    axis.annotate(label, (x, y), ha="center", va="center", fontsize=9, bbox=look)


def bottleneck(map_size, channels, kernel_size, width, title=None):
    """Draw what a k×k convolution costs directly and through a 1×1 bottleneck: at one width, and at every width.

    Args:
        map_size: (height, width) of the map, which stays.
        channels: (of the input, of the output).
        kernel_size: k.
        width: channels of the bottleneck, at least 1, whose two parts are drawn as bars.
        title: the finding; None writes the ratio at this width.

    Raises:
        ValueError: a width below 1.
    """
    if width < 1:
        raise ValueError(f"the bottleneck needs at least 1 channel, not {width}")
    positions, (first, last), area = map_size[0] * map_size[1], channels, kernel_size**2
    direct = positions * area * first * last
    squeeze, spread = positions * first, positions * area * last  # for each channel of the bottleneck
    even = direct / (squeeze + spread)
    figure, (left, right) = plt.subplots(1, 2, figsize=(9, 3.4), width_ratios=[1, 1.6])
    left.bar(0, direct, 0.6, color=ORANGE, edgecolor="black", lw=0.8)
    left.bar(1, width * squeeze, 0.6, color=SKY, hatch="///", edgecolor="black", lw=0.8)
    left.bar(1, width * spread, 0.6, width * squeeze, color=BLUE, edgecolor="black", lw=0.8)
    for place, value in enumerate((direct, width * (squeeze + spread))):
        left.annotate(f"{value / 1e6:,.1f} M", (place, value), (0, 3), textcoords="offset points", ha="center")
    k = f"{kernel_size}×{kernel_size}"
    left.set_xticks([0, 1], [f"{k}\ndirectly", f"1×1 to {width} (striped),\nthen {k}"])
    left.set(ylabel="MACs", ylim=(0, 1.12 * max(direct, width * (squeeze + spread))), xlim=(-0.6, 1.8))
    widths = np.arange(1, max(int(1.25 * even), width) + 1)
    right.plot(widths, widths * (squeeze + spread), lw=2, color=BLUE, ls="-")
    right.axhline(direct, color=ORANGE, ls="--", lw=2)
    right.annotate("directly", (widths[-1], direct), (0, 4), textcoords="offset points", ha="right")
    right.axvline(even, color=GREY, ls=":")
    right.annotate(f"even at\nr = {even:.2f}", (even, 0), (-4, 6), textcoords="offset points", ha="right")
    right.plot(width, width * (squeeze + spread), "o", color="black", ms=8)
    right.set(xlabel="channels of the bottleneck, r", ylim=(0, None), xlim=(0, widths[-1] + 2))
    for axis in (left, right):
        axis.yaxis.set_major_formatter(lambda value, _: f"{value / 1e6:.0f} M")
    ratio = f"{even / width:.2f} times fewer" if width <= even else f"{width / even:.2f} times as many"
    figure.suptitle(title or f"Through {width} channels: {ratio} MACs", fontsize=11)
    plt.show()
