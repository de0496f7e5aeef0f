"""Small networks that were trained well, on all 60,000 images of Fashion-MNIST, and travel with the course.

    network = models.trained("resnet20-fashion")
    logits = network(data.load("fashion-mnist-mini").x_test)    # it has not seen them; the training images it has

`authoring/nets.py` trained them; what it did, epoch by epoch, stands in the record.
"""

import json
from functools import partial

from course_utils import data
from course_utils.models.common import one_of
from course_utils.models.densenet_2016 import densenet_cifar
from course_utils.models.imagenet import load_bundled_weights
from course_utils.models.nin_2013 import nin
from course_utils.models.resnet_2015 import resnet_cifar

SHAPE = (28, 28, 1)
BUILDERS = {  # at about equal parameters
    "resnet20-fashion": partial(resnet_cifar, 20, input_shape=SHAPE),  # 269,434
    "densenet22-fashion": partial(densenet_cifar, 22, input_shape=SHAPE),  # 270,418
    "nin-fashion": partial(nin, "cifar10", input_shape=SHAPE, width=0.53),  # 272,231
}
"""Functions without arguments that build the networks, trained or not yet."""

FOLDER = "nets"  # in bundled


def trained(name):
    """A network that was trained on Fashion-MNIST, ready to be looked into.

    Args:
        name: which one, as in "resnet20-fashion".

    Returns:
        A functional `keras.Model`: images (n, 28, 28, 1) from 0 to 1 to logits (n, 10), in the order of
        `data.load("fashion-mnist-mini").class_names`.

    Raises:
        ValueError: no trained network has this name; the message says which there are.
        DataError: the file of weights is broken.
    """
    _known(name)
    model = BUILDERS[name]()
    load_bundled_weights(model, f"{FOLDER}/{name}.npz")
    return model


def record(name):
    """How the network was trained, a dict: recipe, curve (a row an epoch), test_accuracy, parameters, macs, machine …

    Raises:
        ValueError: no trained network has this name.
        DataError: the record is missing or broken.
    """
    _known(name)
    with data.bundled(f"{FOLDER}/{name}.json") as path:
        return json.loads(path.read_text(encoding="utf-8"))


def _known(name):
    one_of([file for file in BUILDERS if (data.BUNDLED / FOLDER / f"{file}.npz").exists()], name, "a trained network")
