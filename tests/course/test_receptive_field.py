"""The receptive field by formula is the one that is measured, without a formula: by gradient, or by poking."""

import keras
import numpy as np
import pytest
from keras import layers
from published import PUBLISHED

from course_utils import checks, models
from course_utils.cost import cost


def make_positive(model):
    """Positive constant kernels: nothing cancels, no ReLU closes, and the edge of a field stays well above rounding."""
    for weight in model.weights:
        if len(weight.shape) > 1:
            *window, _, _ = weight.shape
            fan_in = np.prod(weight.shape[:-1]) if "depthwise" not in weight.path else np.prod(window)
            weight.assign(np.full(weight.shape, np.sqrt(np.sqrt(np.prod(window))) / fan_in))


def measured(model, axis=0):
    """Along an axis of a model that ends in a map, from two gradients: the last input index that the first output sees,
    the first that the last output sees, and the index of that output.

    Max pooling passes a gradient to the largest value only. On an image that grows along the axis, that is the last
    one of each window, so the gradient's far end is the field's; a falling image gives its near end. The far end is
    taken from the first output, the near end from the last, where the image's border cannot hide them.
    """
    make_positive(model)
    _, *shape = model.input_shape
    ramp = np.linspace(0.5, 1.5, shape[axis]).reshape([-1 if i == axis else 1 for i in range(3)])
    last = model.output_shape[axis + 1] - 1
    middle = model.output_shape[2 - axis] // 2

    def seen(image, index):
        place = (index, middle) if axis == 0 else (middle, index)
        (gradient,) = checks.input_gradient(model, np.broadcast_to(image, shape)[None], place)
        return np.flatnonzero(np.abs(gradient).sum(tuple(i for i in range(3) if i != axis)))

    return seen(ramp, 0).max(), seen(ramp[::-1] if axis == 0 else ramp[:, ::-1], last).min(), last


def check(model, axis=0):
    """Compare the last map's row of the cost table with what is measured."""
    row = cost(model).rows[-1]
    size, stride, offset = (
        value[axis] if isinstance(value, tuple) else value for value in (row.receptive_field, row.stride, row.offset)
    )
    far, near, last = measured(model, axis)
    length = model.input_shape[axis + 1]
    assert offset + size - 1 < length - 1 and offset + last * stride > 0, "image too small for this measurement"
    assert (near - last * stride, far + 1 - offset) == (offset, size)


def stack(*parts, side=64, width=None):
    image = keras.Input((side, width or side, 2))
    x = image
    for part in parts:
        x = part(x)
    return keras.Model(image, x)


def branches():
    image = keras.Input((40, 40, 2))
    x = layers.Conv2D(3, 3, strides=2, padding="same")(image)
    near = layers.Conv2D(2, 1)(x)
    far = layers.Conv2D(2, 5, padding="same", dilation_rate=2)(x)
    x = layers.Concatenate()([near, far, layers.MaxPooling2D(3, 1, "same")(x)])
    return keras.Model(image, layers.Conv2D(2, 3)(x))


@pytest.mark.parametrize("axis", [0, 1])
@pytest.mark.parametrize(
    "build",
    [
        lambda: stack(layers.Conv2D(3, 3), layers.Conv2D(3, 5)),
        lambda: stack(layers.Conv2D(3, (7, 3), (2, 3), "same"), layers.Conv2D(3, (3, 5), 2, "same")),
        lambda: stack(layers.Conv2D(3, 3, dilation_rate=3, padding="same"), layers.Conv2D(3, 2, 2)),
        lambda: stack(layers.Conv2D(4, 4, 2, "same", activation="relu"), layers.DepthwiseConv2D(3)),
        lambda: stack(layers.SeparableConv2D(4, 3, 2, "same"), layers.Conv2D(4, 3, groups=2)),
        lambda: stack(layers.ZeroPadding2D(((1, 2), (3, 0))), layers.Conv2D(2, 3, 2), layers.MaxPooling2D(3, 2)),
        lambda: stack(layers.Cropping2D(((5, 1), (2, 3))), layers.AveragePooling2D(2), layers.Conv2D(2, 3, 2, "same")),
        lambda: stack(layers.Dense(3), layers.BatchNormalization(), layers.MaxPooling2D(2), layers.Conv2D(2, 3)),
        lambda: stack(keras.Sequential([layers.Conv2D(3, 3), layers.MaxPooling2D()]), layers.Conv2D(2, 2, 2)),
        branches,
    ],
)
def test_small_stacks(build, axis):
    check(build(), axis)


def poked(model):
    """For each output row, the first and last input row whose poke moves it."""
    make_positive(model)
    _, height, *rest = model.input_shape
    pokes = np.zeros((height, height, *rest), "float32")
    pokes[np.arange(height), np.arange(height)] = 1
    moved = keras.ops.convert_to_numpy(model(pokes, training=False)).sum(axis=(2, 3)) != 0  # (input row, output row)
    return [np.flatnonzero(column)[[0, -1]] for column in moved.T]


@pytest.mark.parametrize("padding", ["valid", "same"])
@pytest.mark.parametrize("kernel, stride", [(2, 2), (3, 2), (4, 2), (5, 3), (3, 1)])
def test_transposed_convolution_at_every_phase(kernel, stride, padding):
    model = stack(
        layers.Conv2D(2, 3, 2),
        layers.Conv2DTranspose(2, kernel, stride, padding),
        layers.Conv2D(2, 2),
        side=31,
        width=15,
    )
    row = cost(model).rows[-1]
    fields = poked(model)[2 * stride : -3 * stride]  # away from the border
    assert row.receptive_field == max(last - first + 1 for first, last in fields)
    step = {fields[i + stride][0] - fields[i][0] for i in range(len(fields) - stride)}
    assert step == {row.stride * stride}


def test_nearest_upsampling():
    model = stack(layers.Conv2D(2, 3, 2), layers.UpSampling2D(2), layers.Conv2D(2, 3), side=31, width=15)
    fields = poked(model)[4:-4]
    assert cost(model).rows[-1].receptive_field == max(last - first + 1 for first, last in fields)


# name, that of PUBLISHED where the network stands there: builder, and a tall, narrow image, so that a large field fits
# at little cost. A DenseNet's field does not depend on its growth rate: few channels are quick.
FAMILIES = {
    "AlexNet": (lambda s: models.alexnet(classes=2, input_shape=s), (291, 67)),
    "NIN, ImageNet": (lambda s: models.nin("imagenet", classes=2, input_shape=s), (323, 67)),
    "NIN, CIFAR-10": (lambda s: models.nin("cifar10", input_shape=s), (64, 32)),
    "VGG-11": (lambda s: models.vgg(11, classes=2, input_shape=s), (256, 32)),
    "VGG-13": (lambda s: models.vgg(13, classes=2, input_shape=s), (256, 32)),
    "VGG-16": (lambda s: models.vgg(16, classes=2, input_shape=s), (256, 32)),
    "VGG-19": (lambda s: models.vgg(19, classes=2, input_shape=s), (288, 32)),
    "GoogLeNet": (lambda s: models.googlenet(classes=2, input_shape=s), (576, 64)),
    "ResNet-18": (lambda s: models.resnet(18, input_shape=s), (416, 32)),
    "ResNet-50": (lambda s: models.resnet(50, input_shape=s), (416, 32)),
    "ResNet-50 v1.5": (lambda s: models.resnet(50, version="v1.5", input_shape=s), (416, 32)),
    "ResNet-20, CIFAR": (lambda s: models.resnet_cifar(20, input_shape=s), (96, 32)),
    "plain-20, CIFAR": (lambda s: models.resnet_cifar(20, shortcut="plain", input_shape=s), (96, 32)),
    "DenseNet-121": (lambda s: models.densenet(121, growth_rate=2, classes=2, input_shape=s), (1280, 32)),
    "DenseNet-40-12": (lambda s: models.densenet_cifar(40, growth_rate=2, input_shape=s), (160, 32)),
    "SqueezeNet 1.0": (lambda s: models.squeezenet("1.0", input_shape=s), (288, 67)),
    "SqueezeNet 1.1": (lambda s: models.squeezenet("1.1", input_shape=s), (320, 67)),
}


@pytest.fixture
def float64():
    """In a DenseNet, the edge of a field has gone through so many averages that float32 would round it to 0."""
    if keras.backend.backend() == "torch":
        pytest.skip("on PyTorch Keras computes batch normalisation in float32, whatever the policy")
    before = keras.config.dtype_policy(), keras.config.floatx()
    if keras.backend.backend() == "jax":
        import jax

        jax.config.update("jax_enable_x64", True)
    keras.config.set_floatx("float64")  # for the model's input, which would cast its gradient otherwise
    keras.config.set_dtype_policy("float64")
    yield
    keras.config.set_floatx(before[1])
    keras.config.set_dtype_policy(before[0])
    if keras.backend.backend() == "jax":
        jax.config.update("jax_enable_x64", False)


@pytest.mark.parametrize("name", FAMILIES)
def test_every_family(request, name):
    if "DenseNet" in name:
        request.getfixturevalue("float64")
    build, size = FAMILIES[name]
    model = build((*size, 3))
    table = cost(model)
    if "plain" not in name:
        assert PUBLISHED[name].receptive_field in (None, table.receptive_field)
    seen_most = max((row for row in table.rows if "Conv" in row.kind), key=lambda row: row.receptive_field)
    part = keras.Model(model.input, model.get_layer(seen_most.name).output)
    far, near, last = measured(part)
    assert far < size[0] - 1 and near > 0, "image too small for this measurement"
    assert far - near + last * seen_most.stride + 1 == seen_most.receptive_field == table.receptive_field
    assert near - last * seen_most.stride == seen_most.offset
