"""Make a6_data.npz, the hidden images of assignment a6, from the original files of Fashion-MNIST.

    apt-get download dataset-fashion-mnist && dpkg -x dataset-fashion-mnist_*.deb fashion
    python -m authoring.make_a6_data --originals fashion/usr/share/datasets/fashion-mnist

They are 2,000 of the official test images, 200 a class, none of which travels with the course (fashion_mnist_5k.npz).
The result holds x (2000, 28, 28) and y (2000,), uint8, and the texts `source` and `licence`. Another --seed makes
another split, for instructors who keep checks of their own: the one in a public repository is public.
"""

import argparse
import hashlib
import sys
from pathlib import Path

import numpy as np

from authoring.make_fashion_mnist import balanced_sample, read_images, read_labels
from authoring.npz import save
from authoring.releasing import ROOT

SOURCE = (
    "2,000 of the 10,000 official test images of Fashion-MNIST (Han Xiao, Kashif Rasul, Roland Vollgraf, "
    "arXiv:1708.07747), pixels untouched, from Debian's package dataset-fashion-mnist 0.0~git20200523.55506a9-1"
)
LICENCE = (
    "MIT, Copyright 2017 Zalando SE, https://tech.zalando.com; its text stands in course_utils/bundled/PROVENANCE.md"
)


def make(originals, seed=6):
    """The arrays of the file, as a dict."""
    labels = read_labels(Path(originals) / "t10k-labels-idx1-ubyte.gz")
    rng = np.random.default_rng(seed)
    left = np.setdiff1d(np.arange(len(labels)), balanced_sample(labels, 2_000))  # without those that the course bundles
    chosen = [rng.choice(left[labels[left] == c], 200, replace=False) for c in range(10)]
    chosen = rng.permutation(np.concatenate(chosen))
    images = read_images(Path(originals) / "t10k-images-idx3-ubyte.gz")
    return {"x": images[chosen], "y": labels[chosen], "source": np.array(SOURCE), "licence": np.array(LICENCE)}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--originals", default="/usr/share/datasets/fashion-mnist", help="folder of the .gz files")
    parser.add_argument("--output", default=ROOT / "solutions" / "checks" / "a6_data.npz", help="file to write")
    parser.add_argument("--seed", type=int, default=6, help="which images are drawn")
    options = parser.parse_args()
    try:
        arrays = make(options.originals, options.seed)
    except OSError as error:
        sys.exit(f"cannot read the originals: {error}. Name their folder with --originals; see --help.")
    save(options.output, arrays)
    print(f"{hashlib.sha256(Path(options.output).read_bytes()).hexdigest()}  {Path(options.output).name}")


if __name__ == "__main__":
    main()
