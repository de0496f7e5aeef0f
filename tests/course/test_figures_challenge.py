"""The winners' bars and the gradients' lines show what they were given, and can be read in grey."""

import matplotlib.pyplot as plt
import numpy as np
import pytest

from course_utils import figures

pytestmark = pytest.mark.usefixtures("drawn")

WINNERS = [(2011, "XRCE", 25.77, False), (2012, "AlexNet", 16.42, True)]


def test_a_bar_for_each_winner_as_high_as_its_error():
    figures.winners(WINNERS, "finding", reference=(5.1, "a person"))
    axis = plt.gca()
    bars = axis.patches
    assert [bar.get_height() for bar in bars] == [25.77, 16.42]
    assert [label.get_text() for label in axis.get_xticklabels()] == ["2011\nXRCE", "2012\nAlexNet"]
    assert {"25.77", "16.42", "a person"} <= {text.get_text() for text in axis.texts}
    assert [line.get_ydata()[0] for line in axis.lines] == [5.1]


def test_the_kinds_of_winners_differ_without_colour():
    figures.winners(WINNERS)
    before, after = plt.gca().patches
    assert before.get_hatch() and not after.get_hatch()
    assert len(plt.gca().get_legend().get_texts()) == 2


def test_only_the_kinds_that_won_are_explained():
    figures.winners(WINNERS[1:])
    assert [text.get_text() for text in plt.gca().get_legend().get_texts()] == ["convolutional network"]


def test_gradients_run_from_the_first_layer_on_with_the_median_of_the_seeds():
    figures.gradients({"tanh": [[1, 2, 3], [4, 5, 6], [2, 9, 4]], "ReLU": [[7, 8, 9]]})
    axis = plt.gca()
    tanh, relu = axis.lines
    assert list(tanh.get_xdata()) == [1, 2, 3] and np.allclose(tanh.get_ydata(), [2, 5, 4])
    assert np.allclose(relu.get_ydata(), [7, 8, 9])
    assert axis.get_yscale() == "log" and "1 or 3 seeds" in axis.get_xlabel()
    assert len({(str(line.get_linestyle()), line.get_marker()) for line in axis.lines}) == 2


@pytest.mark.parametrize(
    "call, says",
    [
        (lambda: figures.winners([]), "rows of four"),
        (lambda: figures.winners([(2012, "AlexNet", 16.42)]), "rows of four"),
        (lambda: figures.gradients({}), "any variant"),
        (lambda: figures.gradients({"a": [[1, 2], [1]]}), "different length"),
        (lambda: figures.gradients({"a": [[1, 0]]}), "a has a gradient of 0"),
        (lambda: figures.gradients({"a": [[1, float("nan")]]}), "a has a gradient of 0"),
    ],
)
def test_what_cannot_be_drawn_is_explained(call, says):
    with pytest.raises(ValueError, match=says):
        call()
