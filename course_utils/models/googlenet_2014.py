"""GoogLeNet: Szegedy et al. 2014, "Going deeper with convolutions" (arXiv:1409.4842).

Table 1, figure 3 and, for the side heads, section 5. 6,998,552 parameters and 1,582,671,872 multiply-accumulates;
with both side heads 13,378,280 and 1,591,044,096. Three rows of the paper's table, conv1, 4c and 5a, do not fit its own
drawing: see notebook 06.
"""

import keras
from keras import layers

from course_utils.models import common


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
        return layers.Conv2D(width, kernel_size, padding="same", activation="relu", name=common.part(name, part))(x)

    pooled = layers.MaxPooling2D(3, 1, "same", name=common.part(name, "pool"))(x)
    branches = [
        conv(x, n1x1, 1, "1x1"),
        conv(conv(x, n3x3_reduce, 1, "3x3_reduce"), n3x3, 3, "3x3"),
        conv(conv(x, n5x5_reduce, 1, "5x5_reduce"), n5x5, 5, "5x5"),
        conv(pooled, pool_proj, 1, "pool_proj"),
    ]
    return layers.Concatenate(name=common.part(name, "output"))(branches)


# fmt: off
MODULES = (
    # name  1×1  3×3 reduce, 3×3  5×5 reduce, 5×5  pool proj   map
    ("3a",   64,       96,  128,        16,    32,   32),    # 28×28×256
    ("3b",  128,      128,  192,        32,    96,   64),    # 28×28×480, pooled 14×14×480
    ("4a",  192,       96,  208,        16,    48,   64),    # 14×14×512
    ("4b",  160,      112,  224,        24,    64,   64),    # 14×14×512
    ("4c",  128,      128,  256,        24,    64,   64),    # 14×14×512
    ("4d",  112,      144,  288,        32,    64,   64),    # 14×14×528
    ("4e",  256,      160,  320,        32,   128,  128),    # 14×14×832, pooled 7×7×832
    ("5a",  256,      160,  320,        32,   128,  128),    # 7×7×832
    ("5b",  384,      192,  384,        48,   128,  128),    # 7×7×1024
)
# fmt: on
POOLED = {"3b": "pool3", "4e": "pool4"}
SIDE_HEADS = {"4a": "side1", "4d": "side2"}


def side_head(x, classes, name):
    """A small classifier on a middle map (n, h, w, c): its logits (n, classes). h and w must be at least 5."""
    x = layers.AveragePooling2D(5, 3, name=f"{name}_pool")(x)  # 4×4
    x = layers.Conv2D(128, 1, activation="relu", name=f"{name}_conv")(x)
    x = layers.Flatten(name=f"{name}_flatten")(x)
    x = layers.Dense(1024, activation="relu", name=f"{name}_fc")(x)
    x = layers.Dropout(0.7, name=f"{name}_drop")(x)
    return layers.Dense(classes, name=f"{name}_logits")(x)


def googlenet(side_heads=False, classes=1000, input_shape=(224, 224, 3)):
    """GoogLeNet: nine inception modules.

    Args:
        side_heads: add the two classifiers that help in training, on 4a and 4d. The model then has three outputs.
            The paper adds their losses with weights 1, 0.3 and 0.3, which is `loss_weights=` of `model.compile`.
        classes: number of logits.
        input_shape: (height, width, channels), at least 31×31, with side heads 79×79.

    Returns:
        A functional `keras.Model`: images (n, height, width, channels) to logits (n, classes), or to a list of three
        such: the network's own, those of the side head on 4a, of that on 4d.

    Raises:
        ValueError: an image that is too small.
    """
    smallest, last = (79, "side1_pool") if side_heads else (31, "pool4")
    inputs = common.image_input(input_shape, smallest, last)
    x = layers.ZeroPadding2D(3, name="conv1_border")(inputs)  # "same" would put 2 at the top and 3 at the bottom
    x = layers.Conv2D(64, 7, 2, activation="relu", name="conv1")(x)  # 112×112×64
    x = common.caffe_pool(x, name="pool1")  # 56×56×64
    x = common.LocalResponseNormalization(name="norm1")(x)
    x = layers.Conv2D(64, 1, activation="relu", name="conv2_reduce")(x)
    x = layers.Conv2D(192, 3, padding="same", activation="relu", name="conv2")(x)  # 56×56×192
    x = common.LocalResponseNormalization(name="norm2")(x)
    x = common.caffe_pool(x, name="pool2")  # 28×28×192
    heads = []
    for name, *widths in MODULES:
        x = inception(x, *widths, name=f"inception_{name}")
        if side_heads and name in SIDE_HEADS:
            heads.append(side_head(x, classes, SIDE_HEADS[name]))
        if name in POOLED:
            x = common.caffe_pool(x, name=POOLED[name])
    x = layers.GlobalAveragePooling2D(name="pool5")(x)
    logits = layers.Dense(classes, name="logits")(layers.Dropout(0.4, name="drop5")(x))
    return keras.Model(inputs, [logits, *heads] if heads else logits, name="googlenet")
