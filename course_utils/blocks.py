"""The building blocks of Network in Network, GoogLeNet and SqueezeNet: one function each.

    x = blocks.mlpconv(x, (192, 160, 96), 5, name="mlpconv1")
    x = blocks.inception(x, 64, 96, 128, 16, 32, 32, name="inception_3a")
    x = blocks.fire(x, 16, 64, 64, name="fire2")

Each takes a map (n, height, width, channels) and returns one of the same height and width, unless it says otherwise.
The layers are called by the block's name and the paper's word for them, `inception_3a_5x5_reduce`; without `name`,
Keras numbers them. Residual and dense blocks stand in `models/resnet.py` and `models/densenet.py`.
"""

import keras
from keras import layers

__all__ = ["fire", "inception", "mlpconv"]


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
        x = layers.Conv2D(width, 1, activation=activation, name=name and f"{name}_cccp{number}")(x)
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
        part = name and f"{name}_{part}"
        return layers.Conv2D(width, kernel_size, padding="same", activation="relu", name=part)(x)

    pooled = layers.MaxPooling2D(3, 1, "same", name=name and f"{name}_pool")(x)
    branches = [
        conv(x, n1x1, 1, "1x1"),
        conv(conv(x, n3x3_reduce, 1, "3x3_reduce"), n3x3, 3, "3x3"),
        conv(conv(x, n5x5_reduce, 1, "5x5_reduce"), n5x5, 5, "5x5"),
        conv(pooled, pool_proj, 1, "pool_proj"),
    ]
    return keras.layers.Concatenate(name=name and f"{name}_output")(branches)


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
        part = name and f"{name}_{part}"
        return layers.Conv2D(width, kernel_size, padding="same", activation="relu", name=part)(x)

    x = conv(x, squeeze, 1, "squeeze1x1")
    expanded = [conv(x, expand1x1, 1, "expand1x1"), conv(x, expand3x3, 3, "expand3x3")]
    return layers.Concatenate(name=name and f"{name}_concat")(expanded)
