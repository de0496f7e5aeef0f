"""Colours and matplotlib's defaults for every figure of the course."""

import matplotlib.pyplot as plt
from cycler import cycler

BLUE, ORANGE, GREEN, PURPLE = "#0072B2", "#E69F00", "#009E73", "#CC79A7"
SKY, VERMILION, GREY = "#56B4E9", "#D55E00", "#777777"
MARKERS = "osD^vP"  # of lines, in their order


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
