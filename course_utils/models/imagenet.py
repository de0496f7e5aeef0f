"""What surrounds a network trained on ImageNet: photographs in, names out, and the weights that travel with the course.

    from course_utils.models import imagenet, squeezenet
    model = squeezenet("1.1", weights="imagenet")
    imagenet.decode(model(imagenet.preprocess(data.photo("cat"))))

Where the weights and the names come from, and under which licence, stands in `bundled/PROVENANCE.md`.
"""

import zipfile
import zlib

import numpy as np
from keras import ops

from course_utils.data import BUNDLED, DataError

MEAN = (104.006, 116.669, 122.679)  # of ImageNet's blue, green and red, 0 to 255


def preprocess(image, size=(227, 227)):
    """A photograph as the bundled SqueezeNet expects it: resized, blue first, ImageNet's mean subtracted.

    Args:
        image: (h, w, 3) or (n, h, w, 3); red, green and blue from 0 to 1.
        size: (height, width) to resize to, without regard to the proportions.

    Returns:
        NumPy float32 (1, *size, 3) or (n, *size, 3): blue, green, red minus (104.006, 116.669, 122.679), of 255.

    Raises:
        ValueError: the image is not in colour, or its values do not go from 0 to 1.
    """
    image = np.asarray(ops.convert_to_numpy(image), "float32")
    if image.ndim not in (3, 4) or image.shape[-1] != 3:
        raise ValueError(f"image must have shape (h, w, 3) or (n, h, w, 3), not {image.shape}.")
    if not (image.min() >= 0 and image.max() <= 1):
        raise ValueError(
            f"image must go from 0 to 1, not from {image.min():g} to {image.max():g}. Divide values of 0 to 255 by 255."
        )
    image = image.reshape(-1, *image.shape[-3:])
    image = ops.convert_to_numpy(ops.image.resize(image, size, antialias=True, data_format="channels_last"))
    return image[..., ::-1] * 255 - np.asarray(MEAN, "float32")


def decode(logits, top=5):
    """What a network trained on ImageNet-1k sees.

    Args:
        logits: (1000,) or (1, 1000).
        top: how many classes to return.

    Returns:
        A list of (index, name, probability), the most probable first. Names are short English ones.

    Raises:
        ValueError: there are not 1000 logits.
        DataError: the file of names is missing or broken.
    """
    logits = np.ravel(ops.convert_to_numpy(logits)).astype("float64")
    if logits.size != 1000:
        raise ValueError(f"logits must be those of one image over 1000 classes, not {logits.size} numbers.")
    path = BUNDLED / "imagenet_classes.txt"
    try:
        names = path.read_text(encoding="utf-8").splitlines()
    except (OSError, ValueError) as error:
        raise _bundled_error(path, error) from None
    probabilities = np.exp(logits - logits.max())
    probabilities /= probabilities.sum()
    best = np.argsort(-logits, kind="stable")[:top]
    return [(int(i), names[i], float(probabilities[i])) for i in best]


def load_bundled_weights(model, file):
    """Give each layer of `model` its kernel and bias from a bundled .npz, where they are called `{layer}_w` and `_b`.

    Raises:
        DataError: the file is missing or broken; the message says how to get it again.
    """
    path = BUNDLED / file
    try:
        with np.load(path, allow_pickle=False) as arrays:
            weights = {name: arrays[name].astype("float32") for name in arrays}
        for layer in (layer for layer in model.layers if layer.weights):
            layer.set_weights([weights[f"{layer.name}_w"], weights[f"{layer.name}_b"]])
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile, zlib.error) as error:
        raise _bundled_error(path, error) from None


def _bundled_error(path, error):
    return DataError(
        f"{path} is part of the course and is missing or broken ({error}). In a clone of the repository, "
        f"`git checkout -- course_utils/bundled/{path.name}` brings it back; an installed course_utils is "
        "repaired by installing it again."
    )
