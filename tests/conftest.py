"""What tests of several modules start from."""

from pathlib import Path

import pytest


def pytest_collection_modifyitems(items):
    if not (Path(__file__).parents[1] / "solutions").is_dir():
        for item in items:
            if item.get_closest_marker("needs_solutions"):
                item.add_marker(pytest.mark.skip(reason="the course was published without its solutions"))


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
