"""Pictures and maps, side by side; a class confidence map laid over the picture that it explains."""

import matplotlib.pyplot as plt
import numpy as np

DARK = 0.3  # brightness of a picture where its confidence map is 0


def images(pictures, titles=None, columns=6, title=None, limits=(None, None)):
    """Show pictures side by side.

    Args:
        pictures: sequence of arrays, each (height, width), (height, width, 1) or (height, width, 3). Three channels
            are shown as red, green, blue in 0 … 1 (values outside are clipped), one channel as a cividis map.
        titles: one title a picture, or None.
        columns: pictures a row, at most.
        title: the finding, above all of them.
        limits: (lowest, highest) value of a one-channel map's scale; None takes each map's own.

    Raises:
        ValueError: a picture has another shape, or the number of titles differs.
    """
    pictures = [_picture(picture) for picture in pictures]
    for axis, picture in zip(_panels(pictures, titles, columns, title, 3.2), pictures, strict=True):
        axis.imshow(picture, vmin=limits[0], vmax=limits[1])
    plt.show()


def confidence_maps(pictures, maps, titles=None, title=None, columns=4):
    """Light up each picture where its map is high: full brightness at the map's largest value, 30 % of it at 0 and
    below. A white line with a black edge runs where the map reaches half of its largest value.

    Args:
        pictures: sequence of arrays (height, width, 3), red, green and blue from 0 to 1.
        maps: one (rows, columns) array a picture, of any size: it is stretched over the whole picture, linearly between
            the middles of its cells. Without a value above 0, the picture stays dark.
        titles, columns, title: as in `images`.

    Raises:
        ValueError: a picture or a map has another shape, or their numbers differ.
    """
    pictures, maps = [np.asarray(p, float) for p in pictures], [np.asarray(m, float) for m in maps]
    if len(maps) != len(pictures):
        raise ValueError(f"{len(pictures)} pictures with {len(maps)} maps: give one map each")
    for picture, values in zip(pictures, maps, strict=True):
        if picture.ndim != 3 or picture.shape[-1] != 3 or values.ndim != 2:
            told = f"a picture of shape {picture.shape} with a map of shape {values.shape}"
            raise ValueError(f"{told}: give (height, width, 3) and (rows, columns), a class of the map: maps[..., 0]")
    for axis, picture, values in zip(_panels(pictures, titles, columns, title, 4.5), pictures, maps, strict=True):
        share = np.clip(_stretched(values, picture.shape[:2]) / max(values.max(), 1e-12), 0, 1)
        axis.imshow(np.clip(picture, 0, 1) * (DARK + (1 - DARK) * share)[..., None])
        if share.min() < 0.5 < share.max():
            for colour, lw in (("black", 3), ("white", 1.2)):
                axis.contour(share, [0.5], colors=colour, linewidths=lw, linestyles="solid")
    plt.show()


def _picture(picture):
    picture = np.asarray(picture, dtype=float)
    if picture.ndim == 3 and picture.shape[-1] == 1:
        picture = picture[..., 0]
    if picture.ndim == 2:
        return picture
    if picture.ndim == 3 and picture.shape[-1] == 3:
        return np.clip(picture, 0, 1)
    hint = "A feature map with more channels is shown as images(maps.transpose(2, 0, 1))"
    raise ValueError(f"a picture of shape {picture.shape} cannot be shown: its last axis has length 1 or 3. {hint}")


def _panels(pictures, titles, columns, title, widest):
    """A figure with an axis for each picture, in rows, at most `widest` inches wide each; returns the axes."""
    titles = [""] * len(pictures) if titles is None else list(titles)
    if not pictures or len(titles) != len(pictures):
        raise ValueError(f"{len(pictures)} pictures, {len(titles)} titles: give at least one picture, one title each")
    columns = min(len(pictures), columns)
    rows = -(-len(pictures) // columns)
    width = min(9 / columns, widest)
    height = width * max(p.shape[0] / p.shape[1] for p in pictures) + (0.35 if any(titles) else 0.1)
    size = (width * columns, height * rows + (0.35 if title else 0))
    figure, axes = plt.subplots(rows, columns, squeeze=False, figsize=size)
    for axis in axes.flat:
        axis.axis("off")
    for axis, name in zip(axes.flat, titles, strict=False):
        axis.set_title(name, fontsize=10)
    if title:
        figure.suptitle(title, fontsize=11)
    return axes.flat[: len(pictures)]


def _stretched(values, shape):
    """(rows, columns) as (height, width), linear between the middles of the cells, constant beyond the outer ones."""
    for axis, size in enumerate(shape):
        count = values.shape[axis]
        places = (np.arange(size) + 0.5) * count / size - 0.5
        values = np.apply_along_axis(lambda line, at=places, n=count: np.interp(at, np.arange(n), line), axis, values)
    return values
