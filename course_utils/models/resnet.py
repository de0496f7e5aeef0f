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

Batch normalisation follows each convolution, which therefore has no bias (momentum 0.9 and epsilon 1e-5, as the authors
have them). Kernels start as in He et al. 2015 (arXiv:1502.01852). A convolution of stride 2 sees its map padded with
zeros on all four sides; Keras's "same" would pad an even map only at the bottom and the right: the same shape, another
function.
"""

from keras import Model, layers

from course_utils.models.common import image_input, one_of

# fmt: off
TABLE_1 = {  # conv2_x … conv5_x: the kind of block, and how many
    18:  ("residual",   2, 2,  2, 2),
    34:  ("residual",   3, 4,  6, 3),
    50:  ("bottleneck", 3, 4,  6, 3),
    101: ("bottleneck", 3, 4, 23, 3),
    152: ("bottleneck", 3, 8, 36, 3),
    # map at 224         56 28  14  7
}
# fmt: on


def conv_bn(x, filters, size, stride=1, name=None):
    """Convolution without bias, then batch normalisation: (h, w, c) to (⌈h / stride⌉, ⌈w / stride⌉, filters)."""
    if stride > 1 and size > 1:
        x = layers.ZeroPadding2D(size // 2, name=f"{name}_pad")(x)
    padding = "valid" if stride > 1 else "same"
    conv = layers.Conv2D(filters, size, stride, padding, use_bias=False, kernel_initializer="he_normal", name=name)
    return layers.BatchNormalization(momentum=0.9, epsilon=1e-5, name=f"{name}_bn")(conv(x))


def add_shortcut(x, y, stride=1, shortcut="B", name=None):
    """ReLU(x + y): the end of a block whose input is `x` and whose last batch normalisation gives `y`.

    Where the two differ in shape, x is brought to the shape of y (section 3.3 of the paper): "A" takes every other row
    and column and appends channels of zeros, without parameters; "B" is a 1×1 convolution, the projection. "plain"
    leaves x out altogether: no addition.
    """
    if shortcut != "plain":
        if shortcut == "B" and x.shape != y.shape:
            x = conv_bn(x, y.shape[-1], 1, stride, name=f"{name}_shortcut")
        elif x.shape != y.shape:
            x = layers.MaxPooling2D(1, stride, name=f"{name}_subsample")(x)
            # Told that channels come first, the layer pads the last two axes: here columns (by 0) and channels.
            zeros = ((0, 0), (0, y.shape[-1] - x.shape[-1]))
            x = layers.ZeroPadding2D(zeros, data_format="channels_first", name=f"{name}_zeros")(x)
        y = layers.Add(name=f"{name}_add")([x, y])
    return layers.ReLU(name=f"{name}_out")(y)


def residual(x, filters, stride=1, shortcut="B", name=None):
    """Figure 2: two 3×3 convolutions beside a shortcut. (h, w, c) to (h / stride, w / stride, filters)."""
    y = conv_bn(x, filters, 3, stride, name=f"{name}_1")
    y = layers.ReLU(name=f"{name}_1_relu")(y)
    y = conv_bn(y, filters, 3, name=f"{name}_2")
    return add_shortcut(x, y, stride, shortcut, name)


def bottleneck(x, filters, stride=1, version="v1", name=None):
    """Figure 5, right: 1×1 down to `filters`, 3×3, 1×1 up to 4 × filters, beside a shortcut.

    A stride sits in the first 1×1 in "v1", as published, and in the 3×3 in "v1.5", as most later code has it.
    """
    strides = (stride, 1) if version == "v1" else (1, stride)
    y = conv_bn(x, filters, 1, strides[0], name=f"{name}_1")
    y = layers.ReLU(name=f"{name}_1_relu")(y)
    y = conv_bn(y, filters, 3, strides[1], name=f"{name}_2")
    y = layers.ReLU(name=f"{name}_2_relu")(y)
    y = conv_bn(y, 4 * filters, 1, name=f"{name}_3")
    return add_shortcut(x, y, stride, "B", name)


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
    kind, *blocks = TABLE_1[one_of(TABLE_1, depth, "ResNet's depth")]
    one_of(("v1", "v1.5"), version, "ResNet's version")
    image = image_input(input_shape, smallest=1, last="conv1")
    x = layers.ReLU(name="conv1_relu")(conv_bn(image, 64, 7, stride=2, name="conv1"))
    x = layers.ZeroPadding2D(1, name="pool1_pad")(x)  # zeros never win: nothing is negative after a ReLU
    x = layers.MaxPooling2D(3, 2, name="pool1")(x)
    for stage, count in enumerate(blocks):
        for number in range(count):
            filters, stride = 64 * 2**stage, 2 if stage > 0 and number == 0 else 1
            name = f"conv{stage + 2}_block{number + 1}"
            if kind == "bottleneck":
                x = bottleneck(x, filters, stride, version, name)
            else:
                x = residual(x, filters, stride, name=name)
    x = layers.GlobalAveragePooling2D(name="avg_pool")(x)
    return Model(image, layers.Dense(classes, name="fc")(x), name=f"resnet{depth}")


def resnet_cifar(depth=20, shortcut="A", width=16, classes=10, input_shape=(32, 32, 3)):
    """The small ResNets of section 4.2, and their plain twins.

    One 3×3 convolution, then three stages of n residual blocks, of `width`, 2 × width and 4 × width channels on maps of
    32×32, 16×16 and 8×8; with the classifier that makes 6n + 2 layers.

    Args:
        depth: 6n + 2; in the paper 20, 32, 44, 56, 110.
        shortcut: "A", as published, "B", or "plain" for the same layers without additions (see `add_shortcut`).
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
    for stage in range(3):
        for number in range((depth - 2) // 6):
            stride = 2 if stage > 0 and number == 0 else 1
            x = residual(x, width * 2**stage, stride, shortcut, name=f"conv{stage + 2}_block{number + 1}")
    x = layers.GlobalAveragePooling2D(name="avg_pool")(x)
    kind = "plain" if shortcut == "plain" else "resnet"
    return Model(image, layers.Dense(classes, name="fc")(x), name=f"{kind}{depth}_cifar")
