"""Exercises judge answers: a wrong one fails, right ones that differ from the folded solution pass.

An answer stands in the place of the stub's line `… # your turn`; the cells that the stub needs run once before.
"""

import nbformat
import pytest
from nbclient.exceptions import CellExecutionError
from notebook_rules import output_text, tags

from authoring import notebooks, releasing
from authoring.needed_cells import needed_cells

ANSWERS = {  # notebook: {exercise: (wrong answers, right answers)}
    "00_start_here": {
        "exercise-1": (
            [
                "def kernel_size(macs, side, channels_in, channels_out): return 5",
                "def kernel_size(macs, side, channels_in, channels_out):\n"
                "    return macs / (side * side * channels_in * channels_out)  # its square",
            ],
            [
                "def kernel_size(macs, side, channels_in, channels_out):\n"
                "    return next(k for k in range(1, 99) if side**2 * k**2 * channels_in * channels_out == macs)",
            ],
        ),
        "exercise-2": (
            [
                "def receptive_field(kernel_sizes, strides): return 1 + sum(k - 1 for k in kernel_sizes)",
                "def receptive_field(kernel_sizes, strides):\n"
                "    field, jump = 1, 1\n"
                "    for kernel, stride in zip(kernel_sizes, strides):\n"
                "        jump *= stride  # too early\n"
                "        field += (kernel - 1) * jump\n"
                "    return field",
            ],
            [
                "def receptive_field(kernel_sizes, strides):  # from the last layer back\n"
                "    field = 1\n"
                "    for kernel, stride in zip(kernel_sizes[::-1], strides[::-1]):\n"
                "        field = (field - 1) * stride + kernel\n"
                "    return field",
            ],
        ),
        "exercise-3": (
            [
                "my_kernel = np.zeros((3, 3))",
                "my_kernel = [[0, -1, 0], [-1, 4, -1], [0, -1, 0]]  # silent on even areas, not on stripes",
                "my_kernel = [[1, 0, -1], [2, 0, -2], [1, 0, -1]]",
                "my_kernel = -np.outer([1, -2, 1], [1, -2, 1])  # a dark dot",
                "my_kernel = [[1, -1], [-1, 1]]",
            ],
            [
                "my_kernel = [[0, 0, 0], [0, 1, -1], [0, -1, 1]]",
                "my_kernel = np.outer([1, -2, 1], [1, -2, 1]) / 4",
                "my_kernel = [[2, -1, -1], [-1, 2, -1], [-1, -1, 2]]",
            ],
        ),
    },
    "01_one_by_one_convolution": {
        "exercise-1": (["swap = np.eye(3)", "swap = np.eye(3)[[1, 2, 0]]"], ["swap = np.eye(3)[::-1]"]),
        "exercise-2": (
            [
                "def conv1x1(x, kernel, bias, stride): return x[::stride, ::stride] @ kernel",
                "def conv1x1(x, kernel, bias, stride): return x @ kernel + bias",
            ],
            ["def conv1x1(x, kernel, bias, stride): return (x @ kernel + bias)[::stride, ::stride]"],
        ),
        "exercise-3": (
            [
                "def fold(three, bias3, one, bias1): return three @ one[0, 0], bias3 + bias1",
                "def fold(three, bias3, one, bias1): return three, bias1",
            ],
            ["def fold(three, bias3, one, bias1): return three @ one[0, 0], bias1 + bias3 @ one[0, 0]"],
        ),
        "exercise-4": (
            [
                "differences = np.eye(3) - np.eye(3)[[1, 2, 0]]\n"
                "first, second = np.hstack([differences, -differences]), np.full((6, 1), 0.5)  # exact, but six units",
                "first, second = np.eye(3), np.ones((3, 1))",
                "first, second = np.zeros((3, 1)), np.zeros((1, 1))",
                "first, second = np.hstack([np.eye(3), -np.eye(3)])[:, :4], np.ones((4, 1))",
            ],
            [
                "first, second = [[-1, 0, 1], [1, -1, 0], [0, 1, -1]], np.ones((3, 1))  # the other way round",
                "first, second = 2 * np.array([[1, 0, -1], [-1, 1, 0], [0, -1, 1]]), [[0.5]] * 3",
                "first, second = [[1, 0, -1, 0], [-1, 1, 0, 0], [0, -1, 1, 0]], np.ones((4, 1))  # one unit is idle",
            ],
        ),
    },
    "02_network_in_network": {
        "exercise-1": (
            [
                "def mlpconv_parameters(channels_in, filters, kernel_size):  # no biases\n"
                "    total = 0\n"
                "    for width in filters:\n"
                "        total += kernel_size**2 * channels_in * width\n"
                "        channels_in, kernel_size = width, 1\n"
                "    return total",
                "def mlpconv_parameters(channels_in, filters, kernel_size):  # every kernel is wide\n"
                "    return sum((kernel_size**2 * a + 1) * b for a, b in zip((channels_in, *filters), filters))",
            ],
            [
                "def mlpconv_parameters(channels_in, filters, kernel_size):\n"
                "    ones = sum((a + 1) * b for a, b in zip(filters, filters[1:]))\n"
                "    return (kernel_size**2 * channels_in + 1) * filters[0] + ones",
            ],
        ),
        "exercise-2": (
            [
                "def dense_matrix(matrix, positions): return np.tile(matrix, (positions, 1))  # the sum, not the mean",
                "def dense_matrix(matrix, positions): return np.repeat(matrix, positions, axis=0) / positions",
            ],
            ["def dense_matrix(matrix, positions): return np.concatenate([matrix] * positions) / positions"],
        ),
        "exercise-3": (
            [
                "my_mask = np.zeros((14, 14))",
                "my_mask = np.ones((14, 14))",
                "my_mask = np.random.default_rng(1).permutation(196).reshape(14, 14) < 118  # scattered",
                'my_mask = explained["coffee"][2] >= np.quantile(explained["coffee"][2], 0.4)  # what matters most',
            ],
            [
                'my_mask = explained["coffee"][2] <= np.quantile(explained["coffee"][2], 0.7)',
                'row, column = np.unravel_index(explained["coffee"][2].argmax(), (14, 14))  # a disc around the peak\n'
                "my_mask = np.hypot(*(np.mgrid[:14, :14] - np.array([row, column])[:, None, None])) > 5",
                'my_mask = explained["coffee"][2] < 0.2 * explained["coffee"][2].max()  # a share of the peak',
            ],
        ),
    },
}


@pytest.fixture(scope="module", params=ANSWERS)
def notebook(request):
    """(name, the exercises' stubs, a function that runs a cell), what the stubs need having run."""
    nb = notebooks.read(releasing.ROOT / "notebooks" / f"{request.param}.ipynb")
    codes = [cell for cell in nb.cells if cell.cell_type == "code" and "slow" not in tags(cell)]
    stubs = {cell.id.removesuffix("-stub"): cell for cell in codes if "stub" in tags(cell)}
    client = notebooks.new_client(nbformat.v4.new_notebook(), releasing.ROOT / "notebooks", timeout=300)

    def run(source):
        cell = nbformat.v4.new_code_cell(source)
        client.nb.cells.append(cell)
        client.execute_cell(cell, len(client.nb.cells) - 1)
        return output_text(cell)

    with client.setup_kernel():
        for cell in needed_cells(codes, list(stubs.values())):
            run(cell.source)
        yield request.param, stubs, run


def answered(stub, answer):
    """The stub with an answer instead of its line to fill in."""
    lines = stub.source.splitlines()
    (place,) = [i for i, line in enumerate(lines) if "# your turn" in line]
    return "\n".join([*lines[:place], answer, *lines[place + 1 :]])


def test_every_exercise_tells_right_from_wrong(notebook):
    name, stubs, run = notebook
    assert set(stubs) == set(ANSWERS[name])
    for exercise, (wrong, right) in ANSWERS[name].items():
        for answer in wrong:
            with pytest.raises(CellExecutionError, match="AssertionError"):
                run(answered(stubs[exercise], answer))
        for answer in right:
            shown = run(answered(stubs[exercise], answer))
            assert "ok" in shown and "not yet" not in shown, (exercise, answer)
