"""A picture is bright where its class confidence map is high, and nothing that does not fit is drawn."""

import matplotlib.pyplot as plt
import numpy as np
import pytest

from course_utils import figures

pytestmark = pytest.mark.usefixtures("drawn")


def shown(axis):
    return np.asarray(axis.images[0].get_array())


def test_bright_where_the_map_is_high_and_dark_where_it_is_zero():
    picture, values = np.full((40, 60, 3), 0.8), np.zeros((4, 6))
    values[1, 4] = 7.0  # its cell covers rows 10 to 20, columns 40 to 50
    figures.confidence_maps([picture], [values], ["cat"], title="finding")
    result = shown(plt.gcf().axes[0])
    assert result.shape == picture.shape
    assert np.unravel_index(result[..., 0].argmax(), (40, 60)) in {(r, c) for r in (14, 15) for c in (44, 45)}
    assert 0.7 < result.max() <= 0.8
    assert np.allclose(result[30:], 0.24) and np.allclose(result[:, :30], 0.24)
    assert plt.gcf().axes[0].get_title() == "cat" and plt.gcf().get_suptitle() == "finding"


def test_each_map_has_its_own_scale_and_negative_confidence_is_dark():
    values = np.array([[-5.0, -5.0], [1.0, 1.0]])
    figures.confidence_maps([np.ones((8, 8, 3))] * 2, [values, values * 10])
    first, second = (shown(axis) for axis in plt.gcf().axes)
    assert np.allclose(first, second)
    assert np.allclose(first[0], 0.3) and np.allclose(first[-1], 1)


def test_a_line_runs_at_half_of_the_largest_value():
    figures.confidence_maps([np.ones((20, 20, 3))], [np.array([[0.0, 1.0]])])
    axis = plt.gcf().axes[0]
    (black, white) = axis.collections
    for line in black, white:
        xs = np.concatenate([path.vertices[:, 0] for path in line.get_paths()])
        assert np.allclose(xs, 9.5, atol=0.6)
    assert len(set(map(str, (black.get_edgecolor(), white.get_edgecolor())))) == 2


def test_a_map_without_confidence_leaves_the_picture_dark_and_without_a_line():
    figures.confidence_maps([np.ones((6, 6, 3))], [np.zeros((2, 2))])
    assert np.allclose(shown(plt.gcf().axes[0]), 0.3)
    assert not plt.gcf().axes[0].collections
