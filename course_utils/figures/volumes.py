"""Feature maps as boxes to scale: one value is one unit long."""

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.patches import Polygon

from .look import GREY, SKY

_SLANT = 0.4  # how far one step of width moves right and up on paper


def volumes(shapes, between=None, title=None):
    """Draw feature maps as boxes to scale, left to right, with an arrow and a label between neighbours.

    The long side that runs to the right is the channels; height goes up; width goes back into the page.

    Args:
        shapes: sequence of (height, width, channels), each a positive whole number.
        between: one label a gap, naming the operation, or None.
        title: the finding.

    Raises:
        ValueError: a shape is not three positive whole numbers, or the number of labels differs from the gaps.
    """
    shapes = [tuple(shape) for shape in shapes]
    between = [""] * (len(shapes) - 1) if between is None else list(between)
    odd = [shape for shape in shapes if len(shape) != 3 or any(int(size) != size or size < 1 for size in shape)]
    if odd:
        raise ValueError(f"a feature map is (height, width, channels), three positive whole numbers, not {odd[0]}")
    if len(between) != len(shapes) - 1:
        raise ValueError(f"{len(shapes)} feature maps with {len(between)} labels: give one label for each gap")
    lengths = [channels + _SLANT * width for _, width, channels in shapes]
    tallest = max(height for height, _, _ in shapes)
    gap = max(0.16 * sum(lengths), 0.5 * tallest)
    wide, high = sum(lengths) + gap * len(between), max(height + _SLANT * width for height, width, _ in shapes)
    _, axis = plt.subplots(figsize=(9, min(4, 0.9 + 8.2 * high / wide)))
    write = {"textcoords": "offset points", "ha": "center"}
    left, middle = 0.0, tallest / 2
    for length, (height, width, channels), label in zip(lengths, shapes, [*between, None], strict=True):
        _box(axis, (left, middle - height / 2), (height, width, channels))
        axis.annotate(f"{height} × {width} × {channels}", (left + channels / 2, 0), (0, -6), va="top", **write)
        if label is not None:
            start, end = (left + length + 0.12 * gap, middle), (left + length + 0.88 * gap, middle)
            axis.annotate("", end, start, arrowprops={"arrowstyle": "->", "color": GREY})
            axis.annotate(label, (left + length + gap / 2, middle), (0, 4), va="bottom", **write)
        left += length + gap
    axis.set_aspect("equal")
    axis.axis("off")
    axis.margins(0.02, 0.1)
    axis.set_title(title or "")
    plt.show()


def _box(axis, corner, shape):
    """A box with its front face (channels × height) at `corner`; width goes back, to the upper right."""
    (x, y), (height, width, channels) = corner, shape
    back = np.array([_SLANT * width, _SLANT * width])
    front = np.array([(x, y), (x + channels, y), (x + channels, y + height), (x, y + height)])
    top = np.array([front[3], front[2], front[2] + back, front[3] + back])
    side = np.array([front[1], front[1] + back, front[2] + back, front[2]])
    for face, alpha in ((front, 0.55), (top, 0.25), (side, 0.9)):
        axis.add_patch(Polygon(face, facecolor=SKY, alpha=alpha, edgecolor="none"))
        axis.add_patch(Polygon(face, fill=False, edgecolor="black", linewidth=0.8))
    if max(height, width) <= 12:  # few enough to draw every position on the side that shows height × width
        for row in range(1, height):
            axis.plot(*(side[[0, 1]] + (0, row)).T, color="black", lw=0.4, ls="-")
        for column in range(1, width):
            axis.plot(*(side[[0, 3]] + back * column / width).T, color="black", lw=0.4, ls="-")
    axis.update_datalim([(x, y), (x + channels + back[0], y + height + back[1])])
