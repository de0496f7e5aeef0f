"""Effective fields are measured where they lie, and frames stand where the window is."""

import matplotlib.pyplot as plt
import numpy as np
import pytest

from course_utils import figures

pytestmark = pytest.mark.usefixtures("drawn")


def squares(axis):
    return [(*patch.get_xy(), patch.get_width(), patch.get_height()) for patch in axis.patches]


def curve(axis):
    line = axis.lines[0]
    return np.array(line.get_xdata()), np.array(line.get_ydata())


def test_a_field_is_framed_and_its_middle_half_too():
    figures.effective_fields({"net": (np.ones((40, 40)), 4, 10, 20)}, title="finding")
    axis = plt.gcf().axes[0]
    assert squares(axis) == [(9.5, 3.5, 20, 20), (14.5, 8.5, 10, 10)]
    assert axis.patches[0].get_linestyle() != axis.patches[1].get_linestyle()


def test_the_curve_is_the_field_and_nothing_beside_it():
    image = np.zeros((40, 40))
    image[:, 10:30] = 1
    image[5:8, 19:21] = 31
    image[:, 35] = 1000  # not in the field
    figures.effective_fields({"net": (image, 4, 10, 20)})
    place, share = curve(plt.gcf().axes[-1])
    assert place[0] == -place[-1] and len(place) == 20 and share.mean() == pytest.approx(1)
    assert set(np.flatnonzero(share > share.min())) == {9, 10}
    assert share[9] / share[0] == pytest.approx((37 + 3 * 31) / 40)


def test_a_field_larger_than_the_image_is_cut_at_its_border():
    figures.effective_fields({"net": (np.ones((8, 8)), -4, -4, 16)})
    _, share = curve(plt.gcf().axes[-1])
    assert (share[:4] == 0).all() and (share[12:] == 0).all() and (share[4:12] == 2).all()


def test_several_fields_share_the_curves_and_differ_without_colour():
    field = np.ones((20, 20)), 0, 0, 20
    figures.effective_fields({"first": field, "second": field})
    *maps, below = plt.gcf().axes
    assert [axis.get_title() for axis in maps] == ["first", "second"]
    keys = below.get_legend().get_lines()
    assert [text.get_text() for text in below.get_legend().get_texts()] == ["first", "second"]
    assert keys[0].get_linestyle() != keys[1].get_linestyle() and keys[0].get_marker() != keys[1].get_marker()


def test_frames_stand_around_their_windows():
    figures.windows(np.zeros((30, 60, 1)), [("bag", 2, 31, 10), ("boot", 20, 5, 10)], title="finding")
    axis = plt.gca()
    assert squares(axis) == [(30.5, 1.5, 10, 10), (4.5, 19.5, 10, 10)]
    assert {text.get_text(): text.xy for text in axis.texts} == {"bag": (31, 12), "boot": (5, 20)}
    assert axis.patches[0].get_linestyle() != axis.patches[1].get_linestyle()
    assert min(text.get_fontsize() for text in axis.texts) >= 9


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: figures.effective_fields({}), "no field to draw"),
        (lambda: figures.effective_fields({"a": (np.zeros((5, 5)), 0, 0, 5)}), "the map of a must be"),
        (lambda: figures.effective_fields({"a": (-np.ones((5, 5)), 0, 0, 5)}), "nowhere negative"),
        (lambda: figures.effective_fields({"a": (np.ones((5, 5, 3)), 0, 0, 5)}), "add up its channels"),
        (lambda: figures.windows(np.zeros((5, 5, 2)), []), "give one image"),
        (lambda: figures.windows(np.zeros(5), []), "give one image"),
    ],
)
def test_what_cannot_be_drawn_is_explained(call, says):
    with pytest.raises(ValueError, match=says):
        call()
