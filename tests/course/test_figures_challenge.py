"""The gradients' lines show what they were given, and can be read in grey."""

import matplotlib.pyplot as plt
import numpy as np
import pytest

from course_utils import figures

pytestmark = pytest.mark.usefixtures("drawn")


def test_gradients_run_from_the_first_layer_on_with_the_median_of_the_seeds():
    figures.gradients({"tanh": [[1, 2, 3], [4, 5, 6], [2, 9, 4]], "ReLU": [[7, 8, 9]]})
    axis = plt.gca()
    tanh, relu = axis.lines
    assert list(tanh.get_xdata()) == [1, 2, 3] and np.allclose(tanh.get_ydata(), [2, 5, 4])
    assert np.allclose(relu.get_ydata(), [7, 8, 9])
    assert axis.get_yscale() == "log" and "1 or 3 seeds" in axis.get_xlabel()
    assert len({(str(line.get_linestyle()), line.get_marker()) for line in axis.lines}) == 2
