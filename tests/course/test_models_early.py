"""AlexNet, NIN, VGG, GoogLeNet, SqueezeNet: counted to the unit, computed against NumPy, and every error."""

import hashlib
import math

import keras
import numpy as np
import pytest
from published import PUBLISHED, network

from course_utils import blocks, data, models, reference
from course_utils.cost.weightless import weightless
from course_utils.models import common
from course_utils.models.googlenet_2014 import MODULES
from course_utils.models.imagenet import decode, preprocess
from course_utils.models.squeezenet_2016 import FIRES

# Keras 3.15 itself calls NumPy in a way that NumPy 2 warns about.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")


def macs(model):
    """Multiply-accumulates of the convolutions and dense layers: weights of the kernel × positions of the output."""
    total = 0
    for layer in model.layers:
        if isinstance(layer, (keras.layers.Conv2D, keras.layers.Dense)):
            total += math.prod(layer.kernel.shape) * math.prod(layer.output.shape[1:-1])
    return total


def kernels(model):
    return sum(isinstance(layer, keras.layers.Conv2D) for layer in model.layers), sum(
        isinstance(layer, keras.layers.Dense) for layer in model.layers
    )


def random(*shape):
    return np.random.default_rng(5).normal(size=shape).astype("float32")


def numpy(x):
    return keras.ops.convert_to_numpy(x)


def randomise(model, seed=3):
    """Random weights, biases too, that keep the size of what passes through."""
    rng = np.random.default_rng(seed)
    for layer in model.layers:
        layer.set_weights(
            [
                rng.normal(size=w.shape, scale=(2 / max(1, np.prod(w.shape[:-1]))) ** 0.5 if w.ndim > 1 else 0.1)
                for w in layer.get_weights()
            ]
        )
    return model


# --- counted ------------------------------------------------------------------------------------------------------

# fmt: off
DRAWN = {  # convolutions, dense layers, the last convolution and its map
    "AlexNet":             (5, 3, "conv5", (13, 13, 256)),
    "AlexNet, no groups":  (5, 3, "conv5", (13, 13, 256)),
    "NIN, ImageNet":      (12, 0, "conv4_cccp2", (6, 6, 1000)),
    "NIN, CIFAR-10":       (9, 0, "conv3_cccp2", (8, 8, 10)),
    "VGG-11":              (8, 3, "conv5_2", (14, 14, 512)),
    "VGG-13":             (10, 3, "conv5_2", (14, 14, 512)),
    "VGG-16":             (13, 3, "conv5_3", (14, 14, 512)),
    "VGG-19":             (16, 3, "conv5_4", (14, 14, 512)),
    "GoogLeNet":          (57, 1, "inception_5b_3x3", (7, 7, 384)),
    "GoogLeNet, heads":   (59, 5, "inception_5b_3x3", (7, 7, 384)),
    "SqueezeNet 1.0":     (26, 0, "conv10", (13, 13, 1000)),
    "SqueezeNet 1.1":     (26, 0, "conv10", (13, 13, 1000)),
}
# fmt: on


@pytest.mark.parametrize("name", DRAWN)
def test_parameters_macs_and_maps_to_the_unit(name):
    convs, dense, last, shape = DRAWN[name]
    model = network(name)
    assert model.count_params() == PUBLISHED[name].parameters
    assert macs(model) == PUBLISHED[name].macs
    assert kernels(model) == (convs, dense)
    assert model.get_layer(last).output.shape[1:] == shape


@pytest.mark.parametrize(("number", "letter"), [(11, "A"), (13, "B"), (16, "D"), (19, "E")])
def test_vgg_by_number_is_the_column_of_the_table(number, letter):
    by_number, by_letter = network(f"VGG-{number}"), weightless(lambda: models.vgg(letter))
    assert by_number.get_config() == by_letter.get_config()
    assert sum(kernels(by_number)) == number


def test_vgg_c_has_three_one_by_one_layers_where_d_has_three_by_three():
    c, d = weightless(lambda: models.vgg("C")), network("VGG-16")
    sizes = {layer.name: layer.kernel_size for layer in c.layers if isinstance(layer, keras.layers.Conv2D)}
    ones = [name for name, size in sizes.items() if size == (1, 1)]
    assert ones == ["conv3_3", "conv4_3", "conv5_3"] and set(sizes.values()) == {(1, 1), (3, 3)}
    assert list(sizes) == [layer.name for layer in d.layers if isinstance(layer, keras.layers.Conv2D)]
    assert d.count_params() - c.count_params() == 8 * (256**2 + 2 * 512**2)


def test_the_maps_of_the_papers_tables():
    """The shapes that stand at the ends of the tables' lines."""
    alex, nin = network("AlexNet"), network("NIN, ImageNet")
    assert [alex.get_layer(f"pool{n}").output.shape[1:] for n in (1, 2, 5)] == [
        (27, 27, 96),
        (13, 13, 256),
        (6, 6, 256),
    ]
    assert [nin.get_layer(f"pool{n}").output.shape[1:] for n in (1, 2, 3)] == [(27, 27, 96), (13, 13, 256), (6, 6, 384)]
    assert nin.get_layer("pool1").padding == "same" and nin.get_layer("pool2").padding == "valid"
    for version, sides in (("1.0", (109, 54, 27, 13)), ("1.1", (111, 55, 27, 13))):
        squeeze = network(f"SqueezeNet {version}")
        pools = [layer.name for layer in squeeze.layers if isinstance(layer, keras.layers.MaxPooling2D)]
        assert tuple(squeeze.get_layer(name).output.shape[1] for name in ("conv1", *pools)) == sides


def test_dropout_stands_where_the_papers_have_it():
    def rates(name):
        return {layer.name: layer.rate for layer in network(name).layers if isinstance(layer, keras.layers.Dropout)}

    assert rates("AlexNet") == rates("VGG-16") == {"drop6": 0.5, "drop7": 0.5}
    assert rates("NIN, ImageNet") == {"drop3": 0.5}
    assert rates("NIN, CIFAR-10") == {"drop1": 0.5, "drop2": 0.5}
    assert rates("GoogLeNet, heads") == {"side1_drop": 0.7, "side2_drop": 0.7, "drop5": 0.4}
    assert rates("SqueezeNet 1.1") == {"drop9": 0.5}


# --- GoogLeNet's table 1 ------------------------------------------------------------------------------------------

# fmt: off
TABLE_1 = {  # as printed: output, parameters in K, operations in M
    "conv1":        ((112, 112, 64),    2.7,  34),
    "conv2":        (( 56,  56, 192), 112,   360),
    "inception_3a": (( 28,  28, 256), 159,   128),
    "inception_3b": (( 28,  28, 480), 380,   304),
    "inception_4a": (( 14,  14, 512), 364,    73),
    "inception_4b": (( 14,  14, 512), 437,    88),
    "inception_4c": (( 14,  14, 512), 463,   100),
    "inception_4d": (( 14,  14, 528), 580,   119),
    "inception_4e": (( 14,  14, 832), 840,   170),
    "inception_5a": ((  7,   7, 832), 1072,   54),
    "inception_5b": ((  7,   7, 1024), 1388,   71),
    "logits":       ((1000,),         1000,    1),
}
WRONG_IN_PRINT = {  # weights of the network that the paper draws, and whether the printed operations fit them
    "conv1":        (    9_408, False),
    "inception_4c": (  509_440, True),
    "inception_5a": (1_042_432, False),
}
# fmt: on


def test_table_1_of_googlenet_row_by_row():
    model = network("GoogLeNet")
    layers = {name: [x for x in model.layers if x.name.split("_reduce")[0].startswith(name)] for name in TABLE_1}
    for name, (shape, printed_k, printed_m) in TABLE_1.items():
        weighted = [x for x in layers[name] if isinstance(x, (keras.layers.Conv2D, keras.layers.Dense))]
        output = model.get_layer(f"{name}_output" if "inception" in name else name).output
        assert output.shape[1:] == shape, name
        weights = sum(math.prod(x.kernel.shape) for x in weighted)
        operations = sum(math.prod(x.kernel.shape) * math.prod(x.output.shape[1:-1]) for x in weighted)
        fits = (abs(weights / 1024 / printed_k - 1) < 0.02, abs(operations / 1e6 - printed_m) <= 1)
        right, operations_fit = WRONG_IN_PRINT.get(name, (weights, True))
        assert weights == right, name
        assert fits == (name not in WRONG_IN_PRINT, operations_fit), name


def test_the_often_quoted_totals_are_the_sums_of_the_tables_columns():
    rows = TABLE_1.values()
    assert sum(k for _, k, _ in rows) == pytest.approx(6800, abs=5)
    assert sum(m for _, _, m in rows) == pytest.approx(1500, abs=5)
    assert 64 * 3 * (7 + 7) == 2688  # what 2.7K would fit


def test_side_heads_are_outputs_two_and_three():
    model = weightless(lambda: models.googlenet(side_heads=True, classes=7))
    assert [x.shape for x in model.outputs] == [(None, 7)] * 3
    assert [model.get_layer(f"side{n}_pool").input.shape[1:] for n in (1, 2)] == [(14, 14, 512), (14, 14, 528)]
    assert model.get_layer("side1_pool").output.shape[1:] == (4, 4, 512)
    plain = weightless(lambda: models.googlenet(classes=7))
    assert plain.output.shape == (None, 7)
    extra = {x.name for x in model.layers} - {x.name for x in plain.layers} - {model.layers[0].name}
    assert len(extra) == 12 and all(name.startswith("side") for name in extra)


# --- blocks and layers against NumPy ------------------------------------------------------------------------------


def numpy_norm(x):
    """Response normalisation with the paper's numbers, channel by channel."""
    out = np.empty_like(x)
    for c in range(x.shape[-1]):
        near = x[..., max(0, c - 2) : c + 3]
        out[..., c] = x[..., c] / (2 + 1e-4 * (near**2).sum(axis=-1)) ** 0.75
    return out


def test_response_normalisation_equals_the_papers_formula():
    x = 30 * random(2, 3, 4, 7)
    np.testing.assert_allclose(numpy(common.LocalResponseNormalization()(x)), numpy_norm(x), rtol=1e-5)
    other = common.LocalResponseNormalization(n=3, k=1, alpha=0.5, beta=1)
    np.testing.assert_allclose(numpy(other(np.ones((1, 1, 1, 3), "float32"))).ravel(), [1 / 2, 1 / 2.5, 1 / 2])


def test_response_normalisation_is_saved_with_its_numbers(tmp_path):
    inputs = keras.Input((3, 3, 4))
    model = keras.Model(inputs, common.LocalResponseNormalization(n=3, k=1.5, alpha=0.1, beta=0.5)(inputs))
    model.save(tmp_path / "norm.keras")
    again = keras.models.load_model(tmp_path / "norm.keras")
    x = random(1, 3, 3, 4)
    assert np.array_equal(numpy(model(x)), numpy(again(x)))
    assert not np.array_equal(numpy(common.LocalResponseNormalization()(x)), numpy(model(x)))


@pytest.mark.parametrize("n", [0, 4])
def test_response_normalisation_needs_a_middle_channel(n):
    with pytest.raises(ValueError, match="must be odd"):
        common.LocalResponseNormalization(n=n)


def numpy_caffe_pool(x):
    """Window by window as Caffe places them: from 2·i, cut at the border, ceil((size − 3) / 2) + 1 of them."""
    rows, columns = (math.ceil((size - 3) / 2) + 1 for size in x.shape[1:3])
    out = np.empty((len(x), rows, columns, x.shape[-1]), x.dtype)
    for i in range(rows):
        for j in range(columns):
            out[:, i, j] = x[:, 2 * i : 2 * i + 3, 2 * j : 2 * j + 3].max(axis=(1, 2))
    return out


@pytest.mark.parametrize("height", [6, 7])
@pytest.mark.parametrize("width", [8, 9])
def test_caffes_pooling_leaves_nothing_out(height, width):
    x = np.abs(random(1, height, width, 2))
    inputs = keras.Input((height, width, 2))
    pooled = numpy(keras.Model(inputs, common.caffe_pool(inputs, name="pool"))(x))
    assert pooled.shape == (1, height // 2, width // 2, 2) and np.array_equal(pooled, numpy_caffe_pool(x))


def conv(model, name, x, **options):
    kernel, bias = model.get_layer(name).get_weights()
    return reference.relu(reference.conv2d(x, kernel, bias, **options))


def block(function, *arguments, **options):
    inputs = keras.Input((6, 5, 4))
    return randomise(keras.Model(inputs, function(inputs, *arguments, **options)))


def test_mlpconv_equals_numpy():
    model, x = block(blocks.mlpconv, (6, 5, 3), 3, name="mlp"), random(2, 6, 5, 4)
    expected = conv(model, "mlp", x, padding="same")
    for name in ("mlp_cccp1", "mlp_cccp2"):
        expected = conv(model, name, expected)
    np.testing.assert_allclose(numpy(model(x)), expected, rtol=1e-4, atol=1e-5)


def test_mlpconv_without_activation_is_one_linear_convolution():
    model, x = block(blocks.mlpconv, (6, 5, 3), 3, activation=None, strides=2, padding="valid"), random(2, 6, 5, 4)
    zero, once, twice = (numpy(model(factor * x)) for factor in (0, 1, 2))
    np.testing.assert_allclose(twice - zero, 2 * (once - zero), rtol=1e-3, atol=1e-5)
    assert once.shape == (2, 2, 2, 3)


def numpy_inception(model, name, x):
    branches = [
        conv(model, f"{name}_1x1", x),
        conv(model, f"{name}_3x3", conv(model, f"{name}_3x3_reduce", x), padding=1),
        conv(model, f"{name}_5x5", conv(model, f"{name}_5x5_reduce", x), padding=2),
        conv(model, f"{name}_pool_proj", reference.max_pool(x, 3, 1, padding=1)),
    ]
    return np.concatenate(branches, axis=-1)


def test_inception_equals_numpy():
    model, x = block(blocks.inception, 2, 3, 4, 1, 2, 3, name="i"), random(2, 6, 5, 4)
    np.testing.assert_allclose(numpy(model(x)), numpy_inception(model, "i", x), rtol=1e-4, atol=1e-5)


def test_the_naive_inception_module_has_no_reductions():
    model, x = block(blocks.inception, 2, 0, 4, 0, 2, 0, name="i"), random(2, 6, 5, 4)
    expected = [
        conv(model, "i_1x1", x),
        conv(model, "i_3x3", x, padding=1),
        conv(model, "i_5x5", x, padding=2),
        reference.max_pool(x, 3, 1, padding=1),
    ]
    np.testing.assert_allclose(numpy(model(x)), np.concatenate(expected, axis=-1), rtol=1e-4, atol=1e-5)


def test_fire_equals_numpy():
    model, x = block(blocks.fire, 2, 3, 4, name="f"), random(2, 6, 5, 4)
    np.testing.assert_allclose(numpy(model(x)), numpy_fire(model, "f", x), rtol=1e-4, atol=1e-5)


def numpy_fire(model, name, x):
    squeezed = conv(model, f"{name}_squeeze1x1", x)
    expanded = [conv(model, f"{name}_expand1x1", squeezed), conv(model, f"{name}_expand3x3", squeezed, padding=1)]
    return np.concatenate(expanded, axis=-1)


@pytest.mark.parametrize("function", [blocks.mlpconv, blocks.inception, blocks.fire])
def test_blocks_need_no_name(function):
    arguments = {"mlpconv": ((2, 2), 3), "inception": (2,) * 6, "fire": (2, 2, 2)}[function.__name__]
    inputs = keras.Input((6, 5, 4))
    twice = keras.Model(inputs, function(function(inputs, *arguments), *arguments))
    assert twice.output.shape[1:3] == (6, 5)


# --- whole networks against NumPy ---------------------------------------------------------------------------------


def dense(model, name, x, activation=reference.relu):
    return activation(reference.dense(x, *model.get_layer(name).get_weights()))


def logits(model, name, x):
    return dense(model, name, x, activation=np.asarray)


def assert_close(found, expected):
    assert np.ptp(expected) > 0
    np.testing.assert_allclose(numpy(found), expected, rtol=1e-3, atol=1e-4 * np.abs(expected).max())


@pytest.mark.parametrize("groups", [1, 2])
def test_alexnet_equals_numpy(groups):
    model = randomise(models.alexnet(groups, classes=3, input_shape=(67, 99, 3)))
    image = random(1, 67, 99, 3)
    x = reference.max_pool(numpy_norm(conv(model, "conv1", image, stride=4)), 3, 2)
    x = reference.max_pool(numpy_norm(conv(model, "conv2", x, padding=2, groups=groups)), 3, 2)
    x = conv(model, "conv3", x, padding=1)
    x = conv(model, "conv4", x, padding=1, groups=groups)
    x = reference.max_pool(conv(model, "conv5", x, padding=1, groups=groups), 3, 2)
    x = dense(model, "fc7", dense(model, "fc6", x.reshape(1, -1)))
    assert_close(model(image), logits(model, "fc8", x))


@pytest.mark.parametrize(("version", "shape"), [("cifar10", (13, 10, 1)), ("imagenet", (71, 78, 3))])
def test_nin_equals_numpy(version, shape):
    model = randomise(models.nin(version, classes=5, input_shape=shape))
    x = image = random(2, *shape)
    last = {"cifar10": 3, "imagenet": 4}[version]
    for stage in range(1, last + 1):
        first = {"stride": 4} if (version, stage) == ("imagenet", 1) else {"padding": "same"}
        x = conv(model, f"conv{stage}", x, **first)
        x = conv(model, f"conv{stage}_cccp2", conv(model, f"conv{stage}_cccp1", x))
        x = numpy_caffe_pool(x) if stage < last else reference.global_average_pool(x)
    assert_close(model(image), x)


def test_vgg_equals_numpy():
    model = randomise(models.vgg("C", classes=3, input_shape=(32, 64, 1)))
    x = image = random(1, 32, 64, 1)
    for stage, depth in enumerate((2, 2, 3, 3, 3), start=1):
        for layer in range(1, depth + 1):
            x = conv(model, f"conv{stage}_{layer}", x, padding="same")
        x = reference.max_pool(x, 2)
    x = dense(model, "fc7", dense(model, "fc6", x.reshape(1, -1)))
    assert_close(model(image), logits(model, "fc8", x))


@pytest.mark.parametrize(("side_heads", "shape"), [(False, (31, 40, 3)), (True, (79, 88, 3))])
def test_googlenet_equals_numpy(side_heads, shape):
    model = randomise(models.googlenet(side_heads, classes=3, input_shape=shape))
    image = random(1, *shape)
    expected = []
    x = numpy_norm(numpy_caffe_pool(conv(model, "conv1", image, stride=2, padding=3)))
    x = conv(model, "conv2", conv(model, "conv2_reduce", x), padding=1)
    x = numpy_caffe_pool(numpy_norm(x))
    for name in ("3a", "3b", "4a", "4b", "4c", "4d", "4e", "5a", "5b"):
        x = numpy_inception(model, f"inception_{name}", x)
        if side_heads and name in ("4a", "4d"):
            side = {"4a": "side1", "4d": "side2"}[name]
            y = conv(model, f"{side}_conv", reference.average_pool(x, 5, 3))
            expected.append(logits(model, f"{side}_logits", dense(model, f"{side}_fc", y.reshape(1, -1))))
        if name in ("3b", "4e"):
            x = numpy_caffe_pool(x)
    expected.insert(0, logits(model, "logits", reference.global_average_pool(x)))
    found = model(image) if side_heads else [model(image)]
    for one, other in zip(found, expected, strict=True):
        assert_close(one, other)


@pytest.mark.parametrize(("version", "pools", "weights"), [("1.0", (1, 4, 8), None), ("1.1", (1, 3, 5), "imagenet")])
def test_squeezenet_equals_numpy(version, pools, weights):
    model = models.squeezenet(version, weights=weights, input_shape=(36, 41, 3))
    model = model if weights else randomise(model)
    image = 40 * random(1, 36, 41, 3)
    x = conv(model, "conv1", image, stride=2)
    for number in range(1, 10):
        x = x if number == 1 else numpy_fire(model, FIRES[number - 2][0], x)
        x = numpy_caffe_pool(x) if number in pools else x
    assert_close(model(image), reference.global_average_pool(conv(model, "conv10", x)))


# --- how the networks are wired -----------------------------------------------------------------------------------


def test_alexnets_groups_do_not_see_each_other():
    model = randomise(models.alexnet(classes=2, input_shape=(67, 67, 3)))
    for name in ("conv1", "conv2", "conv3", "conv4", "conv5"):
        layer = model.get_layer(name)
        half = layer.input.shape[-1] // 2
        x = random(1, 9, 9, 2 * half) if name != "conv1" else random(1, 67, 67, 3)
        changed = x.copy()
        changed[..., half:] += 1
        moved = numpy(layer(x) != layer(changed)).any(axis=(0, 1, 2))
        first, second = np.split(moved, 2)
        grouped = name in ("conv2", "conv4", "conv5")
        assert second.any() and first.any() != grouped, name


# --- classes, input_shape, and errors -----------------------------------------------------------------------------

# fmt: off
SMALLEST = {  # smallest side, layer that vanishes below it
    "alexnet":          (lambda **o: models.alexnet(**o), 67, "pool5"),
    "nin imagenet":     (lambda **o: models.nin("imagenet", **o), 39, "pool3"),
    "nin cifar10":      (lambda **o: models.nin("cifar10", **o), 4, "pool2"),
    "vgg":              (lambda **o: models.vgg("A", **o), 32, "pool5"),
    "googlenet":        (lambda **o: models.googlenet(**o), 31, "pool4"),
    "with side heads":  (lambda **o: models.googlenet(side_heads=True, **o), 79, "side1_pool"),
    "squeezenet 1.0":   (lambda **o: models.squeezenet("1.0", **o), 21, "pool8"),
    "squeezenet 1.1":   (lambda **o: models.squeezenet("1.1", **o), 17, "pool5"),
}
# fmt: on


@pytest.mark.parametrize("name", SMALLEST)
def test_too_small_an_image_is_refused_and_the_smallest_works(name, monkeypatch):
    build, smallest, last = SMALLEST[name]
    model = weightless(lambda: build(classes=3, input_shape=(smallest, smallest + 5, 2)))
    assert model.input.shape == (None, smallest, smallest + 5, 2)
    assert {x.shape for x in model.outputs} == {(None, 3)}
    assert all(min(x.output.shape[1:]) > 0 for x in model.layers)
    for shape in ((smallest - 1, smallest, 3), (smallest, smallest - 1, 3)):
        with pytest.raises(ValueError, match=f"'{last}'.*\n*Use at least {smallest}×{smallest}"):
            build(input_shape=shape)
    # Without the check, that layer is where it ends: what the message says is true.
    monkeypatch.setattr(common, "image_input", lambda shape, *_, **__: keras.Input(shape))
    monkeypatch.setattr(common, "caffe_pool", lambda x, name: keras.layers.MaxPooling2D(3, 2, name=name)(padded(x)))
    built = []
    monkeypatch.setattr(keras.layers.MaxPooling2D, "__init__", noting(keras.layers.MaxPooling2D.__init__, built))
    monkeypatch.setattr(
        keras.layers.AveragePooling2D, "__init__", noting(keras.layers.AveragePooling2D.__init__, built)
    )
    try:
        model = weightless(lambda: build(input_shape=(smallest - 1, smallest - 1, 3)))
    except ValueError:
        assert built[-1] == last
    else:  # Keras 3.13 goes on with an empty map
        assert next(layer.name for layer in model.layers if min(layer.output.shape[1:]) <= 0) == last


def padded(x):
    return keras.layers.ZeroPadding2D(((0, 1 - x.shape[1] % 2), (0, 1 - x.shape[2] % 2)))(x)


def noting(init, names):
    def wrapped(self, *arguments, **options):
        names.append(options.get("name"))
        init(self, *arguments, **options)

    return wrapped


@pytest.mark.parametrize(
    "shape", [(224, 224), (224, 224, 3, 1), (224.5, 224, 3), (224, 0, 3), (None, None, 3), 224, "no"]
)
def test_an_input_shape_that_is_none(shape):
    with pytest.raises(ValueError, match="must be \\(height, width, channels\\)"):
        models.vgg(16, input_shape=shape)


@pytest.mark.parametrize(
    ("build", "listed"),
    [
        (lambda: models.alexnet(groups=3), "1, 2"),
        (lambda: models.nin("mnist"), "'imagenet', 'cifar10'"),
        (lambda: models.vgg(17), "11, 13, 16, 19, 'A', 'B', 'C', 'D', 'E'"),
        (lambda: models.vgg("F"), "'E'"),
        (lambda: models.squeezenet("1.2"), "'1.0', '1.1'"),
        (lambda: models.squeezenet("1.1", weights="cifar"), "'imagenet'"),
    ],
)
def test_a_variant_that_does_not_exist(build, listed):
    with pytest.raises(ValueError, match="must be one of") as caught:
        build()
    assert listed in str(caught.value)


# --- trained weights ----------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def trained():
    return models.squeezenet("1.1", weights="imagenet")


@pytest.mark.parametrize(("photo", "right"), [("cat", {281, 282, 285}), ("coffee", {967, 968})])
def test_the_trained_squeezenet_recognises_photographs(trained, photo, right):
    logits = numpy(trained(preprocess(data.photo(photo))))
    assert logits.shape == (1, 1000)
    (best, _, probability), *others = decode(logits)
    assert best in right and probability > 0.4
    assert {best, *(index for index, _, _ in others)} >= right


def test_other_sizes_and_the_order_of_the_colours(trained):
    cat = data.photo("cat")
    tall = models.squeezenet("1.1", weights="imagenet", input_shape=(256, 384, 3))
    assert decode(tall(preprocess(cat, size=(256, 384))))[0][0] in {281, 282, 285}
    assert tall.get_layer("conv10").output.shape[1:] == (15, 23, 1000)
    probabilities = [{i: p for i, _, p in decode(trained(preprocess(x)), top=1000)} for x in (cat, cat[..., ::-1])]
    assert sum(probabilities[0][i] for i in (281, 282, 285)) > sum(probabilities[1][i] for i in (281, 282, 285))


def test_preprocessing_by_hand():
    image = np.broadcast_to(np.float32([1.0, 0.5, 0.0]), (10, 12, 3))  # orange
    one, many = preprocess(image), preprocess(np.stack([image, image]), size=(5, 6))
    assert one.shape == (1, 227, 227, 3) and many.shape == (2, 5, 6, 3) and one.dtype == np.float32
    np.testing.assert_allclose(one[0, 100, 100], [0 - 104.006, 127.5 - 116.669, 255 - 122.679], rtol=1e-4)
    np.testing.assert_allclose(many, np.broadcast_to(one[0, 0, 0], many.shape), rtol=1e-4)


@pytest.mark.parametrize(
    ("image", "message"),
    [
        (np.zeros((10, 12)), r"not \(10, 12\)"),
        (np.zeros((10, 12, 1)), r"not \(10, 12, 1\)"),
        (np.full((10, 12, 3), 255), "Divide"),
        (np.full((10, 12, 3), -0.5), "0 to 1"),
        (np.full((10, 12, 3), np.nan), "0 to 1"),
    ],
)
def test_what_preprocess_refuses(image, message):
    with pytest.raises(ValueError, match=message):
        preprocess(image)


def test_decode():
    logits = np.zeros(1000)
    logits[[967, 285]] = np.log(999), np.log(500)
    assert [(i, name) for i, name, _ in decode(logits, top=2)] == [(967, "espresso"), (285, "Egyptian Mau")]
    assert decode(logits[None], top=1)[0][2] == pytest.approx(999 / (999 + 500 + 998))
    assert sum(p for _, _, p in decode(logits, top=1000)) == pytest.approx(1)
    with pytest.raises(ValueError, match="1000 classes, not 10"):
        decode(np.zeros(10))


@pytest.mark.parametrize(
    "options", [{"version": "1.0"}, {"classes": 10}, {"input_shape": (227, 227, 1)}, {"input_shape": (227, 227, 4)}]
)
def test_weights_that_do_not_fit(options):
    with pytest.raises(ValueError, match=r"are for version '1\.1' with 1000 classes"):
        models.squeezenet(**{"version": "1.1", "weights": "imagenet", **options})


def test_weights_that_are_missing_or_broken(tmp_path, monkeypatch):
    half = (data.BUNDLED / WEIGHTS).read_bytes()[:100_000]
    monkeypatch.setattr(data, "BUNDLED", tmp_path)
    for content in (None, b"", b"no archive", half):
        if content is not None:
            (tmp_path / WEIGHTS).write_bytes(content)
        with pytest.raises(data.DataError, match=f"git checkout -- course_utils/bundled/{WEIGHTS}"):
            models.squeezenet(weights="imagenet")
    with pytest.raises(data.DataError, match=f"git checkout -- course_utils/bundled/{NAMES}"):
        decode(np.zeros(1000))


# --- the bundled weights and names --------------------------------------------------------------------------------

WEIGHTS, NAMES = "squeezenet_v1_1_imagenet_f16.npz", "imagenet_classes.txt"


def test_the_bundle_holds_the_weights_of_squeezenet_and_no_others():
    model = weightless(models.squeezenet)
    shapes = {x.name: x.kernel.shape for x in model.layers if isinstance(x, keras.layers.Conv2D)}
    with np.load(data.BUNDLED / WEIGHTS, allow_pickle=False) as arrays:
        assert {name: arrays[name].shape for name in arrays if name.endswith("_w")} == {
            f"{name}_w": shape for name, shape in shapes.items()
        }
        assert sum(arrays[name].size for name in arrays) == 1_235_496
        assert {arrays[name].dtype for name in arrays} == {np.dtype("float16")}


def test_there_are_a_thousand_names_and_their_hash_is_on_record():
    content = (data.BUNDLED / NAMES).read_bytes()
    names = content.decode().splitlines()
    assert len(names) == 1000 and all(name == name.strip() != "" for name in names)
    assert (names[0], names[281], names[985]) == ("tench", "tabby cat", "daisy")
    assert hashlib.sha256(content).hexdigest() in (data.BUNDLED / "PROVENANCE.md").read_text(encoding="utf-8")


def test_the_modules_of_googlenet_widen_by_what_they_concatenate():
    model = network("GoogLeNet")
    for name, n1x1, _, n3x3, _, n5x5, pool_proj in MODULES:
        assert model.get_layer(f"inception_{name}_output").output.shape[-1] == n1x1 + n3x3 + n5x5 + pool_proj
