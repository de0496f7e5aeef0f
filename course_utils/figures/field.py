"""What an output really looks at: where its gradient lies in the input, and where a sliding network found something."""

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.patches import Rectangle

from .look import BLUE, GREEN, MARKERS, ORANGE, PURPLE, SKY, VERMILION


def effective_fields(fields, title=None):
    """Draw where the gradient of one output lies: a map for each network, and below how it falls off from the middle.

    The maps show the square root of what they are given, so that weak places can still be seen. A white dashed square
    is the theoretical receptive field, an orange one the central square of half its side.

    Args:
        fields: {name: (map, top, left, size)}: a map (height, width) of what lies at each input pixel, none of it
            negative; first row, first column and side of the theoretical field, in pixels of the input.
        title: the finding.

    Raises:
        ValueError: no field, a map that is not (height, width) or has negative values, or one that is 0 everywhere.
    """
    if not fields:
        raise ValueError("no field to draw: give {name: (map, top, left, size)}")
    curves = {name: _checked(name, *field) for name, field in fields.items()}
    count = len(fields)
    figure, axes = plt.subplots(2, count, squeeze=False, figsize=(min(9, 3 * count), 5), height_ratios=(2, 1))
    for axis, (name, (image, top, left, size)) in zip(axes[0], fields.items(), strict=True):
        axis.imshow(np.sqrt(image))
        for side, colour, dashes in ((size, "white", "--"), (size / 2, ORANGE, "-")):
            corner = left + (size - side) / 2 - 0.5, top + (size - side) / 2 - 0.5
            axis.add_patch(Rectangle(corner, side, side, fill=False, edgecolor=colour, lw=1.5, ls=dashes))
        axis.set_title(name, fontsize=10)
        axis.set(xticks=[], yticks=[])
    for axis in axes[1]:
        axis.remove()
    below = figure.add_subplot(axes[1][0].get_gridspec()[1, :])
    for (name, share), marker in zip(curves.items(), MARKERS * count, strict=False):
        place = (np.arange(len(share)) + 0.5) / len(share) - 0.5
        parts = [np.array_split(values, min(24, len(share))) for values in (place, share)]  # strides make it jagged
        below.plot(*([part.mean() for part in values] for values in parts), lw=2, marker=marker, ms=4, label=name)
    below.axhline(1, color="black", lw=0.8, ls=":")
    below.annotate("if all pixels counted alike", (-0.5, 1), (3, 3), textcoords="offset points", fontsize=9)
    below.legend(frameon=False, handlelength=4, fontsize=9)
    below.set(
        xlabel="distance from the middle, in sides of the theoretical field",
        ylabel="gradient (mean: 1)",
        ylim=(0, None),
        xlim=(-0.5, 0.5),
    )
    figure.suptitle(title, fontsize=11) if title else None
    plt.show()


def windows(image, found, title=None):
    """Draw an image with a frame around each window in which a network found something.

    Args:
        image: (height, width), (height, width, 1) or (height, width, 3).
        found: sequence of (label, row, column, side): the upper left corner and the side of a window, in pixels.
        title: the finding.

    Raises:
        ValueError: the image has another shape.
    """
    image = np.asarray(image, dtype=float)
    image = image[..., 0] if image.shape[2:] == (1,) else image
    if image.ndim != 2 and image.shape[2:] != (3,):
        raise ValueError(
            f"give one image, (height, width), (height, width, 1) or (height, width, 3), not {image.shape}"
        )
    height, width = image.shape[:2]
    _, axis = plt.subplots(figsize=(7.5, 0.3 + 7.5 * height / width))
    axis.imshow(image, cmap="grey")
    styles = [(SKY, "-"), (ORANGE, "--"), (GREEN, "-."), (PURPLE, ":"), (VERMILION, "-"), (BLUE, "--")]
    for number, (label, row, column, side) in enumerate(found):
        colour, dashes = styles[number % len(styles)]
        axis.add_patch(Rectangle((column - 0.5, row - 0.5), side, side, fill=False, ec=colour, lw=2, ls=dashes))
        top = number % 2  # labels take turns, so that those of neighbours do not collide
        axis.annotate(
            label,
            (column, row if top else row + side),
            (3, -3 if top else 3),
            textcoords="offset points",
            va="top" if top else "bottom",
            color="white",
            fontsize=9,
            bbox={"facecolor": "black", "edgecolor": "none", "alpha": 0.6, "pad": 1},
        )
    axis.set(xticks=[], yticks=[], title=title or "")
    plt.show()


def _checked(name, image, top, left, size):
    """The sum over the rows of what lies in the field, for each of its columns, over its mean."""
    image = np.asarray(image, dtype=float)
    if image.ndim != 2 or not np.isfinite(image).all() or image.min() < 0 or not image.any():
        raise ValueError(
            f"the map of {name} must be (height, width), nowhere negative and not 0 everywhere; it is {image.shape}, "
            f"from {image.min():g} to {image.max():g}. Square the gradient and add up its channels."
        )
    whole = np.zeros(size)
    first, last = max(left, 0), min(left + size, image.shape[1])
    whole[first - left : last - left] = image[:, first:last].sum(axis=0)
    return whole / whole.mean()
