"""Modules are drawn with their channels to scale."""

import matplotlib.pyplot as plt
import pytest
from drawing import texts

from course_utils import figures

pytestmark = pytest.mark.usefixtures("drawn")

PARTS = {"small": [("1×1", (8, 8, 4))], "large": [("1×1", (8, 8, 2)), ("5×5", (8, 8, 12))]}


def test_a_module_shows_its_channels_to_scale():
    figures.module((8, 8, 6), PARTS, "finding")
    (small,), (large,) = (bars.patches for bars in plt.gca().containers)
    assert large.get_height() == pytest.approx(3 * small.get_height())
    assert small.get_y() == pytest.approx(large.get_y() + large.get_height())  # no gap, the first branch on top
    assert small.get_hatch() != large.get_hatch()  # told apart in grey


def test_a_module_names_every_operation_and_shape():
    figures.module((8, 8, 6), PARTS, "finding")
    written = texts(plt.gcf())
    assert {"input\n8 × 8 × 6", "5×5\n8 × 8 × 12", "8 × 8 × 16", "small: 4", "large: 12", "finding"} <= set(written)
    assert sum("1×1" in text for text in written) == 2
