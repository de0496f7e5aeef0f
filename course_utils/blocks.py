"""The building blocks of the course's networks: one function each.

    x = blocks.mlpconv(x, (192, 160, 96), 5, name="mlpconv1")
    x = blocks.inception(x, 64, 96, 128, 16, 32, 32, name="inception_3a")
    x = blocks.residual(x, 64, name="conv2_block1")
    x = blocks.bottleneck(x, 128, stride=2, name="conv3_block1")
    x = blocks.dense_layer(x, 32, name="dense1_layer1")
    x = blocks.transition(x, 0.5, name="transition1")
    x = blocks.fire(x, 16, 64, 64, name="fire2")
    x = blocks.separable(x, 128, stride=2, name="block2")
    x = blocks.inverted_residual(x, 24, stride=2, name="stage2_block1")
    x = blocks.squeeze_excite(x, ratio=16, name="conv2_block1_gate")
    x = blocks.convnext_block(x, name="stage1_block1")

Each takes a map (n, height, width, channels) and returns one of the same height and width, unless it says otherwise.
The layers are called by the block's name and the paper's word for them; without `name`, Keras numbers them.
"""

from course_utils.models.common import conv_bn
from course_utils.models.convnext_2022 import convnext_block
from course_utils.models.densenet_2016 import bn_relu, dense_layer, transition
from course_utils.models.googlenet_2014 import inception
from course_utils.models.mobilenet_2017 import separable
from course_utils.models.mobilenet_v2_2018 import inverted_residual
from course_utils.models.nin_2013 import mlpconv
from course_utils.models.resnet_2015 import add_shortcut, bottleneck, residual
from course_utils.models.se_resnet_2017 import squeeze_excite
from course_utils.models.squeezenet_2016 import fire

__all__ = ["add_shortcut", "bn_relu", "bottleneck", "conv_bn", "convnext_block", "dense_layer", "fire", "inception"]
__all__ += ["inverted_residual", "mlpconv", "residual", "separable", "squeeze_excite", "transition"]
