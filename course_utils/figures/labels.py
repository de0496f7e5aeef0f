"""Names beside the points of a chart, so that no name covers another name or a point."""

import numpy as np

from .look import GREY

FAR = (4, 14, 26, 40, 56, 74)  # points between a mark's edge and its name
AROUND = [(0, 1), (0, -1), (1, 0), (-1, 0)]  # above, below, right, left, then aside
AROUND += [(0.5, 1), (-0.5, 1), (0.5, -1), (-0.5, -1), (1, 1), (-1, 1), (1, -1), (-1, -1)]


def beside(axis, names, places, radii, fontsize=9):
    """Write each name next to its point, where it covers neither names, points nor the axes' border; where the next
    free place is not close by, a thin line leads to it.

    Args:
        axis: of matplotlib, its limits and scales set; they must not change afterwards.
        names: texts, in the order of their claim to a place close by.
        places: (x, y) in data units of each.
        radii: of each point's mark, in points (1/72 inch).

    Returns:
        The list of annotations. A name without any free place stands above its point.
    """
    figure = axis.figure
    figure.canvas.draw()  # the layout decides where a point stands
    pixel = figure.dpi / 72
    centres = [axis.transData.transform(place) for place in places]
    taken = [
        _box(centre, 2 * radius * pixel, 2 * radius * pixel) for centre, radius in zip(centres, radii, strict=True)
    ]
    inside, written = axis.get_window_extent().extents, []
    for name, place, centre, radius in zip(names, places, centres, radii, strict=True):
        text = axis.annotate(name, place, (0, 0), textcoords="offset points", ha="center", va="center")
        text.set_fontsize(fontsize)
        extent = text.get_window_extent()
        width, height = extent.width + 4, extent.height + 2
        shift = np.array([0.0, radius + FAR[0] + height / 2 / pixel])
        for offset in _offsets(radius, width / 2 / pixel, height / 2 / pixel):
            box = _box(centre + offset * pixel, width, height)
            within = (box[:2] >= inside[:2]).all() and (box[2:] <= inside[2:]).all()
            if within and not any(_overlap(box, other) for other in taken):
                shift = offset
                break
        taken.append(_box(centre + shift * pixel, width, height))
        text.set_position(tuple(shift))
        if np.hypot(*shift) > radius + 20 + abs(shift[0]) / np.hypot(*shift) * width / 2 / pixel:
            line = {"arrowstyle": "-", "color": GREY, "lw": 0.7, "shrinkA": 0, "shrinkB": radius}
            text.remove()
            text = axis.annotate(
                name, place, shift, textcoords="offset points", ha="center", va="center", arrowprops=line
            )
            text.set_fontsize(fontsize)
        written.append(text)
    return written


def _offsets(radius, half_width, half_height):
    """Shifts of a name's middle from its point, in points, the close ones first."""
    for far in FAR:
        for x, y in AROUND:
            reach = (radius + far) * (0.7 if abs(x) == abs(y) else 1)
            yield np.array([x * (reach + half_width), y * (reach + half_height)])


def _box(centre, width, height):
    half = np.array([width, height]) / 2
    return np.concatenate([centre - half, centre + half])


def _overlap(a, b):
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]
