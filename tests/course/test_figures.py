"""Figures are drawn to scale, can be told apart without colour, and refuse what they cannot draw."""

import matplotlib.pyplot as plt
import numpy as np
import pytest
from drawing import smallest_text, texts

from course_utils import figures, training
from course_utils.cost import Row, Table

pytestmark = pytest.mark.usefixtures("drawn")


def test_lines_differ_in_colour_and_in_dashes():
    cycle = list(plt.rcParams["axes.prop_cycle"])
    assert len({line["color"] for line in cycle}) == len({str(line["linestyle"]) for line in cycle}) == len(cycle) >= 6


def test_volumes_are_to_scale_and_labelled():
    figures.volumes([(28, 28, 192), (14, 28, 32)], ["1×1"], "finding")
    fronts = [part.get_xy() for part in plt.gca().get_children() if (part.get_gid() or "").startswith("stage:")][::3]
    sizes = np.array([np.ptp(front, axis=0) for front in fronts])
    assert np.allclose(sizes / sizes[0, 1], [(192 / 28, 1), (32 / 28, 14 / 28)])
    assert {"28×28×192", "14×28×32", "1×1", "finding"} <= set(texts(plt.gcf()))


def test_seed_ranges_draw_every_seed():
    alike = [0.404, 0.401, 0.396]
    figures.seed_ranges({"plain": [0.5, 0.6, 0.55], "residual": [0.8, 0.9, 0.7], "alike": alike}, "accuracy")
    dots = [line for line in plt.gca().lines if line.get_marker() == "o"]
    assert sorted(len(line.get_xdata()) for line in dots) == [3, 3, 3]
    assert {"0.50–0.60", "0.70–0.90", "0.40", "accuracy (3 seeds)"} <= set(texts(plt.gcf()))


def test_pairs_draw_every_difference_hollow_where_luck_would_do():
    values = {"a": [2.0] * 10, "b": [1.0] * 10, "c": [2.0, 0.5] * 5}
    figures.paired_differences(training.paired(values, [("a", "b"), ("a", "c")]), "accuracy")
    dots = [line for line in plt.gca().lines if line.get_marker() == "o"]
    assert [(len(line.get_xdata()), line.get_markerfacecolor()) for line in dots] == [(10, "none"), (10, "black")]
    assert {"10 of 10 above 0, p = 0.0039", "difference in accuracy (10 seeds)", "a\nminus b"} <= set(texts(plt.gcf()))


# What holds for every figure -------------------------------------------------------------------------------------

PICTURE, MAP = np.ones((4, 4, 3)), np.ones((2, 2))


def costs(*rows):
    """A table of a model whose layers have these (name, parameters, MACs)."""
    made = [Row(name, "Conv2D", (8, 8, 4), weights, macs, 0, 0, None, None, None, 1) for name, weights, macs in rows]
    return Table("tiny", made, [])


@pytest.mark.parametrize(
    "draw",
    [
        lambda: figures.images([np.zeros((4, 4))], ["a title"], title="all"),
        lambda: figures.volumes([(28, 28, 192), (14, 28, 32)], ["1×1"], "finding"),
        lambda: figures.seed_ranges({"a": [0.1, 0.2]}, "accuracy", "finding", (0.1, "chance")),
        lambda: figures.paired_differences(training.paired({"a": [0.1, 0.2], "b": [0.2, 0.1]}), "accuracy", "finding"),
        lambda: figures.gradients({"tanh": [[1, 2, 3]], "ReLU": [[7, 8, 9]]}),
        lambda: figures.confidence_maps([PICTURE], [MAP], ["cat"], title="finding"),
        lambda: figures.layer_costs(costs(("conv1", 200, 9_000), ("conv2", 1_800, 1_000)), "finding"),
    ],
)
def test_text_is_large_enough(draw):
    draw()
    assert smallest_text() >= 9


@pytest.mark.parametrize(
    ("draw", "says"),
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
        (lambda: figures.paired_differences([], "x"), "no pairs"),
        (lambda: figures.gradients({}), "any variant"),
        (lambda: figures.gradients({"a": [[1, 2], [1]]}), "different length"),
        (lambda: figures.gradients({"a": [[1, 0]]}), "a has a gradient of 0"),
        (lambda: figures.gradients({"a": [[1, float("nan")]]}), "a has a gradient of 0"),
        (lambda: figures.confidence_maps([], []), "at least one picture"),
        (lambda: figures.confidence_maps([PICTURE], []), "one map each"),
        (lambda: figures.confidence_maps([PICTURE[..., 0]], [MAP]), r"\(height, width, 3\)"),
        (lambda: figures.confidence_maps([PICTURE], [np.ones((2, 2, 10))]), r"\(rows, columns\)"),
        (lambda: figures.layer_costs(costs(("norm", 0, 0))), "no layer of tiny has parameters or MACs"),
    ],
)
def test_what_cannot_be_drawn_is_explained(draw, says):
    with pytest.raises(ValueError, match=says):
        draw()
