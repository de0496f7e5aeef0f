"""What was measured: ranges over seeds, at the end, after every epoch, or in every layer."""

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.ticker import MaxNLocator

from .look import GREY, MARKERS, SKY


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
        label = "–".join(dict.fromkeys((f"{min(values):.2f}", f"{max(values):.2f}")))  # one number where both are alike
        axis.annotate(label, (max(values), place), (8, -3), textcoords="offset points")
    if reference is not None:
        axis.axvline(reference[0], color=GREY, ls="--")
        at = reference[0], len(results) - 0.6
        axis.annotate(reference[1], at, (4, 0), textcoords="offset points", color="#444444")
    axis.set_yticks(range(len(results)), list(reversed(results)))
    axis.set(xlabel=f"{xlabel} ({max(map(len, results.values()))} seeds)", title=title or "")
    axis.set_ylim(-0.6, len(results) - 0.2)
    axis.margins(x=0.15)
    plt.show()


def paired_differences(pairs, xlabel, title=None):
    """Draw compared pairs as one row each: a dot a seed at the difference, and in how many seeds it has which sign.

    Args:
        pairs: what `course_utils.training.paired` returned.
        xlabel: the metric, with its unit; the axis says "difference in" before it.
        title: the finding.

    Raises:
        ValueError: no pairs.
    """
    if not pairs:
        raise ValueError("no pairs to draw")
    _, axis = plt.subplots(figsize=(7, 0.8 + 0.6 * len(pairs)))
    for place, pair in enumerate(reversed(pairs)):
        face = "black" if pair.told_apart else "none"  # hollow: the seeds do not tell them apart
        axis.plot(pair.differences, [place] * len(pair.differences), "o", ms=5, mec="black", mfc=face, clip_on=False)
        note = f"{pair.above} of {len(pair.differences)} above 0, p = {pair.p:.2g}"
        axis.annotate(note, (1.02, place), xycoords=("axes fraction", "data"), va="center")
    axis.axvline(0, color=GREY, ls="--")
    axis.set_yticks(range(len(pairs)), [f"{pair.first}\nminus {pair.second}" for pair in reversed(pairs)])
    axis.set(xlabel=f"difference in {xlabel} ({len(pairs[0].differences)} seeds)", title=title or "")
    axis.set_ylim(-0.6, len(pairs) - 0.4)
    plt.show()


def bands(results, metric="loss", title=None, ylabel=None):
    """Draw what was measured in every epoch: for each variant a line through the middle of its seeds, and the range
    from the lowest to the highest as a shaded band; its name stands at the end of the line.

    Args:
        results: what `course_utils.training.compare` returned, or {variant: one list a seed of a number an epoch}.
        metric: "loss", "accuracy", "test_loss" or "test_accuracy".
        title: the finding.
        ylabel: says what is drawn, where the metric's name does not.

    A variant's band ends with a cross at the last epoch that all its seeds reached, if one of them diverged.

    Raises:
        ValueError: no results, an unknown metric, or seeds of one variant with different numbers of epochs.
    """
    curves = _even(results.curves(metric) if hasattr(results, "curves") else results)
    _, axis = plt.subplots(figsize=(7, 3.8))
    ends = []
    for place, (name, measured) in enumerate(curves.items()):
        values = measured[:, np.isfinite(measured).all(axis=0)]
        middle = _draw_band(axis, values, place)
        if values.shape[1] == 1:
            axis.vlines(1, values.min(), values.max(), color=f"C{place}", lw=5, alpha=0.4)
        fell = values.shape[1] < measured.shape[1]
        if fell and len(middle):
            axis.plot(len(middle), middle[-1], "x", color="black", ms=9, mew=2)
        ends.append((middle[-1] if len(middle) else np.nan, len(middle), f"{name} (diverged)" if fell else name))
    names = {"loss": "training loss", "accuracy": "training accuracy"}
    axis.set(
        xlabel=f"epoch (line: median, band: lowest to highest of {_seeds(curves)})",
        ylabel=ylabel or names.get(metric, metric.replace("_", " ")),
        title=title or "",
    )
    axis.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))
    _label_ends(axis, ends)
    plt.show()


def gradients(profiles, title=None):
    """Draw how large the gradient is in each layer, from the input's side to the output's, on a logarithmic axis.

    Args:
        profiles: {variant: one sequence a seed of one positive number a layer, the first layer first}. The line is the
            median of the seeds, the band goes from the lowest to the highest.
        title: the finding.

    Raises:
        ValueError: no profiles, seeds of different length, or a number that a logarithmic axis cannot show.
    """
    curves = _even(profiles)
    for name, values in curves.items():
        if not (np.isfinite(values) & (values > 0)).all():
            raise ValueError(f"{name} has a gradient of 0, or none that is a number: it has no place on this axis")
    _, axis = plt.subplots(figsize=(7, 3.8))
    axis.set_yscale("log")
    for place, (name, values) in enumerate(curves.items()):
        _draw_band(axis, values, place, label=name)
    axis.set(xlabel=f"layer, 1 is next to the image (median and range of {_seeds(curves)})")
    axis.set(ylabel="gradient norm (logarithmic)", title=title or "")
    axis.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))
    axis.legend(loc="center left", bbox_to_anchor=(1.0, 0.5), frameon=False, handlelength=3.5)
    plt.show()


def _even(curves):
    """{variant: array (seeds, steps)}; ValueError where there is nothing, or a variant's seeds differ in length."""
    uneven = [name for name, seeds in curves.items() if len({len(seed) for seed in seeds}) != 1]
    if not curves or uneven:
        raise ValueError(f"no results to draw, or seeds of different length, for {uneven or 'any variant'}")
    return {name: np.array([list(seed) for seed in seeds], float) for name, seeds in curves.items()}


def _draw_band(axis, values, place, label=None):
    """Draw values (seeds, steps), steps from 1 on, as a line through their medians and a band; returns the medians."""
    steps, middle = np.arange(1, values.shape[1] + 1), np.median(values, axis=0)
    (line,) = axis.plot(steps, middle, lw=2, marker=MARKERS[place % 6], ms=4, label=label)
    axis.fill_between(steps, values.min(axis=0), values.max(axis=0), color=line.get_color(), alpha=0.2, lw=0.5)
    return middle


def _seeds(curves):
    """How many seeds the variants have, as text: "3 seeds", "1 seed", "3 or 5 seeds"."""
    counts = sorted({len(seeds) for seeds in curves.values()})
    return " or ".join(map(str, counts)) + (" seed" if counts == [1] else " seeds")


def _label_ends(axis, ends):
    """Write the name of each line beside the right edge, as high as the line ends but never over another name, and
    join the two by a thin line. `ends`: (value, epoch, name) of each."""
    axis.margins(x=0.02)
    if axis.dataLim.width == 0:
        axis.set_xlim(0.5, 1.5)
    (low, high), last = axis.get_ylim(), max(epoch for _, epoch, _ in ends)
    step = (high - low) * 0.085  # a line of text
    known = sorted((end for end in ends if np.isfinite(end[0])), key=lambda end: end[0])
    heights = []
    for value, *_ in known:
        heights.append(max(value, heights[-1] + step) if heights else value)
    excess = max((heights[-1] if heights else low) - high, 0)
    for (value, epoch, name), height in zip(known, heights, strict=True):
        arrow = {"arrowstyle": "-", "color": GREY, "lw": 0.6, "ls": ":", "shrinkA": 1, "shrinkB": 3}
        place = last + 0.06 * max(last - 1, 1), height - excess
        axis.annotate(name, (epoch, value), place, va="center", annotation_clip=False, arrowprops=arrow)
