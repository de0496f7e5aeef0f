"""What a layer does: feature maps as boxes to scale (one value is one unit long), kernels, channels that mix."""

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.patches import Polygon, Rectangle

from .look import BLUE, GREY, SKY, VERMILION

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
