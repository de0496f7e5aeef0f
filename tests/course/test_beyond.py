"""What notebook 12 does where there is a network or a GPU, with stand-ins for both."""

import contextlib
import re
import sys
import types
from pathlib import Path

import keras
import nbformat
import numpy as np
import pytest

from course_utils import data, models, training

ROOT = Path(__file__).resolve().parents[2]
NOTEBOOK = nbformat.read(ROOT / "notebooks" / "12_beyond_one_machine.ipynb", as_version=4)


def run(namespace, *ids):
    for cell in NOTEBOOK.cells:
        if cell.id in ids:
            exec(cell.source, namespace)
    return namespace


@pytest.fixture
def namespace():
    """What the cells above have made, on a computer without a GPU."""
    return {"data": data, "keras": keras, "models": models, "np": np, "sys": sys, "training": training}


@pytest.fixture
def colab(monkeypatch):
    """As in Colab, where the notebook downloads without being asked."""
    monkeypatch.setitem(sys.modules, "google.colab", types.ModuleType("google.colab"))


def no_connection(*_, **__):
    raise Exception("URL fetch failure on https://example.org: no route to host")


def test_nothing_is_downloaded_unless_asked(monkeypatch, namespace, capsys):
    monkeypatch.setattr(keras.datasets.cifar10, "load_data", no_connection)
    run(namespace, "cifar", "cifar-train")
    (line,) = capsys.readouterr().out.splitlines()
    assert re.match(r"skipped: .* stay.*Write download = True", line)


def test_without_a_connection_one_sentence_says_so(monkeypatch, namespace, colab, capsys):
    monkeypatch.setattr(keras.datasets.cifar10, "load_data", no_connection)
    run(namespace, "cifar", "cifar-train")
    (line,) = capsys.readouterr().out.splitlines()
    assert re.match("skipped: .*URL fetch failure", line)


def test_cifar_10_is_trained_on(monkeypatch, namespace, colab, capsys):
    rng = np.random.default_rng(1)
    pixels, labels = rng.integers(256, size=(5200, 32, 32, 3), dtype="uint8"), rng.integers(10, size=5200)
    arrays = pixels[:5000], labels[:5000], pixels[5000:], labels[5000:]
    names = [str(number) for number in range(10)]
    monkeypatch.setattr(data, "load", lambda name: data.Dataset(name, *_as_loaded(*arrays), names))
    built = []

    def small(depth, shortcut):
        built.append((depth, shortcut))
        image = keras.Input((32, 32, 3))
        return keras.Model(image, keras.layers.Dense(10)(keras.layers.GlobalAveragePooling2D()(image)))

    monkeypatch.setattr(models, "resnet_cifar", small)
    run(namespace, "gpu", "cifar", "cifar-train")
    assert set(built) == {(20, "A")}
    shown = capsys.readouterr().out
    assert "cifar-10: 5,000 training and 200 test images" in shown
    assert re.search(r"ResNet-20 +40 .*\n1 epochs of 5,000 images in batches of 128", shown)


def _as_loaded(x_train, y_train, x_test, y_test):
    return (x_train / np.float32(255)), y_train, (x_test / np.float32(255)), y_test


def test_a_gpu_is_timed_beside_the_processor(monkeypatch, namespace, capsys):
    """No GPU is at hand: what is measured stands in for two."""
    steps = iter([{"step": 0.5}, {"step": 0.1}])
    monkeypatch.setattr(keras.distribution, "list_devices", lambda: ["cpu:0", "gpu:0", "gpu:1"])
    monkeypatch.setattr(keras, "device", lambda place: contextlib.nullcontext())
    monkeypatch.setattr(training, "measure", lambda build, **_: next(steps))
    run(namespace, "gpu")
    expected = [
        "cpu:0: 500 ms a step of 128 images",
        "gpu:0: 100 ms a step of 128 images",
        "5 times as fast on the GPU",
    ]
    assert capsys.readouterr().out.splitlines() == expected
