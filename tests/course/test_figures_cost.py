"""The figures of what a model costs show the table's numbers, and say what they leave out."""

import matplotlib
import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.patches import Rectangle

from course_utils import figures
from course_utils.cost import Row, Table

pytestmark = pytest.mark.usefixtures("drawn")


def row(name, parameters=0, macs=0, shape=(8, 8, 4), field=None, stride=None, offset=None):
    return Row(name, "Conv2D", shape, parameters, macs, 0, 0, field, stride, offset, 1)


def table(*rows, name="tiny"):
    return Table(name, rows, [])


THREE = table(
    row("image", shape=(32, 24, 3), field=1, stride=1, offset=0),
    row("conv1", 200, 9_000, (16, 12, 4), 5, 2, -2),
    row("norm"),
    row("conv2", 1_800, 1_000, (16, 12, 4), 9, 2, -4),
    row("odd", 10, None),
    row("conv3", 3_000, 500, (8, 6, 4), (13, 41), 4, (-6, -20)),
)


def texts(axis):
    return [text.get_text() for text in axis.texts]


def test_a_pair_of_bars_for_each_layer_that_has_either():
    figures.layer_costs(THREE)
    left, right = plt.gcf().axes
    names = [label.get_text() for label in left.get_yticklabels()]
    assert names == ["conv1", "conv2", "odd", "conv3"]
    assert [bar.get_width() for bar in left.patches] == [200, 1_800, 10, 3_000]
    assert [bar.get_width() for bar in right.patches] == [9_000, 1_000, 0, 500]
    assert texts(right) == ["9k", "1k", "unknown", "500"] and texts(left)[-1] == "3k"
    assert "10.5k in all" in right.get_xlabel() and "5k in all" in left.get_xlabel()
    low, high = left.get_ylim()
    assert low > high  # the first layer is on top


def test_the_largest_shares_are_drawn_in_the_models_order_and_the_rest_is_counted():
    figures.layer_costs(THREE, "finding", most=2)
    left, _ = plt.gcf().axes
    assert [label.get_text() for label in left.get_yticklabels()] == ["conv1", "conv3"]
    assert plt.gcf().get_suptitle() == "finding; 2 smaller layers left out"


def frames():
    """(left, top, width, height) of each coloured frame over the picture."""
    frames = [patch for patch in plt.gca().patches if isinstance(patch, Rectangle)]
    return [(*frame.get_xy(), frame.get_width(), frame.get_height()) for frame in frames if frame.get_lw() == 2]


def test_fields_lie_where_the_table_says():
    figures.receptive_fields(THREE, np.zeros((32, 24, 3)), ["conv1", "conv3"])
    # The middle output of conv1 is (8, 6); it sees the rows from −2 + 8 · 2 on, the columns from −2 + 6 · 2 on.
    # That of conv3 is (4, 3): rows from −6 + 4 · 4, columns from −20 + 3 · 4. A pixel's middle is a whole number.
    assert frames() == [(9.5, 13.5, 5, 5), (-8.5, 9.5, 41, 13)]
    legend = [text.get_text() for text in plt.gca().get_legend().get_texts()]
    assert legend == ["conv1: 5×5", "conv3: 13×41, more than the image"]
    left, right = plt.gca().get_xlim()
    assert left < -8.5 and right > 32.5


def test_without_names_the_last_layer_of_each_stride_is_drawn():
    figures.receptive_fields(THREE)
    legend = [text.get_text() for text in plt.gca().get_legend().get_texts()]
    assert [text.split(":")[0] for text in legend] == ["conv2", "conv3"]
    styles = {line.get_linestyle() for line in plt.gca().get_legend().get_lines()}
    assert len(styles) == 2  # told apart without colour


FAMILY = {
    "A-1": table(row("c", 1_000_000, 10**9)),
    "A-2": table(row("c", 4_000_000, 4 * 10**9)),
    "B": table(row("c", 60_000_000, 7 * 10**8)),
    "no error known": table(row("c", 5, 5)),
}
ERRORS = {"A-1": 10.0, "A-2": 8.0, "B": 16.4}


def test_bubbles_stand_at_work_and_error_and_their_area_is_the_size():
    figures.families(FAMILY, ERRORS, groups={"A-1": "A", "A-2": "A"})
    axis = plt.gca()
    first, second = axis.collections
    assert np.allclose(first.get_offsets(), [(1, 10), (4, 8)]) and np.allclose(second.get_offsets(), [(0.7, 16.4)])
    assert np.allclose(first.get_sizes() / second.get_sizes(), [1 / 60, 4 / 60])
    assert texts(axis) == ["A-1, 1M", "A-2, 4M", "B, 60M"]
    joined = [line for line in axis.lines if line.get_linestyle() == "--"]
    assert len(joined) == 1 and np.allclose(joined[0].get_xydata(), [(1, 10), (4, 8)])
    assert axis.get_xscale() == "log" and "top-5 error, %" in axis.get_ylabel()


def test_the_names_of_bubbles_at_nearly_one_place_do_not_cover_each_other():
    near = {f"net {n}": table(row("c", 10**6, int((1 + n / 50) * 10**9))) for n in range(2)}
    figures.families(near, {"net 0": 7.0, "net 1": 7.05})
    figure = plt.gcf()
    figure.canvas.draw()
    one, other = (matplotlib.text.Text.get_window_extent(text) for text in plt.gca().texts)
    assert not one.overlaps(other)


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: figures.layer_costs(table(row("norm"))), "no layer of tiny has parameters or MACs"),
        (lambda: figures.receptive_fields(THREE, np.zeros((24, 32, 3))), r"image is \(24, 32\).*\(32, 24\)"),
        (lambda: figures.receptive_fields(THREE, layers=["norm"]), r"known for \['norm'\]: choose from"),
        (lambda: figures.receptive_fields(table(row("image", shape=(8, 8, 3)))), "known for tiny"),
        (lambda: figures.families(FAMILY, {"C": 1.0}), "no model has an error to draw"),
    ],
)
def test_what_cannot_be_drawn_is_explained(call, says):
    with pytest.raises(ValueError, match=says):
        call()
