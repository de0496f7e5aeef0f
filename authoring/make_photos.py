"""Make the photographs in course_utils/bundled/photos/ from the pictures that scikit-image and scikit-learn carry.

    pip install scikit-image scikit-learn pillow
    python -m authoring.make_photos

Each picture is cropped to 3:2 around its centre, resized to 384×256 pixels (Lanczos) and saved as PNG, without loss.
PROVENANCE.md names the photographers, licences and sources. Another version of Pillow may decode a JPEG or pack a PNG
differently, so that hashes change although no eye sees a difference.
"""

import argparse
import hashlib
import importlib.util
import sys
from pathlib import Path

from PIL import Image

from course_utils.data import BUNDLED

WIDTH, HEIGHT = 384, 256
# name: (package, path inside it, SHA-256 of the original)
ORIGINALS = {
    "pagoda": (
        "sklearn",
        "datasets/images/china.jpg",
        "8378025ad2519d649d02e32bd98990db4ab572357d9f09841c2fbfbb4fefad29",
    ),
    "dahlia": (
        "sklearn",
        "datasets/images/flower.jpg",
        "a77f6ec41e353afdf8bdff2ea981b2955535d8d83294f8cfa49cf4e423dd5638",
    ),
    "coffee": ("skimage", "data/coffee.png", "cc02f8ca188b167c775a7101b5d767d1e71792cf762c33d6fa15a4599b5a8de7"),
    "cat": ("skimage", "data/chelsea.png", "596aa1e7cb875eb79f437e310381d26b338a81c2da23439704a73c4651e8c4bb"),
    "rocket": ("skimage", "data/rocket.jpg", "c2dd0de7c538df8d111e479619b129464d0269d0ae5fd18ca91d33a7fdfea95c"),
}


def find(package, inside):
    """Path of a file inside an installed package, without importing the package."""
    spec = importlib.util.find_spec(package)
    if spec is None:
        sys.exit(f"{package} is not installed. Run `pip install scikit-image scikit-learn pillow`.")
    return Path(spec.submodule_search_locations[0], inside)


def centre_crop(width, height):
    """The largest 3:2 box around the centre, as (left, top, right, bottom) in pixels, fractions allowed."""
    scale = min(width / WIDTH, height / HEIGHT)
    left, top = (width - scale * WIDTH) / 2, (height - scale * HEIGHT) / 2
    return left, top, width - left, height - top


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--originals", help="folder that holds the five originals, instead of the two packages")
    parser.add_argument("--output", default=BUNDLED / "photos", type=Path, help="folder to write to")
    options = parser.parse_args()
    options.output.mkdir(parents=True, exist_ok=True)
    for name, (package, inside, sha256) in ORIGINALS.items():
        path = Path(options.originals, Path(inside).name) if options.originals else find(package, inside)
        try:
            content = path.read_bytes()
        except OSError as error:
            sys.exit(f"cannot read the original of {name}: {error}")
        if hashlib.sha256(content).hexdigest() != sha256:
            sys.exit(f"{path} is not the picture this script was written for: its SHA-256 is not {sha256}.")
        with Image.open(path) as picture:
            small = picture.convert("RGB").resize((WIDTH, HEIGHT), Image.Resampling.LANCZOS, centre_crop(*picture.size))
        target = options.output / f"{name}.png"
        small.save(target, optimize=True)
        print(f"{hashlib.sha256(target.read_bytes()).hexdigest()}  photos/{target.name}")


if __name__ == "__main__":
    main()
