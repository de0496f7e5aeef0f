"""Figures are drawn to scale, can be told apart without colour, and refuse what they cannot draw."""

import matplotlib.pyplot as plt
import numpy as np
import pytest
from drawing import smallest_text, texts

from course_utils import figures

pytestmark = pytest.mark.usefixtures("drawn")


def test_lines_differ_in_colour_and_in_dashes():
    cycle = list(plt.rcParams["axes.prop_cycle"])
    assert len({line["color"] for line in cycle}) == len({str(line["linestyle"]) for line in cycle}) == len(cycle) >= 6


def test_text_is_large_enough():
    figures.images([np.zeros((4, 4))], ["a title"], title="all")
    figures.seed_ranges({"a": [0.1, 0.2]}, "accuracy", "finding", (0.1, "chance"))
    assert smallest_text() >= 9


def test_volumes_are_to_scale_and_labelled():
    figures.volumes([(28, 28, 192), (14, 28, 32)], ["1×1"], "finding")
    axis = plt.gca()
    assert axis.get_aspect() == 1
    fronts = [patch.get_xy() for patch in axis.patches if not patch.get_fill()][::3]
    sizes = [tuple(np.ptp(front[:4], axis=0)) for front in fronts]
    assert np.allclose(sizes, [(192, 28), (32, 14)])
    assert {"28 × 28 × 192", "14 × 28 × 32", "1×1", "finding"} <= set(texts(plt.gcf()))


def test_seed_ranges_draw_every_seed():
    figures.seed_ranges({"plain": [0.5, 0.6, 0.55], "residual": [0.8, 0.9, 0.7]}, "accuracy")
    dots = [line for line in plt.gca().lines if line.get_marker() == "o"]
    assert sorted(len(line.get_xdata()) for line in dots) == [3, 3]
    assert {"0.50–0.60", "0.70–0.90", "accuracy (3 seeds)"} <= set(texts(plt.gcf()))


@pytest.mark.parametrize(
    "call, says",
    [
        (lambda: figures.images([]), "at least one picture"),
        (lambda: figures.images([np.zeros((2, 2))], ["a", "b"]), "one title each"),
        (lambda: figures.images([np.zeros((2, 2, 5))]), "channel by channel|transpose"),
        (lambda: figures.volumes([(28, 28)]), "three positive whole numbers"),
        (lambda: figures.volumes([(28, 28, 0)]), "three positive whole numbers"),
        (lambda: figures.volumes([(1, 1, 1), (1, 1, 1)], []), "2 feature maps with 0 labels"),
        (lambda: figures.volumes([]), "0 feature maps"),
        (lambda: figures.seed_ranges({}, "x"), "no results"),
        (lambda: figures.seed_ranges({"a": []}, "x"), "no results"),
    ],
)
def test_what_cannot_be_drawn_is_explained(call, says):
    with pytest.raises(ValueError, match=says):
        call()
