"""data.py and what it bundles. Nothing here uses the network: being offline is simulated."""

import dataclasses
import hashlib
import os
import re
import subprocess
import sys
from types import SimpleNamespace

import numpy as np
import pytest

from course_utils import data

SUMS = dict(reversed(line.split()) for line in (data.BUNDLED / "SHA256SUMS").read_text().splitlines())


# --- the bundled files --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("file", SUMS)
def test_bundled_file_has_the_recorded_hash(file):
    found = hashlib.sha256((data.BUNDLED / file).read_bytes()).hexdigest()
    assert found == SUMS[file]
    assert found in (data.BUNDLED / "PROVENANCE.md").read_text(encoding="utf-8")


def test_every_bundled_file_has_a_hash_and_a_photographer():
    binary = [p for p in data.BUNDLED.rglob("*") if p.suffix in (".npz", ".png")]
    assert {p.relative_to(data.BUNDLED).as_posix() for p in binary} == set(SUMS)
    assert {f"photos/{name}.png" for name in data.PHOTOS} == {file for file in SUMS if file.endswith(".png")}
    assert all(credit.startswith("Photo: ") for credit in data.PHOTOS.values())


def test_mini_set_has_the_promised_form():
    mini = data.load("fashion-mnist-mini")
    assert (mini.x_train.shape, mini.x_test.shape) == ((5000, 28, 28, 1), (2000, 28, 28, 1))
    assert (mini.y_train.shape, mini.y_test.shape) == ((5000,), (2000,))
    assert {mini.x_train.dtype, mini.x_test.dtype} == {np.dtype("float32")}
    assert {mini.y_train.dtype, mini.y_test.dtype} == {np.dtype("int64")}
    assert (mini.x_train.min(), mini.x_train.max()) == (0, 1)
    assert len(mini.class_names) == 10


def test_mini_set_is_balanced_and_its_parts_share_no_image():
    mini = data.load()
    assert (np.bincount(mini.y_test) == 200).all()
    assert np.bincount(mini.y_train).min() >= 450 and np.bincount(mini.y_train).max() <= 550
    images = [x.tobytes() for x in (*mini.x_train, *mini.x_test)]
    assert len(set(images)) == len(images)


def test_labels_fit_the_pictures():
    """The mean training picture of each class recognises most test pictures; shuffled labels would give 10 %."""
    mini = data.load()
    means = np.stack([mini.x_train[mini.y_train == c].mean(axis=0).ravel() for c in range(10)])
    test = mini.x_test.reshape(len(mini.x_test), -1)
    nearest = ((test[:, None] - means) ** 2).sum(axis=-1).argmin(axis=1)
    assert (nearest == mini.y_test).mean() > 0.6


def test_a_dataset_shows_what_it_holds_and_cannot_be_rebound():
    mini = data.load()
    assert repr(mini).startswith("fashion-mnist-mini: 5,000 training and 2,000 test images of 28 × 28 × 1, float32")
    assert "10 classes: T-shirt/top, Trouser" in repr(mini)
    with pytest.raises(dataclasses.FrozenInstanceError):
        mini.x_train = None


@pytest.mark.parametrize("name", data.PHOTOS)
def test_photos_are_colour_pictures(name):
    photo = data.photo(name)
    assert (photo.shape, photo.dtype) == ((256, 384, 3), np.float32)
    assert 0 <= photo.min() < 0.1 and 0.8 < photo.max() <= 1
    assert photo.std(axis=-1).mean() > 0.03  # the channels differ: it is not grey


def test_photos_are_upright():
    photo = data.photo("pagoda")
    assert photo[:40].mean() > photo[-40:].mean() + 0.2  # sky above trees
    assert photo[:40, :, 2].mean() > photo[:40, :, 0].mean()  # and it is blue: the last channel


# --- wrong names and broken bundles -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "call, message",
    [
        (
            lambda: data.load("Fashion_MNIST"),
            "called 'Fashion_MNIST'. There are: fashion-mnist-mini, fashion-mnist, cifar-10.",
        ),
        (lambda: data.load(["cifar-10"]), "no set of images is called ['cifar-10']"),
        (lambda: data.load(None), "no set of images is called None. There are: fashion-mnist-mini"),
        (lambda: data.photo("pagode"), "no photograph is called 'pagode'. There are: pagoda"),
        (lambda: data.photo(3), "There are: pagoda, dahlia, coffee, cat, rocket."),
    ],
)
def test_unknown_names(call, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        call()


@pytest.fixture
def bundle(tmp_path, monkeypatch):
    """An empty bundle in place of the real one."""
    folder = tmp_path / "course_utils" / "bundled"
    (folder / "photos").mkdir(parents=True)
    monkeypatch.setattr(data, "BUNDLED", folder)
    return folder


def half(path):
    content = path.read_bytes()
    return content[: len(content) // 2]


REAL_SET, REAL_PHOTO = data.BUNDLED / "fashion_mnist_5k.npz", data.BUNDLED / "photos" / "pagoda.png"


@pytest.mark.parametrize(
    "content, state",
    [(None, "is missing"), (b"", "is broken"), (b"nonsense", "is broken"), (half(REAL_SET), "is broken")],
)
def test_a_missing_or_broken_bundled_set(bundle, content, state):
    path = bundle / "fashion_mnist_5k.npz"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(data.DataError) as caught:
        data.load()
    assert f"{path} is part of the course and {state}" in str(caught.value)
    assert "git checkout -- course_utils/bundled/fashion_mnist_5k.npz" in str(caught.value)


def test_a_bundled_set_with_a_flipped_byte_or_without_its_labels_is_broken(bundle):
    content = bytearray(REAL_SET.read_bytes())
    content[len(content) // 2] ^= 0xFF
    (bundle / "fashion_mnist_5k.npz").write_bytes(content)
    with pytest.raises(data.DataError, match="is broken"):
        data.load()
    np.savez(bundle / "fashion_mnist_5k.npz", x_train=np.zeros((1, 28, 28), np.uint8))
    with pytest.raises(data.DataError, match="is broken"):
        data.load()


@pytest.mark.parametrize(
    "content, state",
    [(None, "is missing"), (b"", "is broken"), (b"nonsense", "is broken"), (half(REAL_PHOTO), "is broken")],
)
def test_a_missing_or_broken_photo(bundle, content, state):
    path = bundle / "photos" / "pagoda.png"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(data.DataError) as caught:
        data.photo()
    assert f"{path} is part of the course and {state}" in str(caught.value)
    assert "git checkout -- course_utils/bundled/photos/pagoda.png" in str(caught.value)


# --- the sets that Keras downloads --------------------------------------------------------------------------------


@pytest.fixture
def keras_set(tmp_path, monkeypatch):
    """Puts a function in place of keras.datasets.<module>.load_data, and an empty folder in place of Keras's own."""
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    (tmp_path / "datasets" / "fashion-mnist").mkdir(parents=True)

    def put(module, load_data):
        monkeypatch.setitem(sys.modules, f"keras.datasets.{module}", SimpleNamespace(load_data=load_data))

    return put


def test_full_fashion_mnist_gets_the_same_form_as_the_mini_set(keras_set):
    pixels, labels = np.full((6, 28, 28), 255, np.uint8), np.arange(6, dtype=np.uint8)
    keras_set("fashion_mnist", lambda: ((pixels, labels), (pixels[:2], labels[:2])))
    full = data.load("fashion-mnist")
    assert (full.x_train.shape, full.x_train.dtype, full.x_train.max()) == ((6, 28, 28, 1), np.float32, 1)
    assert (full.y_test.tolist(), full.y_test.dtype, full.class_names[9]) == ([0, 1], np.int64, "Ankle boot")


@pytest.mark.parametrize("channels_first", [False, True])
def test_cifar_is_channels_last_with_flat_labels(keras_set, channels_first):
    pixels, labels = np.zeros((4, 32, 32, 3), np.uint8), np.arange(4, dtype=np.uint8)[:, None]
    pixels[..., 2] = 255
    given = pixels.transpose(0, 3, 1, 2) if channels_first else pixels
    keras_set("cifar10", lambda: ((given, labels), (given[:2], labels[:2])))
    cifar = data.load("cifar-10")
    assert (cifar.x_train.shape, cifar.y_train.shape) == ((4, 32, 32, 3), (4,))
    assert cifar.x_test[0, 0, 0].tolist() == [0, 0, 1]
    assert cifar.class_names[3] == "cat"


def test_a_broken_download_says_what_to_delete(keras_set, tmp_path):
    def load_data():
        raise EOFError("Compressed file ended before the end-of-stream marker was reached")

    keras_set("fashion_mnist", load_data)
    with pytest.raises(data.DataError) as caught:
        data.load("fashion-mnist")
    message = str(caught.value)
    assert "Compressed file ended" in message
    assert f"delete the files of fashion-mnist in the folder datasets of {tmp_path}" in message
    assert caught.value.__suppress_context__  # no chain of tracebacks from inside urllib


@pytest.mark.parametrize("error", [KeyboardInterrupt, MemoryError])
def test_an_interrupted_download_is_not_an_error_of_the_data(keras_set, error):
    def load_data():
        raise error

    keras_set("cifar10", load_data)
    with pytest.raises(error):
        data.load("cifar-10")


OFFLINE = """
import socket
from course_utils import data

def unreachable(*arguments, **options):
    raise socket.gaierror("no network in this test")

socket.getaddrinfo = unreachable
for name in ("fashion-mnist", "cifar-10"):
    try:
        data.load(name)
    except data.DataError as error:
        print(error)
"""


def test_offline_the_message_says_what_to_do(tmp_path):
    """What a student without network reads, from the real Keras with a folder of its own."""
    environment = {k: v for k, v in os.environ.items() if not k.lower().endswith("_proxy")}
    environment |= {"KERAS_HOME": str(tmp_path), "TF_CPP_MIN_LOG_LEVEL": "3", "PYTHONIOENCODING": "utf-8"}
    result = subprocess.run([sys.executable, "-c", OFFLINE], env=environment, capture_output=True, encoding="utf-8")
    assert result.returncode == 0, result.stderr
    for name, address in (
        ("fashion-mnist", "https://storage.googleapis.com/tensorflow/tf-keras-datasets/"),
        ("cifar-10", "https://www.cs.toronto.edu/~kriz/cifar-10-python.tar.gz"),
    ):
        assert f"{name} could not be loaded" in result.stdout and address in result.stdout
    assert result.stdout.count("Connect to the internet and run this again") == 2
    assert result.stdout.count("copy that folder from a computer on which this has run") == 2
    assert result.stdout.count('Offline there is always data.load("fashion-mnist-mini")') == 2
