"""What tests of several modules start from."""

import pytest


@pytest.fixture
def drawn(monkeypatch):
    """Figures have the course's look and stay open, to be looked into, until the test ends."""
    import matplotlib
    import matplotlib.pyplot as plt

    from course_utils import figures

    matplotlib.use("agg")
    monkeypatch.setattr(plt, "show", lambda: None)
    with matplotlib.rc_context():
        figures.use_course_look()
        yield
    plt.close("all")
