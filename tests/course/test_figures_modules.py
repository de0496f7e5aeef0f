"""Bars of a network's modules add up to its widths."""

import matplotlib.pyplot as plt
import pytest
from drawing import texts

from course_utils import figures

pytestmark = pytest.mark.usefixtures("drawn")

MODULES = {"3a": {"1×1": 64, "3×3": 128, "5×5": 32}, "3b": {"1×1": 128, "3×3": 192, "5×5": 96}}


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
