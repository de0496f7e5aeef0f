"""A class confidence map and the picture it explains, in one panel."""

import matplotlib.pyplot as plt
import numpy as np

DARK = 0.3  # brightness where a map is 0


def confidence_maps(pictures, maps, titles=None, title=None, columns=None):
    """Light up each picture where its map is high: full brightness at the map's largest value, 30 % of it at 0 and
    below. A white line with a black edge runs where the map reaches half of its largest value.

    Args:
        pictures: sequence of arrays (height, width, 3), red, green and blue from 0 to 1.
        maps: one (rows, columns) array a picture, of any size: it is stretched over the whole picture, linearly between
            the middles of its cells. Without a value above 0, the picture stays dark.
        titles: one title a picture, or None.
        title: the finding, above all of them.
        columns: pictures a row; None puts up to four in a row.

    Raises:
        ValueError: a picture or a map has another shape, or their numbers differ.
    """
    pictures, maps = [np.asarray(p, float) for p in pictures], [np.asarray(m, float) for m in maps]
    titles = [""] * len(pictures) if titles is None else list(titles)
    if not pictures or not len(pictures) == len(maps) == len(titles):
        raise ValueError(
            f"{len(pictures)} pictures with {len(maps)} maps and {len(titles)} titles: give as many of each, at least 1"
        )
    for picture, values in zip(pictures, maps, strict=True):
        if picture.ndim != 3 or picture.shape[-1] != 3 or values.ndim != 2:
            raise ValueError(
                f"a picture of shape {picture.shape} with a map of shape {values.shape}: give (height, width, 3) and "
                "(rows, columns). One class of a map (rows, columns, classes) is maps[..., number]"
            )
    columns = min(len(pictures), columns or 4)
    rows = -(-len(pictures) // columns)
    width = min(9 / columns, 4.5)
    height = width * max(p.shape[0] / p.shape[1] for p in pictures) + (0.35 if any(titles) else 0.1)
    size = (width * columns, height * rows + (0.35 if title else 0))
    figure, axes = plt.subplots(rows, columns, squeeze=False, figsize=size)
    for axis in axes.flat:
        axis.axis("off")
    for axis, picture, values, name in zip(axes.flat, pictures, maps, titles, strict=False):
        share = np.clip(_stretched(values, picture.shape[:2]) / max(values.max(), 1e-12), 0, 1)
        axis.imshow(np.clip(picture, 0, 1) * (DARK + (1 - DARK) * share)[..., None])
        if share.min() < 0.5 < share.max():
            for colour, lw in (("black", 3), ("white", 1.2)):
                axis.contour(share, [0.5], colors=colour, linewidths=lw, linestyles="solid")
        axis.set_title(name, fontsize=10)
    figure.suptitle(title, fontsize=11) if title else None
    plt.show()


def _stretched(values, shape):
    """(rows, columns) as (height, width), linear between the middles of the cells, constant beyond the outer ones."""
    for axis, size in enumerate(shape):
        count = values.shape[axis]
        places = (np.arange(size) + 0.5) * count / size - 0.5
        values = np.apply_along_axis(lambda line, at=places, n=count: np.interp(at, np.arange(n), line), axis, values)
    return values
