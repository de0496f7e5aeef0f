"""Pictures and feature maps, side by side."""

import matplotlib.pyplot as plt
import numpy as np


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
