"""The small networks that were trained on Fashion-MNIST and travel with the course."""

import importlib
import re

import keras
import numpy as np
import pytest

from course_utils import data, models

trained = importlib.import_module("course_utils.models.trained")
FOLDER = data.BUNDLED / trained.FOLDER
NAMES = sorted(path.stem for path in FOLDER.glob("*.npz"))


def test_resnet20_is_among_them_and_each_has_a_record_and_at_most_a_megabyte():
    assert "resnet20-fashion" in NAMES
    assert sorted(path.stem for path in FOLDER.glob("*.json")) == NAMES
    assert all((FOLDER / f"{name}.npz").stat().st_size <= 1_000_000 for name in NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_it_recognises_test_images_about_as_often_as_its_record_says(name):
    mini = data.load()
    network, record = models.trained(name), trained.record(name)
    logits = keras.ops.convert_to_numpy(network.predict(mini.x_test[:1000], verbose=0))
    found = (logits.argmax(1) == mini.y_test[:1000]).mean()
    error = (record["test_accuracy"] * (1 - record["test_accuracy"]) / 1000) ** 0.5
    assert found == pytest.approx(record["test_accuracy"], abs=4 * error)
    assert record["test_images"] == 10_000


@pytest.mark.parametrize("name", NAMES)
def test_the_record_tells_of_this_network_and_of_every_epoch(name):
    network, record = models.trained(name), trained.record(name)
    assert record["parameters"] == sum(int(np.prod(weight.shape)) for weight in network.trainable_weights)
    assert [row["epoch"] for row in record["curve"]] == list(range(1, record["recipe"]["epochs"] + 1))
    assert record["curve"][-1]["rate"] == 0
    assert record["seconds"] == pytest.approx(sum(row["seconds"] for row in record["curve"]), abs=1)


def test_an_unknown_name_is_answered_with_those_that_there_are():
    for call in (models.trained, trained.record):
        with pytest.raises(ValueError, match=re.escape(f"must be one of {', '.join(map(repr, NAMES))}, not 'resnet'")):
            call("resnet")


def test_a_broken_file_says_how_to_get_it_again(tmp_path, monkeypatch):
    monkeypatch.setattr(data, "BUNDLED", tmp_path)
    (tmp_path / "nets").mkdir()
    content = (FOLDER / "resnet20-fashion.npz").read_bytes()
    for broken in (b"", b"nonsense", content[: len(content) // 2]):
        (tmp_path / "nets" / "resnet20-fashion.npz").write_bytes(broken)
        with pytest.raises(data.DataError, match="git checkout -- course_utils/bundled/nets/resnet20-fashion"):
            models.trained("resnet20-fashion")
