"""What a model costs: bars a layer, how far each layer sees, families in one chart.

The tables come from `course_utils.cost`; any object with the same attributes is drawn.
"""

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.patches import Rectangle

from .labels import beside
from .look import BLUE, GREEN, ORANGE, PURPLE, SKY, VERMILION


def layer_costs(table, title=None, most=30):
    """Draw parameters beside MACs, a pair of bars for each layer that has either.

    Args:
        table: what `cost.cost` returns. A layer whose MACs are unknown says so instead of having a bar.
        title: the finding.
        most: with more layers than this, those with the largest shares are drawn, in the model's order.

    Raises:
        ValueError: no layer has parameters or MACs.
    """
    rows = [row for row in table.rows if row.parameters or row.macs or row.macs is None]
    if not rows:
        raise ValueError(f"no layer of {table.name} has parameters or MACs to draw")
    weight = {id(row): row.parameters / max(table.parameters, 1) + (row.macs or 0) / max(table.macs, 1) for row in rows}
    drawn = sorted(sorted(rows, key=lambda row: -weight[id(row)])[:most], key=rows.index)
    left_out = f"; {len(rows) - len(drawn)} smaller layers left out" if len(drawn) < len(rows) else ""
    figure, axes = plt.subplots(1, 2, sharey=True, figsize=(8, 1.2 + 0.24 * len(drawn)))
    places = np.arange(len(drawn))
    for axis, key, colour, label in zip(
        axes, ("parameters", "macs"), (BLUE, ORANGE), ("parameters", "MACs"), strict=True
    ):
        values = [getattr(row, key) for row in drawn]
        axis.barh(places, [value or 0 for value in values], color=colour, edgecolor="black", lw=0.5, height=0.7)
        for place, value in zip(places, values, strict=True):
            text = "unknown" if value is None else _short(value) if value else ""
            axis.annotate(text, (value or 0, place), (3, 0), textcoords="offset points", va="center", fontsize=9)
        axis.set_xlabel(f"{label}, {_short(getattr(table, key))} in all")
        axis.xaxis.set_major_formatter(lambda value, _: _short(value))
        axis.margins(x=0.18)
        axis.locator_params(axis="x", nbins=4)
    axes[0].set_yticks(places, [row.name for row in drawn], fontsize=9)
    axes[0].set_ylim(len(drawn) - 0.4, -0.6)
    figure.suptitle((title or f"{table.name}: parameters and MACs of each layer") + left_out, fontsize=11)
    plt.show()


def receptive_fields(table, image=None, layers=None, title=None):
    """Draw the receptive field of the middle output of several layers over the input image.

    Args:
        table: what `cost.cost` returns, of a model for images.
        image: (height, width, 3) in 0 … 1 or (height, width), of the model's input size; None draws an empty frame.
        layers: names of rows; None takes up to six: the last one of each stride.
        title: the finding.

    Raises:
        ValueError: a layer that the table does not have or that has no field on a map; an image of another size.
    """
    height, width = table.rows[0].output_shape[:2]
    if image is not None and np.shape(image)[:2] != (height, width):
        raise ValueError(f"the image is {np.shape(image)[:2]}, but {table.name} was counted for {(height, width)}")
    known = {row.name: row for row in table.rows if row.receptive_field and len(row.output_shape) == 3}
    if layers is None:
        last_of_stride = {_pair(row.stride): row.name for row in known.values() if row.receptive_field != 1}
        layers = list(last_of_stride.values())[-6:]
    missing = [name for name in layers if name not in known]
    if missing or not layers:
        raise ValueError(f"no receptive field on a map is known for {missing or table.name}: choose from {list(known)}")
    _, axis = plt.subplots(figsize=(8, 4.5))
    picture = np.full((height, width), 0.9) if image is None else np.asarray(image, dtype=float)
    limits = {"vmin": 0, "vmax": 1, "cmap": "grey"} if image is None else {}
    axis.imshow(picture, **limits)
    styles = zip((BLUE, ORANGE, GREEN, PURPLE, VERMILION, SKY), ("-", "--", "-.", ":", "-", "--"), strict=True)
    ends = []
    for name, (colour, dashes) in zip(layers, styles, strict=False):
        row = known[name]
        (h, w), steps, offsets = _pair(row.receptive_field), _pair(row.stride), _pair(row.offset)
        top, left = (
            float(offset + (length // 2) * step) - 0.5
            for offset, step, length in zip(offsets, steps, row.output_shape, strict=False)
        )
        for edge, lw, style in (("white", 4, "-"), (colour, 2, dashes)):
            axis.add_patch(Rectangle((left, top), w, h, fill=False, edgecolor=edge, lw=lw, ls=style))
        ends.append(
            (
                left + w,
                top,
                left,
                top + h,
                f"{name}: {h}×{w}" + (", more than the image" if h > height or w > width else ""),
                colour,
                dashes,
            )
        )
    low_x, low_y = min(0, *(e[2] for e in ends)), min(0, *(e[1] for e in ends))
    high_x, high_y = max(width, *(e[0] for e in ends)), max(height, *(e[3] for e in ends))
    margin = 0.03 * (high_x - low_x)
    axis.set_xlim(low_x - margin, high_x + margin)
    axis.set_ylim(high_y + margin, low_y - margin)
    handles = [plt.Line2D([], [], color=colour, ls=dashes, lw=2, label=text) for *_, text, colour, dashes in ends]
    axis.legend(
        handles=handles,
        loc="center left",
        bbox_to_anchor=(1.02, 0.5),
        frameon=False,
        title="sees, in pixels",
        handlelength=3.5,
    )
    axis.set(
        xlabel="input column",
        ylabel="input row",
        title=title or f"{table.name}: what the middle output of a layer sees",
    )
    plt.show()


def families(tables, errors, error_name="top-5 error, %", title=None, groups=None, years=None):
    """Draw models as bubbles: error over MACs, the area of a bubble is the number of parameters.

    Args:
        tables: {name: table}, as `cost.compare(…).tables`.
        errors: {name: error in percent}; models without one are left out.
        error_name: the vertical axis, with its unit.
        title: the finding.
        groups: {name: family}; models of a family share colour and are joined by a line, in the order of their MACs.
            None: every model by itself.
        years: {name: year}, to stand behind the name; None or a missing name: no year.

    Raises:
        ValueError: no model has an error.
    """
    names = [name for name in tables if name in errors]
    if not names:
        raise ValueError("no model has an error to draw: errors is {name: percent}, with the names of tables")
    groups, years = groups or {}, years or {}
    kinds = list(dict.fromkeys(groups.get(name, name) for name in names))
    colours = (BLUE, ORANGE, GREEN, PURPLE, VERMILION, SKY)
    largest = max(tables[name].parameters for name in names)
    _, axis = plt.subplots(figsize=(8, 5))
    labels, places, radii = [], [], []
    for number, kind in enumerate(kinds):
        members = sorted((n for n in names if groups.get(n, n) == kind), key=lambda n: tables[n].macs)
        x, y = [tables[n].macs / 1e9 for n in members], [errors[n] for n in members]
        area = [2200 * tables[n].parameters / largest for n in members]
        colour = colours[number % len(colours)]
        axis.scatter(x, y, area, color=colour, alpha=0.55, edgecolors="black", linewidths=0.8)
        if len(members) > 1:
            axis.plot(x, y, color=colour, lw=1, ls="--", zorder=0)
        axis.plot(x, y, "k.", ms=3)
        for name, place, size in zip(members, zip(x, y, strict=True), area, strict=True):
            year = f" ({years[name]})" if name in years else ""
            labels.append(f"{name}{year}, {_short(tables[name].parameters)}")
            places.append(place)
            radii.append(np.sqrt(size) / 2)
    axis.set_xscale("log")
    ticks = [
        t for t in (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50) if axis.get_xlim()[0] < t < axis.get_xlim()[1]
    ]
    axis.set_xticks(ticks, [f"{t:g}" for t in ticks])
    axis.set_xticks([], minor=True)
    axis.margins(0.15)
    axis.set(xlabel="10⁹ MACs for one image (logarithmic); area and label: parameters", ylabel=error_name)
    axis.set_title(title or "Error, work and size of the families")
    beside(axis, labels, places, radii)
    plt.show()


def _pair(value):
    return value if isinstance(value, tuple) else (value, value)


def _short(number):
    """1,234,567 as 1.2M: three digits at most, for labels."""
    for unit, scale in (("G", 1e9), ("M", 1e6), ("k", 1e3)):
        if number >= scale:
            value = number / scale
            return f"{value:.0f}{unit}" if value >= 100 else f"{value:.1f}{unit}".replace(".0", "")
    return f"{number:g}"
