"""The building blocks of Network in Network, GoogLeNet, ResNet, DenseNet and SqueezeNet: one function each.

    x = blocks.mlpconv(x, (192, 160, 96), 5, name="mlpconv1")
    x = blocks.inception(x, 64, 96, 128, 16, 32, 32, name="inception_3a")
    x = blocks.residual(x, 64, name="conv2_block1")
    x = blocks.bottleneck(x, 128, stride=2, name="conv3_block1")
    x = blocks.dense_layer(x, 32, name="dense1_layer1")
    x = blocks.transition(x, 0.5, name="transition1")
    x = blocks.fire(x, 16, 64, 64, name="fire2")

Each takes a map (n, height, width, channels) and returns one of the same height and width, unless it says otherwise.
The layers are called by the block's name and the paper's word for them, `inception_3a_5x5_reduce`; without `name`,
Keras numbers them.

In the blocks of ResNet and DenseNet, convolutions have no bias, since batch normalisation follows or has its own, and
start as in He et al. 2015 (arXiv:1502.01852); batch normalisation has momentum 0.9 and epsilon 1e-5, as the authors
have them.
"""

from keras import layers

__all__ = [
    "add_shortcut",
    "bn_relu",
    "bottleneck",
    "conv_bn",
    "dense_layer",
    "fire",
    "inception",
    "mlpconv",
    "residual",
    "transition",
]


def mlpconv(x, filters, kernel_size, strides=1, padding="same", activation="relu", name=None):
    """A convolution, then 1×1 convolutions: the same small network of fully connected layers at each position.

    Built in notebook 02. Lin, Chen, Yan 2013, "Network in Network" (arXiv:1312.4400), section 3.1.

    Args:
        x: a map (n, h, w, c).
        filters: widths of the convolution and of each 1×1 after it, as in (192, 160, 96).
        kernel_size, strides, padding: of the first convolution.
        activation: after each convolution; None leaves them linear, and the 1×1s then add nothing.
        name: the first layer is called so, the others `{name}_cccp1`, `{name}_cccp2`, …: "cascaded cross-channel
            parametric pooling", the paper's word for a 1×1.

    Returns:
        A map (n, h_out, w_out, filters[-1]); with the defaults, h_out = h and w_out = w.
    """
    first, *others = filters
    x = layers.Conv2D(first, kernel_size, strides, padding, activation=activation, name=name)(x)
    for number, width in enumerate(others, start=1):
        x = layers.Conv2D(width, 1, activation=activation, name=_part(name, f"cccp{number}"))(x)
    return x


def inception(x, n1x1, n3x3_reduce, n3x3, n5x5_reduce, n5x5, pool_proj, name=None):
    """Four views of one map side by side: 1×1, 3×3, 5×5, and 3×3 max pooling; 1×1s make them affordable.

    Built in notebook 03. Szegedy et al. 2014, "Going deeper with convolutions" (arXiv:1409.4842), figure 2.

    Args:
        x: a map (n, h, w, c).
        n1x1 … pool_proj: six widths, in the order of a row of the paper's table 1. A reduction or a projection of 0 is
            left out: with three of them 0, this is the naive module of figure 2a.
        name: what the paper calls the module, as in "inception_3a".

    Returns:
        A map (n, h, w, n1x1 + n3x3 + n5x5 + pool_proj); without projection, c takes the place of pool_proj.
    """

    def conv(x, width, kernel_size, part):
        if not width:
            return x
        return layers.Conv2D(width, kernel_size, padding="same", activation="relu", name=_part(name, part))(x)

    pooled = layers.MaxPooling2D(3, 1, "same", name=_part(name, "pool"))(x)
    branches = [
        conv(x, n1x1, 1, "1x1"),
        conv(conv(x, n3x3_reduce, 1, "3x3_reduce"), n3x3, 3, "3x3"),
        conv(conv(x, n5x5_reduce, 1, "5x5_reduce"), n5x5, 5, "5x5"),
        conv(pooled, pool_proj, 1, "pool_proj"),
    ]
    return layers.Concatenate(name=_part(name, "output"))(branches)


def conv_bn(x, filters, size, stride=1, name=None):
    """Convolution, then batch normalisation: (h, w, c) to (⌈h / stride⌉, ⌈w / stride⌉, filters).

    Built in notebook 07. With a stride, the map is padded with zeros on all four sides; Keras's "same" would pad an
    even map only at the bottom and the right: the same shape, another function.
    """
    if stride > 1 and size > 1:
        x = layers.ZeroPadding2D(size // 2, name=_part(name, "pad"))(x)
    padding = "valid" if stride > 1 else "same"
    return _bn(_conv(x, filters, size, stride, padding, name), name)


def residual(x, filters, stride=1, shortcut="B", name=None):
    """Two 3×3 convolutions beside a shortcut: (h, w, c) to (⌈h / stride⌉, ⌈w / stride⌉, filters).

    Built in notebook 07. He et al. 2015, "Deep residual learning" (arXiv:1512.03385), figure 2. `shortcut` is that of
    `add_shortcut`.
    """
    y = conv_bn(x, filters, 3, stride, name=_part(name, "1"))
    y = layers.ReLU(name=_part(name, "1_relu"))(y)
    y = conv_bn(y, filters, 3, name=_part(name, "2"))
    return add_shortcut(x, y, stride, shortcut, name)


def bottleneck(x, filters, stride=1, version="v1", name=None):
    """1×1 down to `filters`, 3×3, 1×1 up to 4 × filters, beside a shortcut: (h, w, c) to (…, …, 4 × filters).

    Built in notebook 07. He et al. 2015 (arXiv:1512.03385), figure 5, right. A stride sits in the first 1×1 in "v1", as
    published, and in the 3×3 in "v1.5", as most later code has it.
    """
    strides = (stride, 1) if version == "v1" else (1, stride)
    y = conv_bn(x, filters, 1, strides[0], name=_part(name, "1"))
    y = layers.ReLU(name=_part(name, "1_relu"))(y)
    y = conv_bn(y, filters, 3, strides[1], name=_part(name, "2"))
    y = layers.ReLU(name=_part(name, "2_relu"))(y)
    y = conv_bn(y, 4 * filters, 1, name=_part(name, "3"))
    return add_shortcut(x, y, stride, "B", name)


def add_shortcut(x, y, stride=1, shortcut="B", name=None):
    """ReLU(x + y): the end of a block whose input is `x` and whose last batch normalisation gives `y`.

    Where the two differ in shape, x is brought to the shape of y (He et al. 2015, section 3.3): "A" takes every other
    row and column and appends channels of zeros, without parameters; "B" is a 1×1 convolution, the projection. "plain"
    leaves x out altogether: no addition.
    """
    if shortcut != "plain":
        if shortcut == "B" and x.shape != y.shape:
            x = conv_bn(x, y.shape[-1], 1, stride, name=_part(name, "shortcut"))
        elif x.shape != y.shape:
            x = layers.MaxPooling2D(1, stride, name=_part(name, "subsample"))(x)
            # Told that channels come first, the layer pads the last two axes: here columns (by 0) and channels.
            zeros = ((0, 0), (0, y.shape[-1] - x.shape[-1]))
            x = layers.ZeroPadding2D(zeros, data_format="channels_first", name=_part(name, "zeros"))(x)
        y = layers.Add(name=_part(name, "add"))([x, y])
    return layers.ReLU(name=_part(name, "out"))(y)


def dense_layer(x, growth_rate, bottleneck=True, dropout=0, name=None):
    """BN, ReLU, 3×3 convolution, and the result beside the input: (h, w, c) to (h, w, c + growth_rate).

    Built in notebook 08. Huang et al. 2016, "Densely connected convolutional networks" (arXiv:1608.06993), section 3.
    With `bottleneck`, a BN, ReLU and 1×1 convolution to 4 × growth_rate channels come first (DenseNet-B). `dropout` is
    the share of values dropped after each convolution.
    """
    y = x
    if bottleneck:
        y = _bn_relu_conv(y, 4 * growth_rate, 1, dropout, _part(name, "1x1"))
    y = _bn_relu_conv(y, growth_rate, 3, dropout, _part(name, "3x3"))
    return layers.Concatenate(name=_part(name, "concat"))([x, y])


def transition(x, compression=0.5, dropout=0, name=None):
    """BN, ReLU, 1×1 convolution, 2×2 average pool: (h, w, c) to (h // 2, w // 2, compression × c), rounded down.

    Built in notebook 08. Huang et al. 2016 (arXiv:1608.06993), section 3. The paper's text has no ReLU here; the
    authors' code has one.
    """
    x = _bn_relu_conv(x, int(compression * x.shape[-1]), 1, dropout, name)
    return layers.AveragePooling2D(2, name=_part(name, "pool"))(x)


def bn_relu(x, name=None):
    """Batch normalisation, then ReLU: the shape stays."""
    return layers.ReLU(name=_part(name, "relu"))(_bn(x, name))


def fire(x, squeeze, expand1x1, expand3x3, name=None):
    """Few 1×1 filters squeeze the channels; 1×1 and 3×3 filters side by side expand them again.

    Built in notebook 09. Iandola et al. 2016, "SqueezeNet" (arXiv:1602.07360), section 3.2.

    Args:
        x: a map (n, h, w, c).
        squeeze, expand1x1, expand3x3: the three widths.
        name: what the paper calls the module, as in "fire2".

    Returns:
        A map (n, h, w, expand1x1 + expand3x3).
    """

    def conv(x, width, kernel_size, part):
        return layers.Conv2D(width, kernel_size, padding="same", activation="relu", name=_part(name, part))(x)

    x = conv(x, squeeze, 1, "squeeze1x1")
    expanded = [conv(x, expand1x1, 1, "expand1x1"), conv(x, expand3x3, 3, "expand3x3")]
    return layers.Concatenate(name=_part(name, "concat"))(expanded)


def _bn_relu_conv(x, filters, size, dropout, name):
    """The order of DenseNet: normalisation and ReLU come before the convolution."""
    x = _conv(bn_relu(x, name), filters, size, 1, "same", name)
    return layers.Dropout(dropout, name=_part(name, "dropout"))(x) if dropout else x


def _conv(x, filters, size, stride, padding, name):
    return layers.Conv2D(filters, size, stride, padding, use_bias=False, kernel_initializer="he_normal", name=name)(x)


def _bn(x, name):
    return layers.BatchNormalization(momentum=0.9, epsilon=1e-5, name=_part(name, "bn"))(x)


def _part(name, part):
    """Name of a layer in the block called `name`; None, which leaves it to Keras, where the block has none."""
    return name and f"{name}_{part}"
