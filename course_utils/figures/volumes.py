"""Feature maps as boxes to scale, from left to right: height goes up, width back into the page, channels right."""

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.patches import Polygon

from .diagram import FACES, SMALL, canvas, shape_text, text_width, write
from .look import GREY

SLANT = 0.4  # how far one step of width moves right and up on paper
BETWEEN, LINE = 14, 12.5  # points: between two columns, from one line of text to the next


def volumes(shapes, between=None, title=None):
    """Draw feature maps as boxes, one value one unit long, with an arrow and a label between neighbours.

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
    wide = sum(channels + SLANT * width for _, width, channels in shapes)
    unit = min(400 / wide, 200 / max(height + SLANT * width for height, width, _ in shapes))
    draw([(shape, []) for shape in shapes], unit, unit, between, title)
    plt.show()


def draw(columns, pixels, channels, between=None, title=None):
    """Draw columns side by side: a volume, and below it its shape and lines of text.

    Args:
        columns: [(shape, [(text, whether it is bold)])]; a shape of one number is a vector, which stands upright.
        pixels, channels: points for one step of height or width, and for one channel.
        between: labels above the arrows, or None.
    """
    boxes = [_faces(shape, pixels, channels) for shape, _ in columns]
    texts = [[(shape_text(shape), True), *lines] for shape, lines in columns]
    wide = [max(text_width(t, SMALL) * (1.12 if bold else 1) for t, bold in lines) for lines in texts]
    wide = [max(box[0], width) for box, width in zip(boxes, wide, strict=True)]
    labels = ["", *(between or [""] * (len(columns) - 1))]
    gaps = [max([BETWEEN, *(text_width(line, SMALL) + 16 for line in label.split("\n") if line)]) for label in labels]
    tall = max([box[1] for box in boxes] + [18 + 2 * LINE * len(label.split("\n")) for label in labels if label])
    axis = canvas(sum(wide) + sum(gaps[1:]), tall + max(map(len, texts)) * LINE + 10, title)
    left, before = -gaps[0], None
    for space, gap, label, (w, h, faces), lines, (shape, _) in zip(
        wide, gaps, labels, boxes, texts, columns, strict=True
    ):
        left += gap
        corner = np.array([left + (space - w) / 2, (tall + h) / 2])
        if before is not None:
            look = {"arrowstyle": "-|>,head_length=5,head_width=2.4", "color": GREY, "mutation_scale": 1, "shrinkA": 0}
            axis.annotate("", (corner[0] - 2, tall / 2), (before + 2, tall / 2), arrowprops=look | {"shrinkB": 0})
        for number, line in enumerate(reversed(label.split("\n") if label else [])):
            write(axis, (before + corner[0]) / 2, tall / 2 - 9 - LINE * number, line, SMALL)
        before = corner[0] + w
        fill, edge = FACES["input" if shape is columns[0][0] else "conv" if len(shape) > 1 else "dense"]
        for face, shade in zip(faces, (0, 0.5, -0.3), strict=True):
            patch = Polygon(corner + face, facecolor=_shaded(fill, shade), edgecolor=edge, lw=0.8, joinstyle="round")
            patch.set_gid(f"stage:{shape_text(shape)}")
            axis.add_artist(patch)
        branches = max((text_width(text, SMALL) for text, _ in lines if text[0] == "‖"), default=0)
        for number, (text, bold) in enumerate(lines):
            x, ha = (left + (space - branches) / 2, "left") if text[0] == "‖" else (left + space / 2, "center")
            write(axis, x, tall + 12 + LINE * number, text, SMALL, ha=ha, weight="bold" if bold else "normal")
        left += space


def _faces(shape, pixels, channels):
    """(width, height, faces) on paper, faces from the lower left corner of the front: front, top, side."""
    if len(shape) == 1:
        high, deep, long = shape[0] * channels, 4, 4
    else:
        high, deep = ([*shape[:-1], 1][axis] * pixels for axis in (0, 1))
        long = shape[-1] * channels
    back = np.array([SLANT * deep, -SLANT * deep])
    front = np.array([(0, 0), (long, 0), (long, -high), (0, -high)])
    top = [front[3], front[2], front[2] + back, front[3] + back]
    side = [front[1], front[1] + back, front[2] + back, front[2]]
    return long + back[0], high - back[1], (front, top, side)


def _shaded(colour, by):
    """A colour nearer to white, or with a negative number nearer to black."""
    rgb = np.array([int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)])
    return rgb + (1 - rgb) * by if by > 0 else rgb * (1 + by)
