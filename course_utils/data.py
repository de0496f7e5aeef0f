"""Images for the course: a small set and five photographs that travel with it, and two large sets when online.

    clothes = data.load("fashion-mnist-mini")
    clothes.x_train.shape, clothes.class_names
    photo = data.photo("pagoda")

Where the bundled files come from, and under which licence, stands in `bundled/PROVENANCE.md`.
"""

import contextlib
import importlib
import os
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np

BUNDLED = Path(__file__).parent / "bundled"

PHOTOS = {
    "pagoda": "Photo: danielbuechele (flickr.com/photos/danielbuechele/6061409035), CC BY 2.0, cropped and resized",
    "dahlia": "Photo: vultilion (flickr.com/photos/vultilion/6056698931), CC BY 2.0, cropped and resized",
    "coffee": "Photo: Rachel Michetti, courtesy of Pikolo Espresso Bar, CC0, cropped and resized",
    "cat": "Photo: Stéfan van der Walt, CC0, cropped and resized",
    "rocket": "Photo: SpaceX, public domain, cropped and resized",
}
"""The names of the bundled photographs, and the credit to print under each."""

_CLOTHES = ("T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot")
_OBJECTS = ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")


class DataError(RuntimeError):
    """Images could not be read or downloaded; the message names the file and says what to do."""


@dataclass(frozen=True, eq=False, repr=False)
class Dataset:
    """Labelled images, ready to be trained on.

    Attributes:
        name: what `load` was asked for.
        x_train, x_test: float32 (n, height, width, channels), values from 0 to 1.
        y_train, y_test: int64 (n,), indices into `class_names`.
        class_names: a tuple of texts.
    """

    name: str
    x_train: np.ndarray
    y_train: np.ndarray
    x_test: np.ndarray
    y_test: np.ndarray
    class_names: tuple

    def __repr__(self):
        size = " × ".join(map(str, self.x_train.shape[1:]))
        images = f"{self.name}: {len(self.x_train):,} training and {len(self.x_test):,} test images of {size}"
        classes = f"{len(self.class_names)} classes: {', '.join(self.class_names)}"
        return f"{images}, {self.x_train.dtype} from 0 to 1\n{classes}"


_ONLINE = {"fashion-mnist": ("fashion_mnist", _CLOTHES), "cifar-10": ("cifar10", _OBJECTS)}
"""Sets that Keras downloads: the module of keras.datasets, and the names of the classes."""
_NAMES = ("fashion-mnist-mini", *_ONLINE)


def load(name="fashion-mnist-mini"):
    """A set of labelled images.

    | name | training | test | image | memory | comes from |
    |---|---|---|---|---|---|
    | "fashion-mnist-mini" | 5,000 | 2,000 | (28, 28, 1) | 22 MB | this package |
    | "fashion-mnist" | 60,000 | 10,000 | (28, 28, 1) | 220 MB | download of 31 MB, once |
    | "cifar-10" | 50,000 | 10,000 | (32, 32, 3) | 740 MB | download of 170 MB, once |

    The mini set is a sample of Fashion-MNIST: test images from the official test images only. Downloads go through
    `keras.datasets` into Keras's folder (`~/.keras`, or what the environment variable KERAS_HOME says).

    Returns:
        Dataset: `x_train`, `x_test` float32 (n, height, width, channels) in 0 … 1; `y_train`, `y_test` int64 (n,);
        `class_names`, ten texts.

    Raises:
        ValueError: no set has this name.
        DataError: the set cannot be downloaded, or a file of it is broken; the message says what to do.

    Sources: Xiao, Rasul, Vollgraf 2017 (arXiv:1708.07747); Krizhevsky 2009, "Learning multiple layers of features from
    tiny images".
    """
    _known(name, _NAMES, "set of images")
    if name in _ONLINE:
        return _load_online(name, *_ONLINE[name])
    with bundled("fashion_mnist_5k.npz") as path, np.load(path, allow_pickle=False) as arrays:
        parts = [arrays[key] for key in ("x_train", "y_train", "x_test", "y_test")]
    return _dataset(name, *parts, class_names=_CLOTHES)


def photo(name="pagoda"):
    """A colour photograph: float32 (256, 384, 3), red, green and blue from 0 to 1.

    Args:
        name: one of `PHOTOS`, which also holds the credit to print when you pass the picture on.

    Raises:
        ValueError: no photograph has this name.
        DataError: its file is missing or broken; the message says how to get it again.
    """
    from matplotlib.image import imread  # reads PNG as floats from 0 to 1

    _known(name, PHOTOS, "photograph")
    with bundled(f"photos/{name}.png") as path:
        return imread(path)


@contextlib.contextmanager
def bundled(file):
    """The path of a file that travels with the course, to be read in a `with` block.

    Raises:
        DataError: the block could not read it; the message says how to get it again.
    """
    path = BUNDLED / file
    try:
        yield path
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile, zlib.error, SyntaxError) as error:
        # SyntaxError is Pillow's word for a broken PNG.
        state = f"is broken ({error})" if path.exists() else "is missing"
        raise DataError(
            f"{path} is part of the course and {state}.\n"
            f"In a clone of the repository, `git checkout -- course_utils/bundled/{file}` brings it back; "
            "an installed course_utils is repaired by installing it again."
        ) from None


def _known(name, names, kind):
    if name not in tuple(names):
        raise ValueError(f"no {kind} is called {name!r}. There are: {', '.join(names)}.")


def _dataset(name, x_train, y_train, x_test, y_test, class_names):
    x_train, x_test = (_unit_images(x) for x in (x_train, x_test))
    y_train, y_test = (np.ravel(y).astype(np.int64) for y in (y_train, y_test))
    return Dataset(name, x_train, y_train, x_test, y_test, class_names)


def _unit_images(pixels):
    """uint8 (n, h, w) or (n, h, w, c) to float32 (n, h, w, c) from 0 to 1."""
    images = pixels.astype(np.float32)
    images /= 255  # in place: the large sets would not fit twice into a small computer
    return images[..., None] if images.ndim == 3 else images


def _load_online(name, module, class_names):
    try:
        (x_train, y_train), (x_test, y_test) = importlib.import_module(f"keras.datasets.{module}").load_data()
    except MemoryError:
        raise
    except Exception as error:  # Keras raises a bare Exception when offline, and many kinds for broken files
        raise DataError(
            f"{name} could not be loaded ({type(error).__name__}: {error}).\n"
            "Connect to the internet and run this again. If it fails again, a download stopped half-way: delete the "
            f"files of {name} in the folder datasets of {os.environ.get('KERAS_HOME', '~/.keras')}, where Keras keeps "
            "them. Without a connection, copy that folder from a computer on which this has run.\n"
            'Offline there is always data.load("fashion-mnist-mini").'
        ) from None
    if x_train.shape[1:] == (3, 32, 32):  # Keras was set to channels first
        x_train, x_test = (np.moveaxis(x, 1, -1) for x in (x_train, x_test))
    return _dataset(name, x_train, y_train, x_test, y_test, class_names)
