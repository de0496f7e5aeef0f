"""The course's networks, each as its paper has it: one file a paper, with its blocks and its table.

Functions that return a `keras.Model`; `course_utils.blocks` has the blocks by themselves.

All take `classes=` and `input_shape=`, and end in logits: no softmax. Layers have the paper's names, so that
`model.summary()` and the cost table read like the paper's own table. Built in notebooks 02 and 04 to 10.
"""

from course_utils.models.alexnet_2012 import alexnet
from course_utils.models.convnext_2022 import convnext
from course_utils.models.densenet_2016 import densenet, densenet_cifar
from course_utils.models.googlenet_2014 import googlenet
from course_utils.models.mobilenet_2017 import mobilenet
from course_utils.models.mobilenet_v2_2018 import mobilenet_v2
from course_utils.models.nin_2013 import nin
from course_utils.models.resnet_2015 import resnet, resnet_cifar
from course_utils.models.resnext_2016 import resnext
from course_utils.models.se_resnet_2017 import se_resnet
from course_utils.models.squeezenet_2016 import squeezenet
from course_utils.models.vgg_2014 import vgg

__all__ = ["alexnet", "convnext", "densenet", "densenet_cifar", "googlenet", "mobilenet", "mobilenet_v2", "nin"]
__all__ += ["resnet", "resnet_cifar", "resnext", "se_resnet", "squeezenet", "vgg"]
