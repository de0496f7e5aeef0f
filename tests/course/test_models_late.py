"""ResNet and DenseNet: parameters and MACs to the unit, wiring, shapes, errors."""

import math
from pathlib import Path

import keras
import numpy as np
import pytest
from published import PUBLISHED, network

from course_utils import blocks, checks, models, reference
from course_utils.cost.weightless import weightless
from course_utils.models import resnet_2015

# Keras 3.15 itself calls NumPy in a way that NumPy 2 warns about.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")


def parameters(model):
    return sum(math.prod(weight.shape) for weight in model.trainable_variables)


def macs(model):
    """One per position and weight of a convolution, one per weight of a dense layer. Counted here, not by `cost`."""
    total = 0
    for layer in model.layers:
        if isinstance(layer, keras.layers.Conv2D):
            total += math.prod(layer.output.shape[1:3]) * math.prod(layer.kernel.shape)
        elif isinstance(layer, keras.layers.Dense):
            total += math.prod(layer.kernel.shape)
    return total


def map_before_pooling(model):
    return tuple(model.get_layer("avg_pool").input.shape[1:])


def run(model, images):
    return keras.ops.convert_to_numpy(model(images, training=False))


def noise(*shape, seed=2):
    return np.random.default_rng(seed).normal(size=shape).astype("float32")


def with_random_statistics(model, seed=3):
    """Batch normalisation as after some training, so that no network is its own initial state by chance."""
    rng = np.random.default_rng(seed)
    for layer in model.layers:
        if isinstance(layer, keras.layers.BatchNormalization):
            for weight in layer.weights:
                weight.assign(rng.uniform(0.5, 1.5, size=weight.shape).astype("float32"))
    return model


# --- parameters and MACs ------------------------------------------------------------------------------------------

LAST_MAPS = {
    "ResNet-18": (7, 7, 512),
    "ResNet-34": (7, 7, 512),
    "ResNet-50": (7, 7, 2048),
    "ResNet-101": (7, 7, 2048),
    "ResNet-152": (7, 7, 2048),
    "ResNet-50 v1.5": (7, 7, 2048),
    "ResNet-20, CIFAR": (8, 8, 64),
    "ResNet-56, CIFAR": (8, 8, 64),
    "DenseNet-121": (7, 7, 1024),
    "DenseNet-169": (7, 7, 1664),
    "DenseNet-201": (7, 7, 1920),
    "DenseNet-264": (7, 7, 2688),
    "DenseNet-40-12": (8, 8, 448),
    "DenseNet-BC-100-12": (8, 8, 342),
}


@pytest.mark.parametrize("name", LAST_MAPS)
def test_parameters_macs_and_last_map(name):
    model, published = network(name), PUBLISHED[name]
    assert (parameters(model), macs(model)) == (published.parameters, published.macs)
    assert map_before_pooling(model) == LAST_MAPS[name]


@pytest.mark.parametrize("depth", [50, 101, 152])
def test_the_two_versions_have_the_same_parameters_and_other_macs(depth):
    v1, later = network(f"ResNet-{depth}"), weightless(lambda: models.resnet(depth, "v1.5"))
    assert [w.shape for w in v1.weights] == [w.shape for w in later.weights]
    # The first 1×1 of three stages works on a map of four times the size: 56², 28², 14² instead of a quarter.
    extra = sum(3 * (56 // 2**s) ** 2 // 4 * (256 * 2**s) * (128 * 2**s) for s in range(3))
    assert macs(later) - macs(v1) == extra


@pytest.mark.parametrize("depth", [20, 32, 44, 56, 110])
def test_shortcuts_of_the_cifar_networks(depth):
    a, b, plain = (weightless(lambda s=s: models.resnet_cifar(depth, s)) for s in ("A", "B", "plain"))
    additions = [sum(isinstance(layer, keras.layers.Add) for layer in model.layers) for model in (a, b, plain)]
    assert additions == [(depth - 2) // 2, (depth - 2) // 2, 0]
    assert (parameters(plain), macs(plain)) == (parameters(a), macs(a))
    projections = 16 * 32 + 32 * 64  # two of them, each with gamma and beta for its output channels
    assert parameters(b) - parameters(a) == projections + 2 * (32 + 64)
    assert macs(b) - macs(a) == 16 * 16 * 16 * 32 + 8 * 8 * 32 * 64
    weighted = [w for w in a.trainable_variables if w.name == "kernel"]
    assert len(weighted) == depth


@pytest.mark.parametrize("depth", [18, 34, 50, 101, 152])
def test_the_depth_counts_the_layers_beside_the_projections(depth):
    model = network(f"ResNet-{depth}")
    kernels = [w.path for w in model.trainable_variables if w.name == "kernel"]
    assert len([path for path in kernels if "shortcut" not in path]) == depth
    assert len(kernels) - depth == (3 if depth < 50 else 4)


@pytest.mark.parametrize("depth", [121, 169, 201, 264])
def test_the_depth_of_densenet_counts_its_layers(depth):
    model = network(f"DenseNet-{depth}")
    counted = 265 if depth == 264 else depth  # Table 1 is one off there: 2 (6 + 12 + 64 + 48) + 3 + 2
    assert len([w for w in model.trainable_variables if w.name == "kernel"]) == counted


@pytest.mark.parametrize(("name", "depth"), [("DenseNet-40-12", 40), ("DenseNet-BC-100-12", 100)])
def test_the_depth_of_a_cifar_densenet_counts_its_layers(name, depth):
    assert len([w for w in network(name).trainable_variables if w.name == "kernel"]) == depth


@pytest.mark.parametrize(
    ("model", "k0", "k", "layers"),
    [
        (lambda: network("DenseNet-121"), (64, 128, 256, 512), 32, (6, 12, 24, 16)),
        (lambda: weightless(lambda: models.densenet(121, growth_rate=16)), (32, 64, 128, 256), 16, (6, 12, 24, 16)),
        (lambda: network("DenseNet-40-12"), (16, 160, 304), 12, (12, 12, 12)),
        (lambda: network("DenseNet-BC-100-12"), (24, 108, 150), 12, (16, 16, 16)),
    ],
)
def test_the_channels_of_a_dense_block_grow_linearly(model, k0, k, layers):
    model = model()
    for block, (start, count) in enumerate(zip(k0, layers, strict=True), start=1):
        # What layer l reads are k0 + k (l − 1) channels.
        read = [
            model.get_layer(f"dense{block}_layer{layer}_concat").input[0].shape[-1] for layer in range(1, count + 1)
        ]
        assert read == [start + k * (layer - 1) for layer in range(1, count + 1)]


def test_a_networks_function_hides_no_file():
    files = {path.stem for path in Path(models.__file__).parent.glob("*.py")}
    assert files.isdisjoint(models.__all__)


# --- the papers' details ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "model",
    [
        lambda: network("ResNet-34"),
        lambda: network("ResNet-50"),
        lambda: weightless(lambda: models.resnet_cifar(20, "B")),
        lambda: network("DenseNet-121"),
        lambda: network("DenseNet-BC-100-12"),
    ],
)
def test_no_bias_under_batch_normalisation_which_has_the_papers_settings(model):
    model = model()
    convolutions = [layer for layer in model.layers if isinstance(layer, keras.layers.Conv2D)]
    normalisations = [layer for layer in model.layers if isinstance(layer, keras.layers.BatchNormalization)]
    assert not any(layer.use_bias for layer in convolutions)
    assert {(layer.momentum, layer.epsilon) for layer in normalisations} == {(0.9, 1e-5)}
    assert {layer.padding for layer in convolutions if layer.strides[0] == 2} <= {"valid"}


@pytest.mark.parametrize(("size", "filters"), [(3, 5), (1, 5), (7, 2)])
@pytest.mark.parametrize("side", [8, 9])
def test_a_strided_convolution_is_padded_on_all_four_sides(size, filters, side):
    image = keras.Input((side, side, 3))
    model = keras.Model(image, blocks.conv_bn(image, filters, size, stride=2, name="conv"))
    x = noise(2, side, side, 3)
    kernel = keras.ops.convert_to_numpy(model.get_layer("conv").kernel)
    expected = reference.conv2d(x, kernel, stride=2, padding=size // 2) / np.sqrt(1 + 1e-5)  # BN as it starts
    np.testing.assert_allclose(run(model, x), expected, atol=1e-5)


def test_shortcut_a_takes_every_other_pixel_and_appends_channels_of_zeros():
    x, y = keras.Input((6, 5, 3)), keras.Input((3, 3, 8))
    model = keras.Model([x, y], blocks.add_shortcut(x, y, stride=2, shortcut="A", name="block"))
    assert not model.weights
    images, other = noise(2, 6, 5, 3), noise(2, 3, 3, 8, seed=4)
    padded = np.concatenate([images[:, ::2, ::2], np.zeros((2, 3, 3, 5))], axis=-1)
    np.testing.assert_allclose(run(model, [images, other]), np.maximum(padded + other, 0), atol=1e-6)


def test_a_shortcut_of_equal_shape_is_the_identity():
    x, y = keras.Input((6, 6, 4)), keras.Input((6, 6, 4))
    images, other = noise(2, 6, 6, 4), noise(2, 6, 6, 4, seed=4)
    for shortcut, expected in (("A", images + other), ("B", images + other), ("plain", other)):
        model = keras.Model([x, y], blocks.add_shortcut(x, y, shortcut=shortcut, name="block"))
        np.testing.assert_allclose(run(model, [images, other]), np.maximum(expected, 0), atol=1e-6)


def test_a_dense_layer_keeps_its_input_and_adds_its_own_channels():
    image = keras.Input((5, 5, 6))
    model = keras.Model(image, blocks.dense_layer(image, 4, name="layer"))
    x = noise(2, 5, 5, 6)
    out = run(model, x)
    assert out.shape == (2, 5, 5, 10)
    np.testing.assert_array_equal(out[..., :6], x)
    assert model.get_layer("layer_1x1").output.shape[-1] == 16


def test_a_transition_compresses_and_halves():
    image = keras.Input((7, 6, 9))
    model = keras.Model(image, blocks.transition(image, 0.5, name="transition"))
    assert model.output_shape == (None, 3, 3, 4)


def test_layers_carry_the_papers_stage_names():
    names = {layer.name for layer in network("ResNet-50").layers}
    assert {"conv1", "pool1", "conv2_block1_shortcut", "conv3_block4_2", "conv5_block3_add", "fc"} <= names
    names = {layer.name for layer in network("DenseNet-121").layers}
    assert {"conv1", "pool1", "dense1_layer1_1x1", "dense3_layer24_3x3", "transition3_pool", "fc"} <= names


@pytest.mark.parametrize(
    "block",
    [
        lambda x: blocks.residual(x, 6, 2, "A"),
        lambda x: blocks.residual(x, 6),
        lambda x: blocks.bottleneck(x, 3, 2, "v1.5"),
        lambda x: blocks.dense_layer(x, 4),
        lambda x: blocks.transition(x),
    ],
)
def test_a_block_without_a_name_can_stand_twice_in_a_model(block):
    image = keras.Input((8, 8, 4))
    names = [layer.name for layer in keras.Model(image, block(block(image))).layers]
    assert len(set(names)) == len(names) and not any("None" in name for name in names)


# --- arguments ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("build", "input_shape"),
    [
        (models.resnet, (65, 40, 4)),
        (models.resnet_cifar, (14, 14, 1)),
        (models.densenet, (29, 33, 1)),
        (models.densenet_cifar, (14, 17, 1)),
    ],
)
def test_any_number_of_classes_and_size_of_image(build, input_shape):
    model = weightless(lambda: build(classes=3, input_shape=input_shape))
    assert model.input_shape == (None, *input_shape)
    assert model.output_shape == (None, 3)
    assert all(size is None or size > 0 for layer in model.layers for size in layer.output.shape)
    assert "activation" not in model.layers[-1].get_config() or model.layers[-1].get_config()["activation"] == "linear"


def test_width_and_growth_rate_scale_the_small_networks():
    assert map_before_pooling(weightless(lambda: models.resnet_cifar(14, width=8)))[-1] == 32
    narrow, wide = (weightless(lambda w=w: models.resnet_cifar(20, width=w)) for w in (8, 16))
    assert 3.8 < macs(wide) / macs(narrow) < 4
    assert map_before_pooling(weightless(lambda: models.densenet_cifar(10, growth_rate=4)))[-1] == 16 + 6 * 4


@pytest.mark.parametrize(
    ("build", "words"),
    [
        (lambda: models.resnet(49), "18, 34, 50, 101, 152, not 49"),
        (lambda: models.resnet("50"), "18, 34, 50, 101, 152, not '50'"),
        (lambda: models.resnet(50, "v2"), "'v1', 'v1.5', not 'v2'"),
        (lambda: models.resnet_cifar(21), "21 is not 6n \\+ 2.* 20, 32, 44, 56, 110"),
        (lambda: models.resnet_cifar(2), "2 is not 6n \\+ 2"),
        (lambda: models.resnet_cifar("20"), "'20' is not 6n \\+ 2"),
        (lambda: models.resnet_cifar(20, "C"), "'A', 'B', 'plain', not 'C'"),
        (lambda: models.densenet(161), "121, 169, 201, 264, not 161"),
        (lambda: models.densenet_cifar(41), "41 is not 3n \\+ 4.*40, 100"),
        (lambda: models.densenet_cifar(43, bottleneck=True), "43 is not 6n \\+ 4.*100, 190, 250"),
        (lambda: models.densenet(input_shape=(28, 224, 3)), "28×224.*transition3_pool.*29×29"),
        (lambda: models.densenet_cifar(input_shape=(3, 3, 3)), "3×3.*transition2_pool.*4×4"),
        (lambda: models.resnet(input_shape=(224, 224)), "input_shape must be"),
        (lambda: models.resnet_cifar(input_shape=(0, 32, 3)), "input_shape must be"),
    ],
)
def test_what_cannot_be_built_says_what_can(build, words):
    with pytest.raises(ValueError, match=words):
        build()


# --- small networks, with weights ---------------------------------------------------------------------------------


def bottlenecks(version):
    image = keras.Input((8, 8, 3))
    x = blocks.bottleneck(blocks.conv_bn(image, 8, 3, name="conv1"), 3, 2, version, name="block1")
    x = blocks.bottleneck(x, 3, 1, version, name="block2")
    x = keras.layers.GlobalAveragePooling2D()(x)
    return keras.Model(image, keras.layers.Dense(3)(x), name="bottlenecks")


SMALL = {
    "A": lambda: models.resnet_cifar(8, "A", width=4, classes=3, input_shape=(9, 8, 3)),
    "B": lambda: models.resnet_cifar(8, "B", width=4, classes=3, input_shape=(9, 8, 3)),
    "plain": lambda: models.resnet_cifar(8, "plain", width=4, classes=3, input_shape=(9, 8, 3)),
    "v1": lambda: bottlenecks("v1"),
    "v1.5": lambda: bottlenecks("v1.5"),
    "dense": lambda: models.densenet_cifar(7, growth_rate=3, classes=3, input_shape=(9, 8, 3)),
    "dense-bc": lambda: models.densenet_cifar(10, growth_rate=3, bottleneck=True, classes=3, input_shape=(9, 8, 3)),
}


@pytest.mark.parametrize("name", SMALL)
def test_every_weight_moves_the_output(name):
    checks.wiring(SMALL[name]())


@pytest.mark.parametrize("name", ["A", "v1", "dense-bc"])
def test_the_gradient_reaches_every_weight(name):
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model = SMALL[name]()
    checks.gradient_flow(model, noise(16, *model.input_shape[1:]), np.arange(16) % 3, loss)


def test_a_block_whose_convolutions_do_not_arrive_is_caught(monkeypatch):
    right = blocks.add_shortcut

    def wrong(x, y, stride=1, shortcut="B", name=None):
        if name == "conv3_block1":
            y = keras.layers.Rescaling(0.0)(y)
        return right(x, y, stride, shortcut, name)

    monkeypatch.setattr(resnet_2015, "add_shortcut", wrong)
    with pytest.raises(AssertionError, match="conv3_block1_1/kernel"):
        checks.wiring(models.resnet_cifar(8, width=4, classes=3, input_shape=(8, 8, 3)))


def test_a_block_that_throws_away_its_first_convolution_is_caught_by_the_count(monkeypatch):
    def wrong(x, filters, stride=1, shortcut="B", name=None):
        blocks.conv_bn(x, filters, 3, stride, name=f"{name}_1")
        y = blocks.conv_bn(x, filters, 3, stride, name=f"{name}_2")
        return blocks.add_shortcut(x, y, stride, shortcut, name)

    monkeypatch.setattr(resnet_2015, "residual", wrong)
    assert parameters(weightless(lambda: models.resnet_cifar(20))) != 269_722


@pytest.mark.parametrize("name", SMALL)
def test_a_saved_network_comes_back(tmp_path, name):
    model = with_random_statistics(SMALL[name]())
    images = noise(2, *model.input_shape[1:])
    expected = run(model, images)
    assert np.abs(expected[0] - expected[1]).max() > 1e-4
    model.save(tmp_path / "model.keras")
    np.testing.assert_allclose(run(keras.models.load_model(tmp_path / "model.keras"), images), expected, rtol=1e-5)
    rebuilt = keras.Model.from_config(model.get_config())
    rebuilt.set_weights(model.get_weights())
    np.testing.assert_allclose(run(rebuilt, images), expected, rtol=1e-5)
