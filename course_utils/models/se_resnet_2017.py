"""SE-ResNet: Hu, Shen, Sun 2017, "Squeeze-and-excitation networks" (arXiv:1709.01507).

ResNet's bottleneck blocks, each with a gate on its result (figure 3). SE-ResNet-50 has 28,088,024 parameters and
3,860,488,192 multiply-accumulates.
"""

from functools import partial

from keras import layers

from course_utils.models.common import one_of, part
from course_utils.models.resnet_2015 import TABLE_1, bottleneck, for_imagenet


def squeeze_excite(x, ratio=16, name=None):
    """Each channel times a number from 0 to 1, made from the means of all channels: the shape stays.

    Built in notebook 10. Hu et al. 2017 (arXiv:1709.01507), section 3. Two 1×1 convolutions on a map of 1×1, which is
    what fully connected layers are there: down to 1 / ratio of the channels, ReLU, and up again, sigmoid.
    """
    channels = x.shape[-1]
    y = layers.GlobalAveragePooling2D(keepdims=True, name=part(name, "squeeze"))(x)
    y = layers.Conv2D(channels // ratio, 1, activation="relu", name=part(name, "reduce"))(y)
    y = layers.Conv2D(channels, 1, activation="sigmoid", name=part(name, "excite"))(y)
    return layers.Multiply(name=part(name, "scale"))([x, y])


def se_resnet(depth=50, classes=1000, input_shape=(224, 224, 3)):
    """SE-ResNet-50, 101 or 152; arguments, result and errors as in `resnet`."""
    _, *counts = TABLE_1[one_of((50, 101, 152), depth, "SE-ResNet's depth")]
    block = partial(bottleneck, gate=squeeze_excite)
    return for_imagenet(f"se_resnet{depth}", block, 64, counts, classes, input_shape)
