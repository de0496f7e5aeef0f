"""MobileNetV2: Sandler et al. 2018, "MobileNetV2: inverted residuals and linear bottlenecks" (arXiv:1801.04381).

3,504,872 parameters and 300,774,272 multiply-accumulates; the paper says 3.4 million and 300 million.
"""

from keras import Model, layers

from course_utils.models.common import image_input, part
from course_utils.models.mobilenet_2017 import conv_bn_relu6

TABLE_2 = (  # expansion, channels, blocks, stride of the first
    (1, 16, 1, 1),  # 112×112
    (6, 24, 2, 2),  # 56×56
    (6, 32, 3, 2),  # 28×28
    (6, 64, 4, 2),  # 14×14
    (6, 96, 3, 1),  # 14×14
    (6, 160, 3, 2),  # 7×7
    (6, 320, 1, 1),  # 7×7
)


def inverted_residual(x, filters, stride=1, expansion=6, name=None):
    """1×1 up to expansion × c, depthwise 3×3, 1×1 down: (h, w, c) to (⌈h / stride⌉, ⌈w / stride⌉, filters).

    Built in notebook 10. Sandler et al. 2018 (arXiv:1801.04381), table 1. Where the shape stays, the input is added; no
    ReLU follows the last 1×1, in which few channels have to hold all that was found.
    """
    y = conv_bn_relu6(x, expansion * x.shape[-1], name=part(name, "expand")) if expansion > 1 else x
    y = conv_bn_relu6(y, size=3, stride=stride, name=part(name, "depthwise"))
    y = conv_bn_relu6(y, filters, name=part(name, "project"), relu=False)
    return layers.Add(name=part(name, "add"))([x, y]) if x.shape == y.shape else y


def mobilenet_v2(classes=1000, input_shape=(224, 224, 3)):
    """MobileNetV2 in its full width; arguments, result and errors as in `resnet`."""
    image = image_input(input_shape, smallest=1, last="conv1")
    x = conv_bn_relu6(image, 32, 3, stride=2, name="conv1")
    for stage, (expansion, filters, count, stride) in enumerate(TABLE_2, start=1):
        for number in range(1, count + 1):
            x = inverted_residual(x, filters, stride if number == 1 else 1, expansion, f"stage{stage}_block{number}")
    x = conv_bn_relu6(x, 1280, name="last")
    x = layers.GlobalAveragePooling2D(name="avg_pool")(x)
    return Model(image, layers.Dense(classes, name="fc")(x), name="mobilenet_v2")
