"""The course's networks, each as its paper has it: one file a paper, functions that return a `keras.Model`.

All take `classes=` and `input_shape=`, and end in logits: no softmax. Layers have the paper's names, so that
`model.summary()` and the cost table read like the paper's own table. Built in notebooks 02 (NIN), 04 (AlexNet),
05 (VGG), 06 (GoogLeNet), 07 (ResNet), 08 (DenseNet) and 09 (SqueezeNet). published.py lists their variants with the
numbers that papers and reference code agree on.
"""

from course_utils.models.alexnet import alexnet
from course_utils.models.densenet import densenet, densenet_cifar
from course_utils.models.googlenet import googlenet
from course_utils.models.nin import nin
from course_utils.models.pretrained import load_applications_weights
from course_utils.models.resnet import resnet, resnet_cifar
from course_utils.models.squeezenet import squeezenet
from course_utils.models.vgg import vgg

__all__ = [
    "alexnet",
    "densenet",
    "densenet_cifar",
    "googlenet",
    "load_applications_weights",
    "nin",
    "resnet",
    "resnet_cifar",
    "squeezenet",
    "vgg",
]
