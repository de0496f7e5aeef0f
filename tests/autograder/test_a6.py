"""Assignment a6: its hidden images, and that the notebook promises what the checks do."""

import hashlib
import re
from pathlib import Path

import nbformat
import numpy as np
import pytest

from autograder.rebuild import rebuild
from course_utils import data

ROOT = Path(__file__).resolve().parents[2]
CHECKS = ROOT / "solutions/checks"


@pytest.fixture(scope="module")
def cells():
    notebook = nbformat.read(ROOT / "solutions/a6_design_a_network.ipynb", as_version=4)
    return {cell.id: cell.source for cell in notebook.cells}


def test_hidden_images_are_those_whose_origin_is_written_down(a6):
    content = a6.HIDDEN.read_bytes()
    assert hashlib.sha256(content).hexdigest() in (CHECKS / "PROVENANCE.md").read_text(encoding="utf-8")
    with np.load(a6.HIDDEN, allow_pickle=False) as hidden:
        assert hidden["x"].shape == (2000, 28, 28) and hidden["x"].dtype == np.uint8
        assert np.bincount(hidden["y"]).tolist() == [200] * 10
        assert "MIT" in str(hidden["licence"])


def test_no_hidden_image_travels_with_the_course(a6):
    with np.load(data.BUNDLED / "fashion_mnist_5k.npz") as bundled:
        known = {image.tobytes() for part in ("x_train", "x_test") for image in bundled[part]}
    with np.load(a6.HIDDEN) as hidden:
        assert not [image for image in hidden["x"] if image.tobytes() in known]


def test_the_notebook_trains_as_the_checks_do(a6, cells):
    namespace = {}
    for name in ("imports", "shifted", "images", "recipe"):
        exec(cells[name], namespace)
    ours = a6.pictures(3)
    assert namespace["recipe"] == a6.RECIPE
    assert np.array_equal(namespace["images"].x_train, ours.x_train)
    assert np.array_equal(namespace["images"].y_train, ours.y_train)
    assert not np.array_equal(ours.x_test, a6.pictures(4).x_test)  # moved by the secret seed


def test_the_statement_promises_what_the_checks_give(a6, cells):
    statement = cells["q4-statement"]
    assert f"{a6.PARAMETERS:,} parameters" in statement and f"{a6.MACS:,} MACs" in statement
    low, high = re.search(r"none up to (\d+) %, all from (\d+) % on", statement).groups()
    assert (int(low), int(high)) == (round(100 * a6.NO_POINTS), round(100 * a6.ALL_POINTS))
    assert f"at most {a6.MOST_LAYERS} layers, and {a6.MOST_KEPT >> 20} MiB" in statement


def test_points_shrink_smoothly_beyond_a_budget(a6):
    assert [a6.within(used, 100) for used in (7, 100, 125, 199, 200, 1000)] == pytest.approx([1, 1, 0.75, 0.01, 0, 0])


@pytest.mark.parametrize("values", [[0.1, 0.2], [[0.1], [0.2]]])
def test_no_weights_ride_along_in_a_configuration(values):
    import keras
    from keras import layers

    image = keras.Input((2,))
    constant = keras.initializers.Constant(values)
    for layer in (layers.Dense(1, kernel_initializer=constant), layers.Rescaling(1.0, offset=values)):
        with pytest.raises(ValueError, match="brings no weights along"):
            rebuild(keras.Model(image, layer(image)).to_json())
    harmless = layers.Dense(1, kernel_initializer=keras.initializers.Constant(0.1))
    rebuilt = rebuild(keras.Model(image, layers.Rescaling(2.0, -1.0)(harmless(image))).to_json())
    assert rebuilt.count_params() == 3
