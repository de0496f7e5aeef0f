"""The course's VGG, ResNet-50 and DenseNet-121 compute what keras.applications' networks compute, weight by weight."""

import functools

import keras
import numpy as np
import pytest
from keras_weights import copy_weights, matched

from course_utils import models
from course_utils.cost.weightless import weightless

# Keras 3.15 itself calls NumPy in a way that NumPy 2 warns about.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")

TOLERANCE = 1e-4  # of the largest logit; a right copy stays below 1e-5
CLASSES = 7
NETWORKS = {  # name in keras.applications: ours, and pixels a side
    "VGG16": (lambda **options: models.vgg(16, **options), 64),
    "VGG19": (lambda **options: models.vgg(19, **options), 64),
    "ResNet50": (lambda **options: models.resnet(50, **options), 64),
    "DenseNet121": (lambda **options: models.densenet(121, **options), 64),
}


def randomise(model, seed=5):
    """Draw every weight: kernels that keep the spread of a ReLU network, biases and BN statistics that matter."""
    rng = np.random.default_rng(seed)
    for weight in model.weights:
        if len(weight.shape) > 1:
            value = rng.standard_normal(weight.shape, "float32") * np.sqrt(2 / np.prod(weight.shape[:-1]))
        elif weight.name in ("gamma", "moving_variance"):
            value = rng.uniform(0.5, 1.5, size=weight.shape)
        else:
            value = 0.1 * rng.normal(size=weight.shape)
        weight.assign(value.astype("float32"))
    return model


def images(size, seed=6):
    return np.random.default_rng(seed).normal(size=(2, size, size, 3)).astype("float32")


def logits(model):
    return keras.ops.convert_to_numpy(model(images(model.input_shape[1]), training=False))


def difference(ours, expected):
    """Largest difference of logits, as a fraction of the largest expected one."""
    return np.abs(logits(ours) - expected).max() / np.abs(expected).max()


def build_ours(name, size=None, classes=CLASSES):
    build, default = NETWORKS[name]
    size = size or default
    return build(classes=classes, input_shape=(size, size, 3))


def build_theirs(name, size=None):
    size = size or NETWORKS[name][1]
    build = getattr(keras.applications, name)
    model = build(weights=None, classes=CLASSES, input_shape=(size, size, 3), classifier_activation=None)
    return randomise(model)


@pytest.fixture(scope="module")
def resnet50():
    """keras.applications' ResNet50 with random weights, and its logits."""
    model = build_theirs("ResNet50")
    return model, logits(model)


@pytest.fixture(scope="module")
def densenet121():
    model = build_theirs("DenseNet121")
    return model, logits(model)


@functools.cache
def unchanged(name):
    """Ours, for tests that copy its layers and leave it as it is."""
    return build_ours(name)


@pytest.mark.parametrize(
    ("name", "size"), [("VGG16", 64), ("VGG19", 64), ("ResNet50", 224), ("ResNet50", 75), ("DenseNet121", 96)]
)
def test_the_same_weights_give_the_same_logits(name, size):
    theirs = build_theirs(name, size)
    expected = logits(theirs)
    assert np.abs(expected[0] - expected[1]).max() > 0.01 * np.abs(expected).max()  # the images are told apart
    ours = build_ours(name, size)
    assert difference(ours, expected) > 0.1  # before the copy
    assert difference(copy_weights(theirs, ours), expected) < TOLERANCE


@pytest.mark.parametrize(
    ("name", "build"),
    [
        ("ResNet101", lambda: models.resnet(101)),
        ("ResNet152", lambda: models.resnet(152)),
        ("DenseNet169", lambda: models.densenet(169)),
        ("DenseNet201", lambda: models.densenet(201)),
    ],
)
def test_each_weight_of_the_deeper_networks_has_its_place(name, build):
    """The whole copy, without the memory for the weights: who is filled from where, in which shape."""
    ours, theirs = weightless(
        lambda: (build(), getattr(keras.applications, name)(weights=None, classifier_activation=None))
    )
    pairs = matched(theirs, ours)
    assert len(pairs) == sum(bool(layer.weights) for layer in ours.layers)
    assert len({other.name for _, other in pairs.values()}) == sum(bool(layer.weights) for layer in theirs.layers)
    taken = [sum(isinstance(layer, keras.layers.Conv2D) for layer in model.layers) for model in (ours, theirs)]
    assert taken[0] == taken[1]
    for layer, other in pairs.values():  # the same place in the order of the network, projections aside
        if "shortcut" not in layer.name:
            assert type(layer) is type(other) and layer.output.shape == other.output.shape


def test_a_copy_takes_bias_and_epsilon_into_the_statistics(resnet50):
    theirs, _ = resnet50
    ours = copy_weights(theirs, build_ours("ResNet50"))
    conv, bn = theirs.get_layer("conv3_block2_1_conv"), theirs.get_layer("conv3_block2_1_bn")
    mean, bias, variance = map(keras.ops.convert_to_numpy, (bn.moving_mean, conv.bias, bn.moving_variance))
    copied = ours.get_layer("conv3_block2_1_bn")
    assert np.abs(bias).max() > 0.1
    np.testing.assert_allclose(keras.ops.convert_to_numpy(copied.moving_mean), mean - bias, rtol=1e-6)
    sums = keras.ops.convert_to_numpy(copied.moving_variance).astype("float64") + copied.epsilon
    np.testing.assert_allclose(sums, variance.astype("float64") + bn.epsilon, rtol=1e-6)


# --- what must be caught ------------------------------------------------------------------------------------------


def with_same_padding(layer):
    """No zeros around the map; instead, Keras's padding wherever the stride is 2."""
    if isinstance(layer, keras.layers.ZeroPadding2D):
        return keras.layers.Identity(name=layer.name)
    config = layer.get_config()
    if isinstance(layer, (keras.layers.Conv2D, keras.layers.MaxPooling2D)) and tuple(layer.strides) == (2, 2):
        config["padding"] = "same"
    return type(layer).from_config(config)


def with_default_epsilon(layer):
    config = layer.get_config()
    if isinstance(layer, keras.layers.BatchNormalization):
        config["epsilon"] = keras.layers.BatchNormalization().epsilon
    return type(layer).from_config(config)


@pytest.mark.parametrize("mistake", [with_same_padding, with_default_epsilon])
@pytest.mark.parametrize("name", ["ResNet50", "DenseNet121"])
def test_wrong_padding_and_wrong_epsilon_are_seen_in_the_logits(request, name, mistake):
    theirs, expected = request.getfixturevalue(name.lower())
    right = unchanged(name)
    wrong = keras.models.clone_model(right, clone_function=mistake)
    assert wrong.count_params() == right.count_params()
    assert difference(copy_weights(theirs, wrong), expected) > 20 * TOLERANCE


def test_strides_of_version_1_5_are_seen_in_the_logits(resnet50):
    theirs, expected = resnet50
    wrong = models.resnet(50, "v1.5", classes=CLASSES, input_shape=(64, 64, 3))
    assert difference(copy_weights(theirs, wrong), expected) > 20 * TOLERANCE


@pytest.mark.parametrize(
    ("name", "build", "layer"),
    [
        ("resnet50", lambda **o: models.resnet(34, **o), "conv2_block1"),
        ("resnet50", lambda **o: models.resnet(101, **o), "conv4_block7"),
        ("densenet121", lambda **o: models.densenet(169, **o), "dense3_layer25"),
        ("densenet121", lambda **o: models.resnet(50, **o), "conv2_block1"),
        ("resnet50", lambda **o: models.resnet(50, **{**o, "classes": 8}), "fc"),
    ],
)
def test_another_network_cannot_be_filled_and_stays_as_it_was(request, name, build, layer):
    theirs, _ = request.getfixturevalue(name)
    ours = build(classes=CLASSES, input_shape=(64, 64, 3))
    before = ours.get_weights()
    with pytest.raises(ValueError, match=layer):
        copy_weights(theirs, ours)
    assert all(map(np.array_equal, ours.get_weights(), before))


def test_a_network_that_is_less_deep_cannot_be_filled():
    theirs = keras.applications.VGG19(weights=None, classes=CLASSES, input_shape=(32, 32, 3))
    with pytest.raises(ValueError, match="no layer for block3_conv4"):
        copy_weights(theirs, models.vgg(16, classes=CLASSES, input_shape=(32, 32, 3)))
