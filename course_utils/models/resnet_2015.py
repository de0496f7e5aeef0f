"""ResNet: He, Zhang, Ren, Sun 2015, "Deep residual learning for image recognition" (arXiv:1512.03385).

| stage (Table 1) | map at 224 | 18 and 34 | 50, 101 and 152 |
|---|---|---|---|
| conv1 | 112×112 | 7×7, 64, stride 2 | the same |
| pool1 | 56×56 | 3×3 max pool, stride 2 | the same |
| conv2_x | 56×56 | 3×3, 64 twice | 1×1, 64; 3×3, 64; 1×1, 256 |
| conv3_x | 28×28 | 3×3, 128 twice | 1×1, 128; 3×3, 128; 1×1, 512 |
| conv4_x | 14×14 | 3×3, 256 twice | 1×1, 256; 3×3, 256; 1×1, 1024 |
| conv5_x | 7×7 | 3×3, 512 twice | 1×1, 512; 3×3, 512; 1×1, 2048 |
| fc | 1×1 | average pool, fully connected | the same |

Batch normalisation follows each convolution, which therefore has no bias. A convolution of stride 2 sees its map padded
with zeros on all four sides.
"""

from functools import partial

from keras import Model, layers, ops

from course_utils.models.common import conv_bn, image_input, one_of, part, stem


def residual(x, filters, stride=1, shortcut="B", name=None):
    """Two 3×3 convolutions beside a shortcut: (h, w, c) to (⌈h / stride⌉, ⌈w / stride⌉, filters).

    Built in notebook 07. He et al. 2015, "Deep residual learning" (arXiv:1512.03385), figure 2. `shortcut` is that of
    `add_shortcut`.
    """
    y = conv_bn(x, filters, 3, stride, name=part(name, "1"))
    y = layers.ReLU(name=part(name, "1_relu"))(y)
    y = conv_bn(y, filters, 3, name=part(name, "2"))
    return add_shortcut(x, y, stride, shortcut, name)


def bottleneck(x, filters, stride=1, version="v1", name=None, groups=1, expansion=4, gate=None):
    """1×1 to `filters`, 3×3, 1×1 to expansion × filters, beside a shortcut: (h, w, c) to (…, …, expansion × filters).

    Built in notebook 07. He et al. 2015 (arXiv:1512.03385), figure 5, right. A stride sits in the first 1×1 in "v1", as
    published, and in the 3×3 in "v1.5", as most later code has it. The 3×3 may be in groups, as in ResNeXt, and
    `gate(y, name=…)` may change the result before the addition, as in SE-ResNet: both are built in notebook 10.
    """
    strides = (stride, 1) if version == "v1" else (1, stride)
    y = conv_bn(x, filters, 1, strides[0], name=part(name, "1"))
    y = layers.ReLU(name=part(name, "1_relu"))(y)
    y = conv_bn(y, filters, 3, strides[1], name=part(name, "2"), groups=groups)
    y = layers.ReLU(name=part(name, "2_relu"))(y)
    y = conv_bn(y, expansion * filters, 1, name=part(name, "3"))
    if gate:
        y = gate(y, name=part(name, "gate"))
    return add_shortcut(x, y, stride, "B", name)


def add_shortcut(x, y, stride=1, shortcut="B", name=None):
    """ReLU(x + y): the end of a block whose input is `x` and whose last batch normalisation gives `y`.

    Where the two differ in shape, x is brought to the shape of y (He et al. 2015, section 3.3): "A" takes every other
    row and column and appends channels of zeros, without parameters; "B" is a 1×1 convolution, the projection. "plain"
    leaves x out altogether: no addition.
    """
    if shortcut == "plain":
        return layers.ReLU(name=part(name, "out"))(y)
    if x.shape != y.shape and shortcut == "A":
        x = layers.MaxPooling2D(1, stride, name=part(name, "subsample"))(x)  # windows of one pixel: every other one
        x = ops.pad(x, [(0, 0), (0, 0), (0, 0), (0, y.shape[-1] - x.shape[-1])])
    elif x.shape != y.shape:
        x = conv_bn(x, y.shape[-1], 1, stride, name=part(name, "shortcut"))
    y = layers.Add(name=part(name, "add"))([x, y])
    return layers.ReLU(name=part(name, "out"))(y)


# fmt: off
TABLE_1 = {  # conv2_x … conv5_x: the kind of block, and how many
    18:  (residual,   2, 2,  2, 2),
    34:  (residual,   3, 4,  6, 3),
    50:  (bottleneck, 3, 4,  6, 3),
    101: (bottleneck, 3, 4, 23, 3),
    152: (bottleneck, 3, 8, 36, 3),
    # map at 224      56 28  14  7   squared
}
# fmt: on


def stages(x, block, width, counts):
    """Stages of `counts` blocks; from stage to stage twice as wide, on half the height and width. Then their mean."""
    for stage, count in enumerate(counts):
        for number in range(count):
            stride = 2 if stage > 0 and number == 0 else 1
            x = block(x, width * 2**stage, stride, name=f"conv{stage + 2}_block{number + 1}")
    return layers.GlobalAveragePooling2D(name="avg_pool")(x)


def resnet(depth=50, version="v1", classes=1000, input_shape=(224, 224, 3)):
    """ResNet-18, 34, 50, 101 or 152 as published for ImageNet.

    Args:
        depth: number of layers with weights on the way through, projections not counted.
        version: where a bottleneck has its stride, "v1" or "v1.5"; without effect on 18 and 34. Equal parameters, but
            "v1.5" costs more MACs.
        classes: number of classes.
        input_shape: (height, width, channels); no image is too small, since every window is padded.

    Returns:
        A keras.Model: images (n, height, width, channels) to logits (n, classes).

    Raises:
        ValueError: there is no ResNet of this depth or version, or input_shape is not three whole numbers.
    """
    block, *counts = TABLE_1[one_of(TABLE_1, depth, "ResNet's depth")]
    one_of(("v1", "v1.5"), version, "ResNet's version")
    if block is bottleneck:
        block = partial(bottleneck, version=version)
    return for_imagenet(f"resnet{depth}", block, 64, counts, classes, input_shape)


def for_imagenet(name, block, width, counts, classes, input_shape):
    """The whole network: first layers, stages, classifier."""
    image = image_input(input_shape, smallest=1, last="conv1")
    x = stages(stem(image, 64), block, width, counts)
    return Model(image, layers.Dense(classes, name="fc")(x), name=name)


def resnet_cifar(depth=20, shortcut="A", width=16, classes=10, input_shape=(32, 32, 3)):
    """The small ResNets of section 4.2, and their plain twins.

    One 3×3 convolution, then three stages of n residual blocks, of `width`, 2 × width and 4 × width channels on maps of
    32×32, 16×16 and 8×8; with the classifier that makes 6n + 2 layers.

    Args:
        depth: 6n + 2; in the paper 20, 32, 44, 56, 110.
        shortcut: "A", as published, "B", or "plain" for the same layers without additions (see `blocks.add_shortcut`).
        width: channels of the first stage, 16 in the paper.
        classes, input_shape: as in `resnet`.

    Returns:
        A keras.Model: images (n, height, width, channels) to logits (n, classes).

    Raises:
        ValueError: the depth is not 6n + 2, or there is no such shortcut.
    """
    if depth not in range(8, 2000, 6):
        raise ValueError(f"a depth of {depth!r} is not 6n + 2: 8, 14, 20, 26, …; in the paper 20, 32, 44, 56, 110.")
    one_of(("A", "B", "plain"), shortcut, "shortcut")
    image = image_input(input_shape, smallest=1, last="conv1")
    x = layers.ReLU(name="conv1_relu")(conv_bn(image, width, 3, name="conv1"))
    x = stages(x, partial(residual, shortcut=shortcut), width, [(depth - 2) // 6] * 3)
    kind = "plain" if shortcut == "plain" else "resnet"
    return Model(image, layers.Dense(classes, name="fc")(x), name=f"{kind}{depth}_cifar")
