"""Make fashion_mnist_5k.npz from the original files of Fashion-MNIST.

On Debian or Ubuntu the originals are in a package:

    apt-get download dataset-fashion-mnist && dpkg -x dataset-fashion-mnist_*.deb fashion
    python -m authoring.make_fashion_mnist --originals fashion/usr/share/datasets/fashion-mnist

They come from https://github.com/zalandoresearch/fashion-mnist (folder data/fashion).
The result holds x_train (5000, 28, 28), y_train (5000,), x_test (2000, 28, 28), y_test (2000,), all uint8.
"""

import argparse
import gzip
import hashlib
import sys
from pathlib import Path

import numpy as np

from authoring.npz import save
from course_utils.data import BUNDLED


def read_images(path):
    """IDX file of 28×28 images: a header of 16 bytes, then one byte a pixel."""
    return np.frombuffer(gzip.decompress(path.read_bytes()), np.uint8, offset=16).reshape(-1, 28, 28)


def read_labels(path):
    """IDX file of labels: a header of 8 bytes, then one byte a label."""
    return np.frombuffer(gzip.decompress(path.read_bytes()), np.uint8, offset=8)


def balanced_sample(labels, count):
    """Indices of `count` images, equally many of each of the ten classes, in random order; the same in every run."""
    rng = np.random.default_rng(0)
    chosen = [rng.choice(np.flatnonzero(labels == c), count // 10, replace=False) for c in range(10)]
    return rng.permutation(np.concatenate(chosen))


def make(originals):
    """The four arrays of the bundle, as a dict. Test images come from the official test images only."""
    originals = Path(originals)
    y_train = read_labels(originals / "train-labels-idx1-ubyte.gz")
    y_test = read_labels(originals / "t10k-labels-idx1-ubyte.gz")
    # Half of a balanced sample of 10,000 keeps the file small; the halves' classes differ by a few per cent.
    train, test = balanced_sample(y_train, 10_000)[:5_000], balanced_sample(y_test, 2_000)
    return {
        "x_train": read_images(originals / "train-images-idx3-ubyte.gz")[train],
        "y_train": y_train[train],
        "x_test": read_images(originals / "t10k-images-idx3-ubyte.gz")[test],
        "y_test": y_test[test],
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--originals", default="/usr/share/datasets/fashion-mnist", help="folder of the four .gz files")
    parser.add_argument("--output", default=BUNDLED / "fashion_mnist_5k.npz", help="file to write")
    options = parser.parse_args()
    try:
        arrays = make(options.originals)
    except OSError as error:
        sys.exit(f"cannot read the originals: {error}. Name their folder with --originals; see --help.")
    save(options.output, arrays)
    print(f"{hashlib.sha256(Path(options.output).read_bytes()).hexdigest()}  {Path(options.output).name}")


if __name__ == "__main__":
    main()
