"""The challenge's winners over the years, and the gradient that arrives at each layer of a network."""

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.ticker import MaxNLocator

from .look import BLUE, GREY, MARKERS


def winners(results, title=None, reference=None):
    """Draw the winner's error of each year as a bar, hatched where no convolutional network won.

    Args:
        results: rows of (year, name, error in percent, whether it is a convolutional network).
        title: the finding.
        reference: (error in percent, label) of a dashed line to compare with, such as a person; or None.

    Raises:
        ValueError: no rows, or a row that is not these four.
    """
    rows = list(results)
    if not rows or any(len(row) != 4 for row in rows):
        raise ValueError("results must hold rows of four: year, name, error in percent, convolutional or not")
    _, axis = plt.subplots(figsize=(8, 3.8))
    for place, (_, _, error, convolutional) in enumerate(rows):
        look = {"color": BLUE} if convolutional else {"color": "white", "hatch": "//"}
        axis.bar(place, error, width=0.65, edgecolor="black", lw=0.8, **look)
        white = {"fc": "white", "ec": "none", "pad": 1}  # the reference line must not strike the number out
        axis.annotate(f"{error:g}", (place, error), (0, 4), textcoords="offset points", ha="center", bbox=white)
    if reference is not None:
        axis.axhline(reference[0], color=GREY, ls="--")
        axis.annotate(
            reference[1], (len(rows) - 0.55, reference[0]), (0, 14), textcoords="offset points", ha="right", va="bottom"
        )
    axis.set_xticks(range(len(rows)), [f"{year}\n{name}" for year, name, *_ in rows], fontsize=9)
    axis.set(
        ylabel="top-5 error, % of the test images", title=title or "", ylim=(0, 1.12 * max(row[2] for row in rows))
    )
    kinds = [("no convolutional network", "white", "//")] * any(not row[3] for row in rows)
    kinds += [("convolutional network", BLUE, "")] * any(row[3] for row in rows)
    handles = [plt.Rectangle((0, 0), 1, 1, fc=face, ec="black", hatch=hatch, label=name) for name, face, hatch in kinds]
    axis.legend(handles=handles, loc="upper right", frameon=False)
    plt.show()


def gradients(profiles, title=None, ylabel="gradient norm (logarithmic)"):
    """Draw how large the gradient is in each layer, from the input's side to the output's, on a logarithmic axis.

    Args:
        profiles: {variant: one sequence a seed of one positive number a layer, the first layer first}. The line is the
            median of the seeds, the band goes from the lowest to the highest.
        title: the finding.
        ylabel: what was measured.

    Raises:
        ValueError: no profiles, seeds of different length, or a number that a logarithmic axis cannot show.
    """
    known = {name: list(map(list, seeds)) for name, seeds in profiles.items()}
    uneven = [name for name, seeds in known.items() if not seeds or len({len(seed) for seed in seeds}) > 1]
    if not known or uneven:
        raise ValueError(f"no gradients to draw, or seeds of different length, for {uneven or 'any variant'}")
    _, axis = plt.subplots(figsize=(7, 3.8))
    axis.set_yscale("log")
    for place, (name, seeds) in enumerate(known.items()):
        values = np.array(seeds, float)
        if not (np.isfinite(values) & (values > 0)).all():
            raise ValueError(f"{name} has a gradient of 0, or none that is a number: it has no place on this axis")
        layers = np.arange(1, values.shape[1] + 1)
        (line,) = axis.plot(layers, np.median(values, axis=0), lw=2, marker=MARKERS[place % 6], ms=4, label=name)
        axis.fill_between(layers, values.min(axis=0), values.max(axis=0), color=line.get_color(), alpha=0.2, lw=0.5)
    counts = sorted({len(seeds) for seeds in known.values()})
    of = " or ".join(map(str, counts)) + (" seed" if counts == [1] else " seeds")
    axis.set(xlabel=f"layer, 1 is next to the image (median and range of {of})", ylabel=ylabel, title=title or "")
    axis.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))
    axis.legend(loc="center left", bbox_to_anchor=(1.0, 0.5), frameon=False, handlelength=3.5)
    plt.show()
