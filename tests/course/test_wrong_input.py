"""Wrong types, ranks and orders: every public function says in a sentence what was wrong and what to do."""

import re
from types import SimpleNamespace

import keras
import numpy as np
import pytest
from keras import layers

from course_utils import checks, cost, figures, models, training

RNG = np.random.default_rng(0)


def map_model():
    return keras.Sequential([keras.Input((8, 8, 3)), layers.Conv2D(2, 3)], name="maps")


def classifier():
    return keras.Sequential([keras.Input((8, 8, 1)), layers.Flatten(), layers.Dense(3)], name="net")


def images(**changed):
    arrays = {
        "x_train": RNG.random((64, 8, 8, 1), dtype="float32"),
        "y_train": RNG.integers(0, 3, 64),
        "x_test": RNG.random((16, 8, 8, 1), dtype="float32"),
        "y_test": RNG.integers(0, 3, 16),
    }
    return SimpleNamespace(**{**arrays, **changed})


def compare(**changed):
    options = {"builders": {"net": classifier}, "data": images(), "epochs": 1, "seeds": [1], "batch_size": 16}
    return training.compare(**{**options, "progress": False, **changed})


# function, what is wrong: (call, what the message must say)
WRONG = {
    "cost, the function called": (lambda: cost.cost(3), r"write cost\(lambda: vgg\(16\)\)"),
    "cost, no model returned": (lambda: cost.cost(lambda: None), "function without arguments that returns one"),
    "cost, a number for a shape": (lambda: cost.cost(map_model, 224), r"such as \(224, 224, 3\)"),
    "cost, the batch axis given": (lambda: cost.cost(map_model, (None, 8, 8, 3)), "Leave the number of images out"),
    "cost, channels first": (lambda: cost.cost(map_model, (3, 8, 8)), r"Keep to the order \(height, width, channels\)"),
    "cost, a size of 0": (lambda: cost.cost(map_model, (0, 8, 3)), r"such as \(224, 224, 3\)"),
    "cost, a negative size": (lambda: cost.cost(map_model, (-8, 8, 3)), r"such as \(224, 224, 3\)"),
    "cost, a dict of shapes": (lambda: cost.cost(map_model, {"a": (8, 8, 3)}), "in the order of model.inputs"),
    "compare, a list": (lambda: cost.compare([map_model]), "needs a dict of at least one model"),
    "input_gradient, a number for a position": (
        lambda: checks.input_gradient(map_model(), np.zeros((1, 8, 8, 3)), position=1),
        "it has no position 1",
    ),
    "input_gradient, one image": (
        lambda: checks.input_gradient(map_model(), np.zeros((8, 8, 3))),
        r"takes a batch of shape \(None, 8, 8, 3\).*x\[None\]",
    ),
    "input_gradient, no such channel": (
        lambda: checks.input_gradient(map_model(), np.zeros((1, 8, 8, 3)), channel=2),
        "channels 0 to 1, not 2",
    ),
    "wiring, a builder": (
        lambda: checks.wiring(map_model),
        "a Keras model is needed, not function. Call the function first",
    ),
    "gradient_norms, a builder": (
        lambda: checks.gradient_norms(map_model, 0, 0, "mse"),
        "Keras model is needed, not function",
    ),
    "gradient_flow, a builder": (
        lambda: checks.gradient_flow(map_model, 0, 0, "mse"),
        "Keras model is needed, not function",
    ),
    "input_gradient, a builder": (lambda: checks.input_gradient(map_model, 0), "Keras model is needed, not function"),
    "matches_reference, the result": (lambda: checks.matches_reference(3, abs, 3), "hand over the function"),
    "equals, a text": (lambda: checks.equals("3", 3), "must be a number"),
    "training.compare, a list": (lambda: compare(builders=[classifier]), "builders must be a dict"),
    "training.compare, a model": (lambda: compare(builders={"net": classifier()}), "give a function that builds one"),
    "training.compare, texts": (lambda: compare(data=images(y_train=np.array(["cat"] * 64))), "np.unique"),
    "training.compare, one-hot": (lambda: compare(data=images(y_train=np.eye(3)[[0, 1] * 32])), "argmax"),
    "training.compare, bytes": (
        lambda: compare(data=images(x_train=np.zeros((64, 8, 8, 1), "uint8"))),
        "must be floats",
    ),
    "training.compare, NaN": (lambda: compare(data=images(x_test=np.full((16, 8, 8, 1), np.nan))), "NaN or infinite"),
    "training.compare, a dict of data": (lambda: compare(data={"x_train": 1}), "data has no x_train"),
    "training.compare, text for seeds": (lambda: compare(seeds="123"), "give whole numbers"),
    "training.compare, half an epoch": (lambda: compare(epochs=0.5), "epochs must be a whole number"),
    "training.compare, text for a rate": (lambda: compare(learning_rate="fast"), "must be a positive number"),
    "measure, no model": (lambda: training.measure(3), "not a function"),
    "paired, an unknown variant": (lambda: training.paired({"a": [1]}, [("a", "b")]), "no variant b"),
    "layer_costs, a comparison": (
        lambda: figures.layer_costs(cost.compare({"maps": map_model})),
        "take one of its tables",
    ),
    "training.compare, NumPy's rate": (lambda: compare(learning_rate=np.float32(0)), "must be a positive number"),
    "measure, a number for a shape": (lambda: training.measure(classifier, input_shape=8), "input_shape"),
    "recorded, no such name": (lambda: training.recorded("no-such"), "no experiment 'no-such' is recorded"),
    "inside, other things": (lambda: training.inside({}, {}), "Results"),
    **{
        f"models.{name}, channels first": (
            lambda name=name: getattr(models, name)(input_shape=(3, 224, 224)),
            r"begins with the channels.*\(224, 224, 3\)",
        )
        for name in ("alexnet", "vgg", "googlenet", "densenet", "squeezenet")
    },
    "models.nin, channels first": (
        lambda: models.nin("imagenet", input_shape=(3, 224, 224)),
        "begins with the channels",
    ),
    "models.resnet, channels first": (lambda: models.resnet(50, input_shape=(3, 224, 224)), "begins with the channels"),
    "models.vgg, one number": (lambda: models.vgg(16, input_shape=224), "three whole numbers"),
}


@pytest.mark.parametrize("case", WRONG)
def test_wrong_input_is_explained(case):
    call, says = WRONG[case]
    with pytest.raises((ValueError, TypeError, AssertionError, FileNotFoundError)) as caught:
        call()
    message = str(caught.value)
    assert re.search(says, message, re.DOTALL), message
    assert not re.search(r"object has no attribute|not subscriptable|unsupported operand|not iterable", message)


def test_every_function_of_these_packages_is_asked():
    functions = {"cost": ["cost", "compare"], "checks": checks.__all__, "training": training.__all__}
    asked = {case.split(",")[0].split(".")[-1] for case in WRONG}
    takes_nothing_wrong = {"Results", "jit_compile"}  # a class, and no argument
    assert {name for names in functions.values() for name in names} - takes_nothing_wrong <= asked


def test_networks_say_that_they_are_written_for_channels_last():
    before = keras.config.image_data_format()
    keras.config.set_image_data_format("channels_first")
    try:
        with pytest.raises(ValueError, match=r"these networks have channels last.*set_image_data_format"):
            models.resnet(50)
    finally:
        keras.config.set_image_data_format(before)


def test_a_shape_may_be_numpys():
    assert cost.cost(lambda: models.nin("cifar10", input_shape=np.array([32, 32, 3]))).parameters == 966_986
