"""DenseNet: Huang, Liu, van der Maaten, Weinberger 2016, "Densely connected convolutional networks" (arXiv:1608.06993).

| stage (Table 1) | map at 224 | 121, 169, 201 and 264 |
|---|---|---|
| conv1, pool1 | 112×112, 56×56 | 7×7, 64, stride 2; 3×3 max pool, stride 2 |
| dense1, transition1 | 56×56, 28×28 | 6 layers of 1×1, 128; 3×3, 32; then 1×1 and 2×2 average pool, stride 2 |
| dense2, transition2 | 28×28, 14×14 | 12 layers; the same transition |
| dense3, transition3 | 14×14, 7×7 | 24, 32, 48, 64 layers; the same transition |
| dense4 | 7×7 | 16, 32, 32, 48 layers |
| fc | 1×1 | global average pool, fully connected |

Every layer reads everything that came before it in its block and adds `growth_rate` channels: after l layers there are
k0 + k·l. Batch normalisation and ReLU come before the convolutions, which have no bias. In the transition, the
paper's text has no ReLU; the authors' code has one, keras.applications and torchvision too, and so it is here.
"""

from keras import Model, layers

from course_utils.models.common import batch_norm, conv, image_input, one_of, part, stem


def dense_layer(x, growth_rate, bottleneck=True, name=None):
    """BN, ReLU, 3×3 convolution, and the result beside the input: (h, w, c) to (h, w, c + growth_rate).

    Built in notebook 08. Huang et al. 2016, "Densely connected convolutional networks" (arXiv:1608.06993), section 3.
    With `bottleneck`, a BN, ReLU and 1×1 convolution to 4 × growth_rate channels come first (DenseNet-B).
    """
    y = x
    if bottleneck:
        y = _bn_relu_conv(y, 4 * growth_rate, 1, part(name, "1x1"))
    y = _bn_relu_conv(y, growth_rate, 3, part(name, "3x3"))
    return layers.Concatenate(name=part(name, "concat"))([x, y])


def transition(x, compression=0.5, name=None):
    """BN, ReLU, 1×1 convolution, 2×2 average pool: (h, w, c) to (h // 2, w // 2, compression × c), rounded down.

    Built in notebook 08. Huang et al. 2016 (arXiv:1608.06993), section 3. The paper's text has no ReLU here; the
    authors' code has one.
    """
    x = _bn_relu_conv(x, int(compression * x.shape[-1]), 1, name)
    return layers.AveragePooling2D(2, name=part(name, "pool"))(x)


def bn_relu(x, name=None):
    """Batch normalisation, then ReLU: the shape stays."""
    return layers.ReLU(name=part(name, "relu"))(batch_norm(x, name))


def _bn_relu_conv(x, filters, size, name):
    """The order of DenseNet: normalisation and ReLU come before the convolution."""
    return conv(bn_relu(x, name), filters, size, name=name)


# fmt: off
TABLE_1 = {  # layers in dense1 … dense4
    121: (6, 12, 24, 16),
    169: (6, 12, 32, 32),
    201: (6, 12, 48, 32),
    264: (6, 12, 64, 48),
    # on   56  28  14  7   squared
}
# fmt: on


def dense_blocks(x, counts, growth_rate, bottleneck, compression):
    """Dense blocks with transitions between them, the last BN and ReLU, and the mean."""
    for block, count in enumerate(counts, start=1):
        for number in range(1, count + 1):
            x = dense_layer(x, growth_rate, bottleneck, name=f"dense{block}_layer{number}")
        if block < len(counts):
            x = transition(x, compression, name=f"transition{block}")
    return layers.GlobalAveragePooling2D(name="avg_pool")(bn_relu(x, "last"))


def densenet(depth=121, growth_rate=32, classes=1000, input_shape=(224, 224, 3)):
    """DenseNet-121, 169, 201 or 264 (DenseNet-BC: bottlenecks, and transitions that halve the channels).

    Args:
        depth: number of layers with weights (264 is the paper's name; its table has 265).
        growth_rate: k, the channels that each layer adds; 32 in Table 1. The first convolution has 2k.
        classes: number of classes.
        input_shape: (height, width, channels), at least 29×29.

    Returns:
        A keras.Model: images (n, height, width, channels) to logits (n, classes).

    Raises:
        ValueError: there is no DenseNet of this depth, or the images are too small.
    """
    counts = TABLE_1[one_of(TABLE_1, depth, "DenseNet's depth")]
    image = image_input(input_shape, smallest=29, last="transition3_pool")
    x = dense_blocks(stem(image, 2 * growth_rate), counts, growth_rate, bottleneck=True, compression=0.5)
    return Model(image, layers.Dense(classes, name="fc")(x), name=f"densenet{depth}")


def densenet_cifar(depth=40, growth_rate=12, bottleneck=False, classes=10, input_shape=(32, 32, 3)):
    """The DenseNets for CIFAR (section 4.2): three dense blocks with equally many layers, on 32×32, 16×16 and 8×8.

    `densenet_cifar(40)` is DenseNet (L = 40, k = 12); `densenet_cifar(100, bottleneck=True)` is DenseNet-BC
    (L = 100, k = 12), with a 1×1 before each 3×3, transitions that halve the channels, and 2k channels instead of 16
    from the first convolution.

    Args:
        depth: 3n + 4 for n layers a block, with `bottleneck` 6n + 4; in the paper 40, 100, and 100, 190, 250.
        growth_rate: k, the channels that each layer adds.
        bottleneck: whether to build DenseNet-BC.
        classes, input_shape: as in `densenet`; at least 4×4.

    Returns:
        A keras.Model: images (n, height, width, channels) to logits (n, classes).

    Raises:
        ValueError: the depth does not fit, or the images are too small.
    """
    step, published = (6, "100, 190, 250") if bottleneck else (3, "40, 100")
    if depth not in range(step + 4, 2000, step):
        raise ValueError(
            f"a depth of {depth!r} is not {step}n + 4, which bottleneck={bottleneck} needs: "
            f"{step + 4}, {2 * step + 4}, {3 * step + 4}, …; in the paper {published}."
        )
    image = image_input(input_shape, smallest=4, last="transition2_pool")
    filters, compression = (2 * growth_rate, 0.5) if bottleneck else (16, 1)
    conv1 = layers.Conv2D(filters, 3, padding="same", use_bias=False, kernel_initializer="he_normal", name="conv1")
    counts = [(depth - 4) // step] * 3
    x = dense_blocks(conv1(image), counts, growth_rate, bottleneck, compression)
    return Model(image, layers.Dense(classes, name="fc")(x), name=f"densenet{depth}_cifar")
