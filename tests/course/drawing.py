"""What is written in figures, for tests of them."""

import matplotlib.pyplot as plt
from matplotlib.text import Text


def texts(figure):
    """All that is written in a figure."""
    return [text.get_text() for text in _written(figure)]


def smallest_text():
    """The smallest size of text in the figures that are open, in points."""
    return min(text.get_fontsize() for number in plt.get_fignums() for text in _written(plt.figure(number)))


def _written(figure):
    return [text for text in figure.findobj(Text) if text.get_text()]
