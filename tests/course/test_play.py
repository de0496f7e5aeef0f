"""Something to play with: a still, a slider that draws anew, and all frames where they are asked for."""

import base64
import io

import IPython
import ipywidgets
import matplotlib.pyplot as plt
import numpy as np
import pytest

from course_utils import figures
from course_utils.figures.play import FRAMES, picture

pytestmark = pytest.mark.usefixtures("drawn")
VIEW = "application/vnd.jupyter.widget-view+json"


def draw(height):
    plt.bar(["bar"], [height])
    plt.ylim(0, 10)
    plt.show()


@pytest.fixture
def shown(monkeypatch):
    """What a notebook would be given to show."""
    given = []
    monkeypatch.setattr(IPython, "get_ipython", lambda: True)
    monkeypatch.setattr(IPython.display, "display", lambda data, raw: given.append(data))
    return given


def pixels(png):
    return plt.imread(io.BytesIO(base64.b64decode(png) if isinstance(png, str) else png))


def test_a_still_stands_beside_the_widget(shown):
    figures.play(draw, at=3, height=range(1, 10))
    (data,) = shown
    assert set(data) == {"text/plain", "image/png", VIEW}
    assert data["text/plain"].startswith("height: 3 ")
    assert np.array_equal(pixels(data["image/png"]), pixels(picture(draw, 3)))
    assert plt.get_fignums() == []  # nothing is left that a notebook would show once more


def test_the_slider_draws_anew(shown, monkeypatch):
    boxes, box = [], ipywidgets.VBox
    monkeypatch.setattr(ipywidgets, "VBox", lambda children: boxes.append(children) or box(children))
    figures.play(draw, at=3, height=range(1, 10))
    ((image, slider),) = boxes
    assert (slider.description, slider.value, image.value) == ("height", 3, picture(draw, 3))
    slider.index = 6
    assert image.value == picture(draw, 7) != picture(draw, 3)


def test_frames_are_given_where_they_are_asked_for(shown, monkeypatch):
    monkeypatch.setenv("COURSE_FRAMES", "1")
    figures.play(draw, at=2.5, the_height=[0.5, 2.5, 1000.0])
    (data,) = shown
    frames = data[FRAMES]
    assert VIEW not in data
    assert (frames["label"], frames["values"], frames["at"]) == ("the height", ["0.5", "2.5", "1,000"], 1)
    assert frames["frames"][1] == data["image/png"]
    assert len({*frames["frames"]}) == 3


def test_a_script_draws_the_still(monkeypatch):
    monkeypatch.setattr(IPython, "get_ipython", lambda: None)
    figures.play(draw, at=3, height=range(1, 10))
    assert plt.gca().patches[0].get_height() == 3


@pytest.mark.parametrize(
    ("at", "control", "says"),
    [
        (1, {}, "one control"),
        (1, {"a": [1, 2], "b": [1, 2]}, "one control.*not 2"),
        (1, {"a": range(61)}, "a has 61 values: give 2 to 60"),
        (1, {"a": [1]}, "a has 1 values"),
        (3, {"a": [1, 2]}, "at=3 is not among the values of a: 1, 2"),
    ],
)
def test_what_cannot_be_played_with_is_refused(at, control, says):
    with pytest.raises(ValueError, match=says):
        figures.play(draw, at, **control)
