"""One thing to play with: a slider that draws a figure anew, and pictures of it where no kernel runs."""

import base64
import io
import os
from unittest import mock

import matplotlib.pyplot as plt

MOST = 60
FRAMES = "application/vnd.course.frames+json"
"""Type of the output that holds all frames: {"label", "values": texts, "at": index, "frames": PNGs in base64}."""


def play(draw, at, **control):
    """Show a figure with a slider below which draws it for another value; arrow keys move it, too.

    A notebook that nobody runs shows the figure at the value `at`. With the environment variable COURSE_FRAMES the
    output holds the figures of all values (see `FRAMES`), so that a page without a kernel can let its readers play.

    Args:
        draw: function of one value that draws a figure, such as those of this package; 0.3 s is quick enough.
        at: the value to begin with.
        control: what the slider is called, and its values, 2 to 60 numbers or texts: `r=range(4, 193, 4)`.

    Raises:
        ValueError: more or less than one control, too few or too many values, or `at` is none of them.
    """
    if len(control) != 1:
        raise ValueError(f"one thing to play with has one control, such as r=range(4, 193, 4), not {len(control)}")
    ((label, values),) = control.items()
    label, values = label.replace("_", " "), list(values)
    if not 2 <= len(values) <= MOST:
        raise ValueError(f"{label} has {len(values)} values: give 2 to {MOST}, each is a picture on the course's site")
    if at not in values:
        raise ValueError(f"at={at!r} is not among the values of {label}: {', '.join(map(_text, values))}")
    from IPython import display, get_ipython

    if get_ipython() is None:  # a script
        draw(at)
        return
    still = picture(draw, at)
    data = {"text/plain": f"{label}: {_text(at)} (a slider in a running notebook)", "image/png": _letters(still)}
    if os.environ.get("COURSE_FRAMES"):
        frames = [_letters(picture(draw, value)) for value in values]
        data[FRAMES] = {"label": label, "values": list(map(_text, values)), "at": values.index(at), "frames": frames}
    else:
        data |= _widget(draw, at, label, values, still)
    display.display(data, raw=True)


def picture(draw, value):
    """The figure that `draw` makes of a value, as PNG."""
    with mock.patch.object(plt, "show"):  # which would show it in the notebook
        draw(value)
    file = io.BytesIO()
    plt.savefig(file)
    plt.close("all")
    return file.getvalue()


def _widget(draw, at, label, values, still):
    """{type of output: what Jupyter shows as figure and slider}, alike for ipywidgets 7 and 8."""
    import ipywidgets

    shown = ipywidgets.Image(value=still, format="png", layout={"max_width": "100%", "align_self": "flex-start"})
    options, look = [(_text(value), value) for value in values], {"description_width": "initial"}
    slider = ipywidgets.SelectionSlider(options=options, value=at, description=label, style=look)
    slider.layout.width, slider.continuous_update = "60%", False
    slider.observe(lambda change: setattr(shown, "value", picture(draw, change["new"])), "value")
    box = ipywidgets.VBox([shown, slider])
    view = {"version_major": 2, "version_minor": 0, "model_id": box.model_id}
    return {"application/vnd.jupyter.widget-view+json": view}


def _text(value):
    return value if isinstance(value, str) else f"{value:,g}" if isinstance(value, float) else f"{value:,}"


def _letters(png):
    return base64.b64encode(png).decode()
