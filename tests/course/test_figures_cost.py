"""The figures of what a model costs show the table's numbers, and say what they leave out."""

import matplotlib.pyplot as plt
import pytest

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
