"""ResNeXt: Xie, Girshick, Dollár, Tu, He 2016, "Aggregated residual transformations" (arXiv:1611.05431).

ResNet's bottleneck blocks, with a 3×3 that is twice as wide and in 32 groups. Table 1, 32×4d: in conv2_x 32 groups of 4
channels, 1×1, 128; 3×3, 128, 32 groups; 1×1, 256; and from stage to stage twice as many channels. Section 5: the stride
sits in the 3×3. ResNeXt-50 has 25,028,904 parameters and 4,230,479,872 multiply-accumulates.
"""

from functools import partial

from course_utils.models.common import one_of
from course_utils.models.resnet_2015 import TABLE_1, bottleneck, for_imagenet

block = partial(bottleneck, version="v1.5", groups=32, expansion=2)


def resnext(depth=50, classes=1000, input_shape=(224, 224, 3)):
    """ResNeXt-50 or 101, 32×4d; arguments, result and errors as in `resnet`."""
    _, *counts = TABLE_1[one_of((50, 101), depth, "ResNeXt's depth")]
    return for_imagenet(f"resnext{depth}", block, 128, counts, classes, input_shape)
