"""Block diagrams of Keras models, computed from the model's own graph.

reader.py reads the graph, graph.py folds layers into their convolution and finds blocks that repeat, words.py says what
stands on a box; order.py and route.py find a place for everything; here it is drawn.
"""

import functools
from collections import Counter
from dataclasses import dataclass

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.font_manager import FontProperties
from matplotlib.patches import Ellipse, FancyArrowPatch, FancyBboxPatch
from matplotlib.path import Path
from matplotlib.textpath import text_to_path

from . import graph
from .order import CIRCLES, GAP
from .page import Page
from .reader import in_order, read

FACES = {  # fill and edge: Okabe–Ito hues, light enough for black text and unlike in grey
    "1x1": ("#F6C65B", "#8A5F00"),
    "conv": ("#86C1EA", "#00527F"),
    "dense": ("#E3B8CF", "#7D3F60"),
    "pool": ("#BFE5D8", "#00694C"),
    "concat": ("#FBF6B4", "#6B6300"),
    "model": ("#DDDDDD", "#333333"),
    **dict.fromkeys(("input", "output", "add", "multiply"), ("#FFFFFF", "#000000")),
}
PLAIN = ("#F2F2F2", "#555555")
TEXT, SMALL, MARGIN, APART = 10, 9, 6, 40  # points, the last two around the figure and between two models
LINE = "#333333"  # of arrows
FONT = "DejaVu Sans"  # comes with matplotlib: boxes fit their text everywhere


@dataclass
class Size:
    """Of a box, in points: `tag` is how far the shape below it reaches to the right, `below` how far down."""

    width: float
    height: float
    tag: float = 0
    below: float = 0

    @property
    def reach(self):
        """Width with the tag."""
        return self.width / 2 + max(self.width / 2, self.tag)


def diagram(model, fold=False, collapse=True, flat=False, title=None):
    """Draw a model as boxes and arrows, from its input at the top to its output: every layer, every connection.

    Branches stand side by side; ⊕ is an addition, ⊗ a product; convolutions say kernel and channels, in small print
    stride, groups, activation; shapes stand below boxes that change them. A layer that is not known has the name of
    its class.

    Args:
        model: a functional or Sequential Keras model, or a function that returns one, such as `lambda: vgg(16)`, whose
            weights are then not allocated. A list of them is drawn side by side.
        fold: write batch normalisation, activations, padding and dropout into the box of their convolution.
        collapse: draw equal blocks that follow each other once, in a frame with their number. They are equal if the
            same is written on their boxes; the shapes shown are those of the last one.
        flat: draw a concatenation of concatenations as one, with lines from all that it joins, as for a dense block.
        title: the finding.

    Raises:
        TypeError: no functional or Sequential model. ValueError: a Sequential model without an input.
    """
    pages, left = [], 0
    for one in model if isinstance(model, list) else [model]:
        nodes = read(one)
        nodes = graph.fold(nodes) if fold else nodes
        nodes = in_order(graph.flat(nodes)) if flat else nodes
        sizes = _sizes(nodes, tags := _tags(nodes))
        chain = graph.parts(nodes)
        runs = graph.collapse(chain) if collapse else [graph.Run([part]) for part in chain]
        pages.append((Page(runs, sizes, left), sizes, tags))
        left = pages[-1][0].right + APART
    axis = canvas(left - APART, max(page.height for page, *_ in pages), title)
    for page, sizes, tags in pages:
        for frame in page.frames:
            _frame(axis, *frame)
        for (node, number), points in page.lines.items():
            _arrow(axis, points, f"arrow:{node.inputs[number].name} → {node.name}")
        for node, (x, y) in page.middles.items():
            _box(axis, node, x, y, sizes[node])
            if tags[node]:
                write(axis, x + 5, y + sizes[node].height / 2 + 6.5, tags[node], SMALL, ha="left", color="#555555")
    plt.show()


def canvas(width, height, title):
    """Axes of a new figure, in points, y going down; the title above, for which the figure is made wide enough."""
    top, aside = (24 if title else 0), max(0, text_width(title or "", 11) - width) / 2 + MARGIN
    figure = plt.figure(figsize=((width + 2 * aside) / 72, (height + top + 2 * MARGIN) / 72), layout="none")
    axis = figure.add_axes((0, 0, 1, 1))
    axis.set(xlim=(-aside, width + aside), ylim=(height + MARGIN, -MARGIN - top))
    axis.axis("off")
    if title:
        write(axis, width / 2, -(top + MARGIN) / 2, title, 11)
    return axis


def shape_text(shape):
    return "×".join("?" if size is None else str(size) for size in shape) or "one number"


def _tags(nodes):
    """{node: the shape below its box}, "" where the box above or the next one, an output, says the same."""
    inner = {source for node in nodes if node.kind != "output" for source in node.inputs}
    changes = {node for node in inner if node.inputs and node.shape not in [u.shape for u in node.inputs]}
    return {node: shape_text(node.shape) if node in changes else "" for node in nodes}


def _lines(node):
    """What is written on a box: (text, points) a line."""
    if node.kind in ("input", "output"):
        return [(shape_text(node.shape), TEXT)]
    rows = [(" · ".join(node.before), SMALL), (node.text, 14 if node.kind in CIRCLES else TEXT)]
    return [row for row in [*rows, (" · ".join(node.after), SMALL)] if row[0]]


def _sizes(nodes, tags):
    """{node: Size}, from what is written on it, and wide enough for what comes in."""
    sizes, readers = {}, Counter(source for node in nodes for source in node.inputs)
    for node in nodes:
        lines, entries = _lines(node), len(node.inputs)
        tag = {"tag": 5 + text_width(tags[node], SMALL), "below": 12} if tags[node] else {}
        if node.kind in CIRCLES:
            sizes[node] = Size(18 + 10 * max(0, entries - 3), 18, **tag)
            continue
        widths = [max(text_width(text, points) for text, points in lines) + 14, 14 * (entries - 1) + 20, 44]
        if node.kind == "concat":
            branches = [sizes[source] for source in node.inputs]
            if all(readers[source] == 1 for source in node.inputs):  # it lies below all of its branches
                widths.append(sum(size.reach + GAP for size in branches))
            widths.append(70)
        sizes[node] = Size(max(widths), sum(points for _, points in lines) * 1.25 + 8, **tag)
    return sizes


@functools.cache
def text_width(text, points):
    return text_to_path.get_text_width_height_descent(text, FontProperties(family=FONT, size=points), False)[0]


def _box(axis, node, x, y, size):
    fill, edge = FACES.get(node.kind, PLAIN)
    round_ends = node.kind in (*CIRCLES, "input", "output")
    style = f"round,pad=0,rounding_size={size.height / 2 if round_ends else 3}"
    corner = x - size.width / 2, y - size.height / 2
    look = {"facecolor": fill, "edgecolor": edge, "lw": 1, "ls": "--" if node.kind == "other" else "-"}
    if size.width == size.height:
        patch = Ellipse((x, y), size.width, size.height, **look)
    else:
        patch = FancyBboxPatch(corner, size.width, size.height, style, **look)
    axis.add_artist(patch).set(gid=f"box:{node.name}", zorder=3)
    lines = _lines(node)
    at = y - sum(points for _, points in lines) * 1.25 / 2
    for text, points in lines:
        at += points * 1.25
        write(axis, x, at - points * 0.625, text, points, zorder=4)


def write(axis, x, y, text, points, ha="center", **look):
    axis.text(x, y, text, fontsize=points, ha=ha, va="center_baseline", family=FONT, parse_math=False, **look)


def _arrow(axis, points, gid):
    """A line with round corners and a head at its end."""
    points = np.array([p for p, q in zip(points, [None, *points], strict=False) if p != q])
    way, codes = [points[0]], [Path.MOVETO]
    for before, corner, after in zip(points, points[1:], points[2:], strict=False):
        steps = [(end - corner) / np.abs(end - corner).sum() for end in (before, after)]
        cut = min(5, np.abs(before - corner).sum() / 2, np.abs(after - corner).sum() / 2)
        way += [corner + cut * steps[0], corner, corner + cut * steps[1]]
        codes += [Path.LINETO, Path.CURVE3, Path.CURVE3]
    path = Path([*way, points[-1]], [*codes, Path.LINETO])
    look = {"arrowstyle": "-|>,head_length=5,head_width=2.4", "color": LINE, "lw": 1.1, "mutation_scale": 1}
    look |= {"zorder": 2, "snap": True, "joinstyle": "miter", "capstyle": "butt"}
    axis.add_artist(FancyArrowPatch(path=path, gid=gid, **look))


def _frame(axis, left, upper, right, lower, times):
    look = {"boxstyle": "round,pad=0,rounding_size=6", "ls": (0, (4, 2)), "gid": f"frame:{times}"}
    look |= {"facecolor": "#F7F7F7", "edgecolor": "#777777"}
    axis.add_artist(FancyBboxPatch((left, upper), right - left, lower - upper, **look))
    write(axis, right + 5, (upper + lower) / 2, f"× {times}", 12, ha="left", weight="bold")
