"""Figures are drawn to scale, can be told apart without colour, and refuse what they cannot draw."""

import matplotlib
import matplotlib.pyplot as plt
import numpy as np
import pytest
from drawing import smallest_text, texts

from course_utils import figures

pytestmark = pytest.mark.usefixtures("drawn")


def grey(colour):
    red, green, blue = matplotlib.colors.to_rgb(colour)
    return 0.299 * red + 0.587 * green + 0.114 * blue


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


def test_kernels_write_their_weights():
    figures.kernels(np.array([[1, 0, -1], [2, 0, -2], [1, 0, -1]]), ["edges"])
    assert {"2", "−2", "0", "edges"} <= set(texts(plt.gcf()))


def test_channel_mixing_has_a_row_an_input_and_a_column_an_output():
    figures.channel_mixing(np.ones((1, 1, 3, 2)), ["r", "g", "b"], ["grey", "warm"])
    axis = plt.gca()
    assert axis.images[0].get_array().shape == (3, 2)
    assert [label.get_text() for label in axis.get_yticklabels()] == ["r", "g", "b"]


def test_written_weights_can_be_read_on_their_cell_in_grey():
    figures.channel_mixing(np.linspace(-1, 1, 9).reshape(3, 3))
    axis = plt.gca()
    for text in axis.texts:
        column, row = text.get_position()
        value = axis.images[0].get_array()[row, column]
        cell = axis.images[0].cmap(axis.images[0].norm(value))
        assert abs(grey(cell) - grey(text.get_color())) > 0.3


def test_a_step_shows_what_is_done_and_nothing_of_what_is_not():
    x, kernel = np.random.default_rng(1).normal(size=(4, 5, 6)), np.random.default_rng(2).normal(size=(6, 7))
    figures.one_by_one_step(x, kernel, row=1, column=2, filter_number=3)
    figure = plt.gcf()
    value = f"{x[1, 2] @ kernel[:, 3]:.3f}".replace("-", "−")
    assert any(value in text for text in texts(figure))
    done = np.ma.filled(figure.axes[3].images[0].get_array().astype(float), np.nan)
    assert np.isfinite(done).sum() == 1 * 5 + 2 + 1
    assert np.allclose(done[1, 2], x[1, 2] @ kernel[:, 3])


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
        (lambda: figures.volumes([(1, 1, 1), (1, 1, 1)], []), "1 gaps, but 0 labels"),
        (lambda: figures.volumes([]), "0 feature maps"),
        (lambda: figures.kernels(np.zeros(3)), "not \\(3,\\)"),
        (lambda: figures.kernels(np.zeros((3, 3)), ["a", "b"]), "one title each"),
        (lambda: figures.channel_mixing(np.zeros((3, 3, 2, 2))), "1×1 kernel has shape"),
        (lambda: figures.channel_mixing(np.zeros((3, 2)), ["r"]), "as many names"),
        (lambda: figures.one_by_one_step(np.zeros((2, 2, 3)), np.zeros((4, 5)), 0, 0, 0), "height, width, cin"),
        (lambda: figures.one_by_one_step(np.zeros((2, 2, 3)), np.zeros((3, 5)), 2, 0, 0), "outside of 2×2"),
        (lambda: figures.seed_ranges({}, "x"), "no results"),
        (lambda: figures.seed_ranges({"a": []}, "x"), "no results"),
    ],
)
def test_what_cannot_be_drawn_is_explained(call, says):
    with pytest.raises(ValueError, match=says):
        call()
