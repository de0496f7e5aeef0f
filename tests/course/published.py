"""The course's networks in the variants that their papers have, with the numbers that papers and code agree on.

benchmarks/cost.py reads them, too.
"""

import functools
from dataclasses import dataclass
from typing import Any

import keras

from course_utils import models
from course_utils.cost.weightless import weightless


@dataclass(frozen=True)
class Variant:
    """Attributes: build, a function without arguments that returns the network; its trainable parameters; its
    multiply-accumulates for one image; its receptive field at the last convolution, in pixels, None where no source
    has it."""

    build: Any
    parameters: int
    macs: int
    receptive_field: int | None = None


# fmt: off
PUBLISHED = {
    "AlexNet":            Variant(lambda: models.alexnet(),               60_965_224,    724_406_816, 163),
    "AlexNet, no groups": Variant(lambda: models.alexnet(groups=1),       62_378_344,  1_135_256_096, 163),
    "NIN, ImageNet":      Variant(lambda: models.nin("imagenet"),          7_595_176,  1_100_188_800, 195),
    "NIN, CIFAR-10":      Variant(lambda: models.nin("cifar10"),             966_986,    222_486_528, 27),
    "VGG-11":             Variant(lambda: models.vgg(11),                132_863_336,  7_609_090_048, 134),
    "VGG-13":             Variant(lambda: models.vgg(13),                133_047_848, 11_308_466_176, 140),
    "VGG-16":             Variant(lambda: models.vgg(16),                138_357_544, 15_470_264_320, 196),
    "VGG-19":             Variant(lambda: models.vgg(19),                143_667_240, 19_632_062_464, 252),
    "GoogLeNet":          Variant(lambda: models.googlenet(),              6_998_552,  1_582_671_872),
    "GoogLeNet, heads":   Variant(lambda: models.googlenet(True),         13_378_280,  1_591_044_096),
    "ResNet-18":          Variant(lambda: models.resnet(18),              11_689_512,  1_814_073_344, 435),
    "ResNet-34":          Variant(lambda: models.resnet(34),              21_797_672,  3_663_761_408),
    "ResNet-50":          Variant(lambda: models.resnet(50),              25_557_032,  3_857_973_248, 483),
    "ResNet-50 v1.5":     Variant(lambda: models.resnet(50, "v1.5"),      25_557_032,  4_089_184_256, 427),
    "ResNet-101":         Variant(lambda: models.resnet(101),             44_549_160,  7_570_194_432),
    "ResNet-152":         Variant(lambda: models.resnet(152),             60_192_808, 11_282_415_616),
    "ResNet-20, CIFAR":   Variant(lambda: models.resnet_cifar(20),           269_722,     40_551_040),
    "ResNet-56, CIFAR":   Variant(lambda: models.resnet_cifar(56),           853_018,    125_485_696),
    "DenseNet-121":       Variant(lambda: models.densenet(121),            7_978_856,  2_834_161_664),
    "DenseNet-169":       Variant(lambda: models.densenet(169),           14_149_480,  3_359_843_328),
    "DenseNet-201":       Variant(lambda: models.densenet(201),           20_013_928,  4_291_365_888),
    "DenseNet-264":       Variant(lambda: models.densenet(264),           33_337_704,  5_751_653_376),
    "DenseNet-40-12":     Variant(lambda: models.densenet_cifar(40),       1_019_722,    264_812_928),
    "DenseNet-BC-100-12": Variant(lambda: models.densenet_cifar(100, bottleneck=True), 769_162, 287_929_692),
    "SqueezeNet 1.0":     Variant(lambda: models.squeezenet("1.0"),        1_248_424,    818_924_576, 155),
    "SqueezeNet 1.1":     Variant(lambda: models.squeezenet("1.1"),        1_235_496,    349_151_936, 207),
    "ResNeXt-50":         Variant(lambda: models.resnext(50),             25_028_904,  4_230_479_872, 427),
    "MobileNet":          Variant(lambda: models.mobilenet(),              4_231_976,    568_740_352, 315),
    "SE-ResNet-50":       Variant(lambda: models.se_resnet(50),           28_088_024,  3_860_488_192, 483),
    "MobileNetV2":        Variant(lambda: models.mobilenet_v2(),           3_504_872,    300_774_272),
    "ConvNeXt-T":         Variant(lambda: models.convnext("tiny"),        28_589_128,  4_455_531_264),
}
# fmt: on


@functools.cache
def network(name):
    """The network of that name, without memory for its weights: built once, however many tests look at it."""
    return weightless(PUBLISHED[name].build)


def applications_of_keras():
    """Names of the networks in keras.applications."""
    return [name for name in dir(keras.applications) if name[0].isupper()]


def application(name):
    """A builder of a network of keras.applications, without trained weights; the input size that some leave open."""
    size = {"input_shape": (224, 224, 3)} if name.startswith("MobileNetV3") else {}
    return lambda: getattr(keras.applications, name)(weights=None, **size)
