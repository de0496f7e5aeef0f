"""The course's figures: one look, colour-blind safe, readable when printed grey.

Lines take the Okabe–Ito colours with different dashes, maps take cividis; nothing is told by colour alone. Every
function draws one figure and returns None, so that a notebook cell ends in the picture. Feature maps are drawn to
scale: one value is one unit long in height, width and channels. First used in notebooks 00 and 01, which build what
is drawn here.
"""

import matplotlib.pyplot as plt
import numpy as np
from cycler import cycler
from matplotlib.patches import Polygon, Rectangle

BLUE, ORANGE, GREEN, PURPLE = "#0072B2", "#E69F00", "#009E73", "#CC79A7"
SKY, VERMILION, GREY = "#56B4E9", "#D55E00", "#777777"
_SLANT = 0.4  # how far one step of width moves right and up on paper


def use_course_look():
    """Set matplotlib's defaults: 6 × 3.5 inches, 100 dpi, text of 9 points and more, lines differ in grey too."""
    colours = cycler(color=[BLUE, ORANGE, GREEN, PURPLE, VERMILION, SKY])
    dashes = cycler(linestyle=["-", "--", "-.", ":", (0, (5, 1, 1, 1, 1, 1)), (0, (1, 1))])
    plt.rcParams.update(
        {
            "figure.figsize": (6, 3.5),
            "figure.dpi": 100,
            "figure.constrained_layout.use": True,
            "font.size": 10,
            "axes.titlesize": 11,
            "axes.prop_cycle": colours + dashes,
            "axes.spines.top": False,
            "axes.spines.right": False,
            "image.cmap": "cividis",
            "image.interpolation": "nearest",
        }
    )


def images(pictures, titles=None, columns=None, title=None, limits=None):
    """Show pictures side by side.

    Args:
        pictures: sequence of arrays, each (height, width), (height, width, 1) or (height, width, 3). Three channels
            are shown as red, green, blue in 0 … 1 (values outside are clipped), one channel as a cividis map.
        titles: one title a picture, or None.
        columns: pictures a row; None puts up to six in a row.
        title: the finding, above all of them.
        limits: (lowest, highest) value of a one-channel map's scale; None takes each map's own.

    Raises:
        ValueError: a picture has another shape, or the number of titles differs.
    """
    pictures = [_picture(picture) for picture in pictures]
    titles = [""] * len(pictures) if titles is None else list(titles)
    if not pictures or len(titles) != len(pictures):
        raise ValueError(
            f"{len(pictures)} pictures with {len(titles)} titles: give at least one picture, one title each"
        )
    columns = min(len(pictures), columns or 6)
    rows = -(-len(pictures) // columns)
    height, width = pictures[0].shape[:2]
    cell = min(9 / columns, 3.2)
    size = (
        cell * columns,
        (cell * height / width + (0.35 if any(titles) else 0.1)) * rows + (0.35 if title else 0),
    )
    figure, axes = plt.subplots(rows, columns, squeeze=False, figsize=size)
    low, high = limits or (None, None)
    for axis in axes.flat:
        axis.axis("off")
    for axis, picture, name in zip(axes.flat, pictures, titles, strict=False):
        axis.imshow(picture, vmin=low, vmax=high)
        axis.set_title(name, fontsize=10)
    figure.suptitle(title, fontsize=11) if title else None
    plt.show()


def _picture(picture):
    picture = np.asarray(picture, dtype=float)
    if picture.ndim == 3 and picture.shape[-1] == 1:
        picture = picture[..., 0]
    if picture.ndim == 2:
        return picture
    if picture.ndim == 3 and picture.shape[-1] == 3:
        return np.clip(picture, 0, 1)
    raise ValueError(
        f"a picture of shape {picture.shape} cannot be shown: give (height, width), (height, width, 1) or "
        "(height, width, 3). A feature map with more channels is shown as images(maps.transpose(2, 0, 1))"
    )


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
    shapes = [_shape(shape) for shape in shapes]
    between = [""] * (len(shapes) - 1) if between is None else list(between)
    if not shapes or len(between) != len(shapes) - 1:
        raise ValueError(
            f"{len(shapes)} feature maps have {max(len(shapes) - 1, 0)} gaps, but {len(between)} labels were given"
        )
    lengths = [channels + _SLANT * width for _, width, channels in shapes]
    gap = max(0.16 * sum(lengths), 0.5 * max(h for h, _, _ in shapes))
    wide, high = sum(lengths) + gap * len(between), max(h + _SLANT * w for h, w, _ in shapes)
    _, axis = plt.subplots(figsize=(9, min(4, 0.9 + 8.2 * high / wide)))
    left, middle = 0.0, max(height for height, _, _ in shapes) / 2
    for index, (height, width, channels) in enumerate(shapes):
        _box(axis, (left, middle - height / 2), (height, width, channels))
        right = left + lengths[index]
        below = middle - max(h for h, _, _ in shapes) / 2
        axis.annotate(
            f"{height} × {width} × {channels}",
            (left + channels / 2, below),
            (0, -6),
            textcoords="offset points",
            ha="center",
            va="top",
        )
        if index < len(between):
            start, end = (right + 0.12 * gap, middle), (right + 0.88 * gap, middle)
            axis.annotate("", end, start, arrowprops={"arrowstyle": "->", "color": GREY})
            axis.annotate(
                between[index],
                (right + gap / 2, middle),
                (0, 4),
                textcoords="offset points",
                ha="center",
                va="bottom",
            )
        left = right + gap
    axis.set_aspect("equal")
    axis.axis("off")
    axis.margins(0.02, 0.1)
    axis.set_title(title or "")
    plt.show()


def _shape(shape):
    values = tuple(shape)
    if len(values) != 3 or any(int(v) != v or v < 1 for v in values):
        raise ValueError(
            f"a feature map's shape is (height, width, channels), three positive whole numbers, not {values}"
        )
    return tuple(int(v) for v in values)


def _box(axis, corner, shape, colour=SKY):
    """A box with its front face (channels × height) at `corner`; width goes back, to the upper right."""
    (x, y), (height, width, channels) = corner, shape
    back = np.array([_SLANT * width, _SLANT * width])
    front = np.array([(x, y), (x + channels, y), (x + channels, y + height), (x, y + height)])
    top = np.array([front[3], front[2], front[2] + back, front[3] + back])
    side = np.array([front[1], front[1] + back, front[2] + back, front[2]])
    for face, alpha in ((front, 0.55), (top, 0.25), (side, 0.9)):
        axis.add_patch(Polygon(face, facecolor=colour, alpha=alpha, edgecolor="none"))
        axis.add_patch(Polygon(face, fill=False, edgecolor="black", linewidth=0.8))
    if max(height, width) <= 12:  # few enough to draw every position on the side that shows height × width
        for row in range(1, height):
            axis.plot(*(side[[0, 1]] + (0, row)).T, color="black", lw=0.4, ls="-")
        for column in range(1, width):
            axis.plot(*(side[[0, 3]] + back * column / width).T, color="black", lw=0.4, ls="-")
    axis.update_datalim([(x, y), (x + channels + back[0], y + height + back[1])])


def kernels(kernel, titles=None, title=None):
    """Draw convolution kernels as small maps with their weights written in.

    Args:
        kernel: (kernel height, kernel width) for one, or (kernel height, kernel width, number) for several.
        titles, title: as in `images`.

    Raises:
        ValueError: another rank, or the number of titles differs.
    """
    kernel = np.asarray(kernel, dtype=float)
    if kernel.ndim not in (2, 3):
        raise ValueError(f"give kernels as (height, width) or (height, width, number), not {kernel.shape}")
    maps = np.atleast_3d(kernel).transpose(2, 0, 1)
    titles = [""] * len(maps) if titles is None else list(titles)
    if len(titles) != len(maps):
        raise ValueError(f"{len(maps)} kernels with {len(titles)} titles: give one title each")
    figure, axes = plt.subplots(1, len(maps), squeeze=False, figsize=(min(9, 2.2 * len(maps)), 2.6))
    for axis, weights, name in zip(axes.flat, maps, titles, strict=True):
        _written_map(axis, weights, np.abs(kernel).max())
        axis.set(title=name, xticks=[], yticks=[])
    figure.suptitle(title, fontsize=11) if title else None
    plt.show()


def channel_mixing(kernel, inputs=None, outputs=None, title=None):
    """Draw a 1×1 kernel as what it is, a matrix: a row an input channel, a column an output channel.

    Args:
        kernel: (input channels, output channels), or a Keras 1×1 kernel (1, 1, input channels, output channels).
        inputs, outputs: names of the channels, or None for numbers.
        title: the finding.

    Raises:
        ValueError: the kernel is not 1×1, or a number of names differs.
    """
    kernel = np.asarray(kernel, dtype=float)
    if kernel.ndim == 4 and kernel.shape[:2] == (1, 1):
        kernel = kernel[0, 0]
    if kernel.ndim != 2:
        raise ValueError(f"a 1×1 kernel has shape (1, 1, cin, cout) or (cin, cout), not {kernel.shape}")
    names = [inputs or range(kernel.shape[0]), outputs or range(kernel.shape[1])]
    if tuple(map(len, names)) != kernel.shape:
        raise ValueError(f"a kernel of {kernel.shape} needs as many names, not {tuple(map(len, names))}")
    _, axis = plt.subplots(figsize=(min(9, 2 + 1.4 * kernel.shape[1]), min(6, 1.2 + 0.5 * kernel.shape[0])))
    _written_map(axis, kernel, np.abs(kernel).max(), aspect="auto")  # wide enough for the names
    axis.set_xticks(range(kernel.shape[1]), names[1])
    axis.set_yticks(range(kernel.shape[0]), names[0])
    axis.set(xlabel="output channel", ylabel="input channel", title=title or "")
    plt.show()


def _written_map(axis, weights, highest, aspect="equal"):
    """A map from −highest (dark) to +highest (light), each value written in where there is room."""
    axis.imshow(weights, vmin=-highest, vmax=highest, aspect=aspect)
    if weights.size <= 100:
        for (row, column), value in np.ndenumerate(weights):
            colour = "black" if value > 0 else "white"
            axis.text(column, row, f"{value:.2g}".replace("-", "−"), ha="center", va="center", color=colour)


def one_by_one_step(x, kernel, row, column, filter_number):
    """Draw one step of a 1×1 convolution: one position of the input, one filter, one number of the output.

    Args:
        x: feature map (height, width, cin).
        kernel: (cin, cout).
        row, column, filter_number: the position and the filter at work; what comes before them is done.

    Raises:
        ValueError: shapes that do not fit, or a step outside of them.
    """
    x, kernel = np.asarray(x), np.asarray(kernel)
    if x.ndim != 3 or kernel.ndim != 2 or x.shape[-1] != kernel.shape[0]:
        raise ValueError(f"x is (height, width, cin) and kernel is (cin, cout), not {x.shape} and {kernel.shape}")
    height, width, cin = x.shape
    if not (0 <= row < height and 0 <= column < width and 0 <= filter_number < kernel.shape[1]):
        raise ValueError(
            f"position ({row}, {column}), filter {filter_number} is outside of "
            f"{height}×{width} positions and {kernel.shape[1]} filters"
        )
    pixel, weights = x[row, column], kernel[:, filter_number]
    made = np.full(kernel.shape[1], np.nan)
    made[: filter_number + 1] = pixel @ kernel[:, : filter_number + 1]
    figure, (top, bottom) = plt.subplots(2, 3, figsize=(9, 4.6), width_ratios=[1, 2, 1])
    _position(top[0], x[..., 0], row, column, f"input {height}×{width}×{cin}\n(channel 0 shown)")
    top[1].stairs(pixel, fill=True, color=BLUE)
    top[1].set(title=f"the {cin} values at ({row}, {column})", xlim=(0, cin), ylabel="value")
    top[2].axis("off")
    top[2].text(
        0.5,
        0.5,
        f"{cin} products,\nthen their sum:\n{made[filter_number]:.3f}".replace("-", "−"),
        ha="center",
        va="center",
        fontsize=12,
    )
    bottom[1].stairs(weights, fill=True, color=VERMILION)
    bottom[1].set(
        title=f"the {cin} weights of filter {filter_number}", xlim=(0, cin), xlabel="input channel", ylabel="weight"
    )
    y = x @ kernel[:, filter_number]
    done = np.where(np.arange(height * width).reshape(height, width) <= row * width + column, y, np.nan)
    _position(bottom[0], done, row, column, f"output channel {filter_number}\n(so far)", limits=(y.min(), y.max()))
    bottom[2].stairs(made, fill=True, color=BLUE)
    bottom[2].set(title="output values\nat this position", xlim=(0, len(made)), xlabel="filter")
    figure.suptitle(
        f"Position ({row}, {column}), filter {filter_number}: one position's channels make one output value",
        fontsize=11,
    )
    plt.show()


def _position(axis, plane, row, column, title, limits=(None, None)):
    axis.imshow(plane, vmin=limits[0], vmax=limits[1])
    side = max(1, plane.shape[0] / 16)  # a one-pixel mark on a large map would not be seen
    for colour, width in (("black", 4), ("white", 2)):  # seen on dark and on light, in grey too
        corner = (column - side / 2, row - side / 2)
        axis.add_patch(Rectangle(corner, side, side, fill=False, edgecolor=colour, lw=width, clip_on=False))
    axis.set(xticks=[], yticks=[])
    axis.spines[:].set_visible(True)
    axis.set_title(title, fontsize=10)


def seed_ranges(results, xlabel, title=None, reference=None):
    """Draw measured results as one row a variant: a dot a seed, a bar from the lowest to the highest.

    Args:
        results: {variant: sequence of numbers, one a seed}.
        xlabel: what was measured, with its unit.
        title: the finding.
        reference: (value, label) of a dashed line to compare with, such as chance; or None.

    Raises:
        ValueError: a variant without results.
    """
    empty = [name for name, values in results.items() if not len(values)]
    if empty or not results:
        raise ValueError(f"no results to draw for {empty or 'any variant'}")
    _, axis = plt.subplots(figsize=(7, 0.8 + 0.6 * len(results)))
    for place, values in enumerate(reversed(results.values())):
        axis.plot([min(values), max(values)], [place, place], color=SKY, lw=7, ls="-", solid_capstyle="butt")
        axis.plot(values, [place] * len(values), "o", ms=5, color="black")
        axis.annotate(f"{min(values):.2f}–{max(values):.2f}", (max(values), place), (8, -3), textcoords="offset points")
    if reference is not None:
        axis.axvline(reference[0], color=GREY, ls="--")
        axis.annotate(
            reference[1],
            (reference[0], len(results) - 0.6),
            (4, 0),
            textcoords="offset points",
            color="#444444",
        )
    axis.set_yticks(range(len(results)), list(reversed(results)))
    axis.set(
        xlabel=f"{xlabel} ({max(map(len, results.values()))} seeds)",
        title=title or "",
        ylim=(-0.6, len(results) - 0.2),
    )
    axis.margins(x=0.15)
    plt.show()
