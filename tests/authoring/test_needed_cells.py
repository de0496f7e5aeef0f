"""Cells that give or change a needed name are found, and no others."""

import pytest
from nbformat.v4 import new_code_cell

from authoring.needed_cells import needed_cells


@pytest.mark.parametrize(
    ("sources", "wanted", "needed"),
    [
        (["import keras", "x = 1", "y = x", "z = 3"], "y", [0, 1, 2, 4]),
        (["1", "x = 1", "x = 2"], "x", [0, 2, 3]),  # the later value counts
        (["1", "x = 1", "x += 1"], "x", [0, 1, 2, 3]),
        (["1", "x = 1", "for i in range(3):\n    x += i"], "x", [0, 1, 2, 3]),
        (["1", "x = []", "x.append(1)", "x[0] = 2", "x.n.m = 3", "len(x)"], "x", [0, 1, 2, 3, 4, 6]),
        (["1", "a = 1", "def f():\n    return a", "b = f()"], "f()", [0, 1, 2, 4]),
        (["1", "a = 1", "def f(a):\n    return a"], "f(2)", [0, 2, 3]),  # its own a
        (["1", "i = 1", "for i in range(3):\n    print(i)"], "i", [0, 2, 3]),
        (["import keras", "from keras import layers", "keras.utils.clear_session()"], "layers", [0, 1, 3]),
        (["1", "%matplotlib inline\nx = 1", "y = 2"], "x", [0, 1, 3]),
    ],
)
def test_what_a_cell_needs(sources, wanted, needed):
    cells = [new_code_cell(source) for source in [*sources, wanted]]
    assert [cells.index(cell) for cell in needed_cells(cells, cells[-1:])] == needed
