"""Bars of a network's modules add up to its widths; a published table stands beside the counted one."""

import matplotlib.pyplot as plt
import pytest
from drawing import smallest_text, texts

from course_utils import figures

pytestmark = pytest.mark.usefixtures("drawn")

MODULES = {"3a": {"1×1": 64, "3×3": 128, "5×5": 32}, "3b": {"1×1": 128, "3×3": 192, "5×5": 96}}
PRINTED = {"conv1": (2.7, 34), "4c": (463, 100)}
COUNTED = {"4c": (497.5, 99.85), "conv1": (9.2, 118)}  # another order: rows are found by name


def test_branches_are_stacked_to_the_width_of_the_module():
    figures.branch_bars(MODULES, "channels", "finding")
    small, middle, large = (bars.patches for bars in plt.gca().containers)
    assert [bar.get_height() for bar in middle] == [128, 192]
    assert [bar.get_y() for bar in large] == [64 + 128, 128 + 192]
    assert len({bars[0].get_hatch() for bars in (small, middle, large)}) == 3  # told apart in grey
    plt.gcf().canvas.draw()  # gives the bars their names
    assert {"224", "416", "3a", "3b", "channels", "finding"} <= set(texts(plt.gcf()))


def test_the_legend_lists_branches_from_top_to_bottom():
    figures.branch_bars(MODULES, "channels")
    assert [text.get_text() for text in plt.gca().get_legend().get_texts()] == ["5×5", "3×3", "1×1"]


def test_each_row_has_a_printed_and_a_counted_bar_side_by_side():
    figures.printed_and_counted(PRINTED, COUNTED, ["weights, K", "MACs, M"])
    left, right = plt.gcf().axes
    printed, counted = ([bar.get_width() for bar in bars.patches] for bars in right.containers)
    assert (printed, counted) == ([34, 100], [118, 99.85])
    assert [label.get_text() for label in left.get_yticklabels()] == ["conv1", "4c"]
    assert left.get_ylim()[0] > left.get_ylim()[1]  # the first row on top
    above, below = (bars.patches[0].get_y() for bars in left.containers)
    assert above < below


def test_only_what_is_odd_is_marked():
    figures.printed_and_counted(PRINTED, COUNTED, ["weights, K", "MACs, M"], [("4c", "weights, K")])
    notes = [text for axis in plt.gcf().axes for text in axis.texts]
    assert {text.get_text().split()[0] for text in notes if text.get_fontweight() == "bold"} == {"463", "498"}
    assert [text.get_text() for text in notes if "◄" in text.get_text()] == ["463  ◄"]


def test_text_is_large_enough():
    figures.branch_bars(MODULES, "channels")
    figures.printed_and_counted(PRINTED, COUNTED, ["weights, K", "MACs, M"], [("4c", "weights, K")])
    assert smallest_text() >= 9


@pytest.mark.parametrize(
    "call, says",
    [
        (lambda: figures.branch_bars({}, "channels"), "no branches to stack"),
        (lambda: figures.branch_bars({"3a": {}}, "channels"), "no branches to stack"),
        (lambda: figures.branch_bars({**MODULES, "4a": {"1×1": 1}}, "channels"), "4a"),
        (lambda: figures.printed_and_counted({}, {}, ["K"]), "same rows"),
        (lambda: figures.printed_and_counted(PRINTED, {"conv1": (1, 1)}, ["K", "M"]), "same rows"),
        (lambda: figures.printed_and_counted(PRINTED, COUNTED, ["K"]), "1 numbers each"),
    ],
)
def test_what_cannot_be_drawn_is_explained(call, says):
    with pytest.raises(ValueError, match=says):
        call()
