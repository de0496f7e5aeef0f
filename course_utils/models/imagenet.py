"""What surrounds a network trained on ImageNet: photographs in, names out, and the weights that travel with the course.

    from course_utils.models import imagenet, squeezenet
    model = squeezenet("1.1", weights="imagenet")
    imagenet.decode(model(imagenet.preprocess(data.photo("cat"))))

Where the weights and the names come from, and under which licence, stands in `bundled/PROVENANCE.md`.
"""

import numpy as np
from keras import ops

from course_utils.data import bundled

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
    with bundled("imagenet_classes.txt") as path:
        names = path.read_text(encoding="utf-8").splitlines()
    probabilities = np.exp(logits - logits.max())
    probabilities /= probabilities.sum()
    best = np.argsort(-logits, kind="stable")[:top]
    return [(int(i), names[i], float(probabilities[i])) for i in best]


def load_bundled_weights(model, file):
    """Give each layer of `model` its weights from a bundled .npz.

    They are called `{layer}_w` and `_b`, kernel and bias, or `{layer}_gamma` and so on after Keras's own name.

    Raises:
        DataError: the file is missing or broken; the message says how to get it again.
    """
    with bundled(file) as path, np.load(path, allow_pickle=False) as arrays:
        for layer in (layer for layer in model.layers if layer.weights):
            layer.set_weights([arrays[bundled_name(layer, weight)].astype("float32") for weight in layer.weights])


def bundled_name(layer, weight):
    """What a layer's weight is called in a bundled .npz."""
    short = {"kernel": "w", "bias": "b"}
    return f"{layer.name}_{short.get(weight.name, weight.name)}"
