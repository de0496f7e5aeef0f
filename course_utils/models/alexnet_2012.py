"""AlexNet: Krizhevsky, Sutskever, Hinton 2012, "ImageNet classification with deep convolutional neural networks".

Section 3.5 and figure 2. Two GPUs held half of the channels each; conv2, conv4 and conv5 see only the half on their
own GPU, which is a convolution in two groups. The paper says 224×224 pixels, its arithmetic needs 227×227.
60,965,224 parameters and 724,406,816 multiply-accumulates; without groups 62,378,344 and 1,135,256,096.
"""

import keras
from keras import layers

from course_utils.models import common

# fmt: off
CONVS = (
    # name   filters kernel strides padding grouped  then           map
    ("conv1",     96,   11,   4,   "valid", False,  "norm pool"),  # 55×55×96,  pooled 27×27×96
    ("conv2",    256,    5,   1,   "same",  True,   "norm pool"),  # 27×27×256, pooled 13×13×256
    ("conv3",    384,    3,   1,   "same",  False,  ""),           # 13×13×384
    ("conv4",    384,    3,   1,   "same",  True,   ""),           # 13×13×384
    ("conv5",    256,    3,   1,   "same",  True,   "pool"),       # 13×13×256, pooled 6×6×256
)
# fmt: on


def alexnet(groups=2, classes=1000, input_shape=(227, 227, 3)):
    """AlexNet, as published or without its groups.

    Args:
        groups: 2 as in the paper, or 1: each filter of conv2, conv4 and conv5 sees all channels.
        classes: number of logits.
        input_shape: (height, width, channels), at least 67×67.

    Returns:
        A functional `keras.Model`: images (n, height, width, channels) to logits (n, classes).

    Raises:
        ValueError: another number of groups, or an image that is too small.
    """
    common.one_of((1, 2), groups, "AlexNet's groups")
    x = inputs = common.image_input(input_shape, smallest=67, last="pool5")
    for name, filters, kernel_size, strides, padding, grouped, then in CONVS:
        grouping = {"groups": groups if grouped else 1, "activation": "relu", "name": name}
        x = layers.Conv2D(filters, kernel_size, strides, padding, **grouping)(x)
        if "norm" in then:
            x = common.LocalResponseNormalization(name=name.replace("conv", "norm"))(x)
        if "pool" in then:  # 3×3 in steps of 2: neighbours overlap
            x = layers.MaxPooling2D(3, 2, name=name.replace("conv", "pool"))(x)
    x = layers.Flatten(name="flatten")(x)
    for number in (6, 7):
        x = layers.Dense(4096, activation="relu", name=f"fc{number}")(x)
        x = layers.Dropout(0.5, name=f"drop{number}")(x)
    return keras.Model(inputs, layers.Dense(classes, name="fc8")(x), name="alexnet")
