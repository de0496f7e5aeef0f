"""SqueezeNet: Iandola et al. 2016, "SqueezeNet: AlexNet-level accuracy with 50x fewer parameters" (arXiv:1602.07360).

Table 1 (version 1.0) and the authors' later version 1.1, of the same accuracy for less work. As in their files, ReLU
follows conv10 too; the border of zeros that theirs has around conv10 in version 1.0 is left out.
Version 1.0: 1,248,424 parameters and 818,924,576 multiply-accumulates at 224×224; 1.1: 1,235,496 and 349,151,936.
"""

import keras
from keras import layers

from course_utils.models import common, imagenet


def fire(x, squeeze, expand1x1, expand3x3, name=None):
    """Few 1×1 filters, then 1×1 and 3×3 filters side by side: (h, w, c) to (h, w, expand1x1 + expand3x3).

    Built in notebook 09. Iandola et al. 2016, "SqueezeNet" (arXiv:1602.07360), section 3.2. The arguments are widths.
    """

    def conv(x, width, kernel_size, part):
        return layers.Conv2D(width, kernel_size, padding="same", activation="relu", name=common.part(name, part))(x)

    x = conv(x, squeeze, 1, "squeeze1x1")
    expanded = [conv(x, expand1x1, 1, "expand1x1"), conv(x, expand3x3, 3, "expand3x3")]
    return layers.Concatenate(name=common.part(name, "concat"))(expanded)


# fmt: off
CONV1 = {"1.0": (96, 7), "1.1": (64, 3)}  # filters, kernel, in steps of 2: 109×109×96 or 111×111×64
POOL_AFTER = {"1.0": (1, 4, 8), "1.1": (1, 3, 5)}
FIRES = (
    # name squeeze expand 1×1, 3×3   map in 1.0,    in 1.1, at 224×224
    ("fire2", 16,  64,  64),       # 54×54×128      55×55×128
    ("fire3", 16,  64,  64),       # 54×54×128      55×55×128
    ("fire4", 32, 128, 128),       # 54×54×256      27×27×256
    ("fire5", 32, 128, 128),       # 27×27×256      27×27×256
    ("fire6", 48, 192, 192),       # 27×27×384      13×13×384
    ("fire7", 48, 192, 192),       # 27×27×384      13×13×384
    ("fire8", 64, 256, 256),       # 27×27×512      13×13×512
    ("fire9", 64, 256, 256),       # 13×13×512      13×13×512
)
# fmt: on


def squeezenet(version="1.1", classes=1000, input_shape=None, weights=None):
    """SqueezeNet 1.0 or 1.1; version 1.1 also trained.

    Args:
        version: "1.0" or "1.1".
        classes: number of logits.
        input_shape: (height, width, channels), at least 21×21 in version 1.0 and 17×17 in 1.1. None means
            (224, 224, 3), and with trained weights (227, 227, 3), on which they were trained; other sizes work as well.
        weights: None, or "imagenet": version 1.1 trained on ImageNet-1k, which travels with the course. Feed it what
            `imagenet.preprocess` returns. ImageNet's images are for non-commercial research: see bundled/PROVENANCE.md.

    Returns:
        A functional `keras.Model`: images (n, height, width, channels) to logits (n, classes). Layer "conv10" holds
        the class confidence maps.

    Raises:
        ValueError: no such version, an image that is too small, or weights that do not fit the other arguments.
        DataError: the file of weights is missing or broken.
    """
    common.one_of(CONV1, version, "SqueezeNet's version")
    common.one_of((None, "imagenet"), weights, "SqueezeNet's weights")
    side = 227 if weights else 224
    input_shape = (side, side, 3) if input_shape is None else input_shape
    filters, kernel_size = CONV1[version]
    pools = POOL_AFTER[version]
    x = inputs = common.image_input(input_shape, {"1.0": 21, "1.1": 17}[version], last=f"pool{pools[-1]}")
    if weights and (version, classes, input_shape[-1]) != ("1.1", 1000, 3):
        raise ValueError(
            f"the trained weights are for version '1.1' with 1000 classes and 3 channels, not for version {version!r} "
            f"with {classes} classes and {input_shape[-1]} channels. Leave weights or the other arguments out."
        )
    x = layers.Conv2D(filters, kernel_size, 2, activation="relu", name="conv1")(x)
    x = common.caffe_pool(x, name="pool1")
    for number, (name, *widths) in enumerate(FIRES, start=2):
        x = fire(x, *widths, name=name)
        if number in pools:
            x = common.caffe_pool(x, name=f"pool{number}")
    x = layers.Dropout(0.5, name="drop9")(x)
    x = layers.Conv2D(classes, 1, activation="relu", name="conv10")(x)  # 13×13×1000
    outputs = layers.GlobalAveragePooling2D(name="pool10")(x)
    model = keras.Model(inputs, outputs, name=f"squeezenet_{version.replace('.', '_')}")
    if weights:
        imagenet.load_bundled_weights(model, "squeezenet_v1_1_imagenet_f16.npz")
    return model
