"""Network in Network: Lin, Chen, Yan 2013 (arXiv:1312.4400).

Stacked mlpconv layers; the last has one map a class, and its mean over all positions is that class's logit. The paper
gives no widths: they are those of the first author's models. ReLU follows every convolution, the last one too
(equation 2), so that no logit is below 0. ImageNet: 7,595,176 parameters and 1,100,188,800 multiply-accumulates;
CIFAR-10: 966,986 and 222,486,528.
"""

import keras
from keras import layers

from course_utils.models import common


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
        x = layers.Conv2D(width, 1, activation=activation, name=common.part(name, f"cccp{number}"))(x)
    return x


# The last width of the last row is replaced by the number of classes.
# fmt: off
STAGES = {
    "imagenet": (
        # kernel strides padding  widths             dropout  map, and after pooling
        (11,     4, "valid", (  96,   96,   96), 0.0),  # 54×54×96,   27×27×96
        ( 5,     1, "same",  ( 256,  256,  256), 0.0),  # 27×27×256,  13×13×256
        ( 3,     1, "same",  ( 384,  384,  384), 0.5),  # 13×13×384,  6×6×384
        ( 3,     1, "same",  (1024, 1024, 1000), 0.0),  # 6×6×1000
    ),
    "cifar10": (
        ( 5,     1, "same",  ( 192,  160,   96), 0.5),  # 32×32×96,   16×16×96
        ( 5,     1, "same",  ( 192,  192,  192), 0.5),  # 16×16×192,  8×8×192
        ( 3,     1, "same",  ( 192,  192,   10), 0.0),  # 8×8×10
    ),
}
# fmt: on
DEFAULTS = {"imagenet": (1000, (224, 224, 3), 39), "cifar10": (10, (32, 32, 3), 4)}  # classes, input, smallest input


def nin(version="imagenet", classes=None, input_shape=None):
    """Network in Network.

    Args:
        version: "imagenet", four mlpconv layers, or "cifar10", three.
        classes: number of logits; None means 1000 or 10.
        input_shape: (height, width, channels); None means (224, 224, 3) or (32, 32, 3). At least 39×39 or 4×4.

    Returns:
        A functional `keras.Model`: images (n, height, width, channels) to logits (n, classes). The layer before the
        mean, the last `…_cccp2`, holds the class confidence maps.

    Raises:
        ValueError: no such version, or an image that is too small.
    """
    stages = STAGES[common.one_of(STAGES, version, "the version of Network in Network")]
    default_classes, default_shape, smallest = DEFAULTS[version]
    classes = default_classes if classes is None else classes
    last = len(stages)
    shape = default_shape if input_shape is None else input_shape  # a NumPy array is neither true nor false
    x = inputs = common.image_input(shape, smallest, last=f"pool{last - 1}")
    for number, (kernel_size, strides, padding, filters, dropout) in enumerate(stages, start=1):
        filters = (*filters[:-1], classes) if number == last else filters
        x = mlpconv(x, filters, kernel_size, strides, padding, name=f"conv{number}")
        if number < last:
            x = common.caffe_pool(x, name=f"pool{number}")
        if dropout:
            x = layers.Dropout(dropout, name=f"drop{number}")(x)
    return keras.Model(inputs, layers.GlobalAveragePooling2D(name=f"pool{last}")(x), name=f"nin_{version}")
