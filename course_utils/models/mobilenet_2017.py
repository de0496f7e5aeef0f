"""MobileNet: Howard et al. 2017, "MobileNets" (arXiv:1704.04861), table 1.

Each 3×3 convolution but the first is split: 3×3 on each channel by itself (depthwise), then 1×1 (pointwise). Batch
normalisation and ReLU follow each of the two; as in the authors' code, ReLU6, which also cuts at 6.
4,231,976 parameters, the paper's 4.2 million (keras.applications also counts the 21,888 averages of the batch
normalisation), and 568,740,352 multiply-accumulates.
"""

from keras import Model, layers

from course_utils.models.common import image_input, part

# fmt: off
BLOCKS = (  # filters of the 1×1, stride of the depthwise 3×3
    (64, 1), (128, 2), (128, 1), (256, 2), (256, 1), (512, 2),             # 112×112, 56×56, 28×28
    (512, 1), (512, 1), (512, 1), (512, 1), (512, 1), (1024, 2), (1024, 1)  # 14×14, 7×7
)
# fmt: on


def conv_bn_relu6(x, filters=None, size=1, stride=1, name=None, relu=True):
    """Convolution, batch normalisation, ReLU6; without `filters` depthwise, each channel by itself."""
    options = {"padding": "same", "use_bias": False, "name": name}
    if filters is None:
        x = layers.DepthwiseConv2D(size, stride, **options)(x)
    else:
        x = layers.Conv2D(filters, size, stride, **options)(x)
    x = layers.BatchNormalization(name=part(name, "bn"))(x)
    return layers.ReLU(6, name=part(name, "relu"))(x) if relu else x


def separable(x, filters, stride=1, name=None):
    """3×3 on each channel, then 1×1 over all of them: (h, w, c) to (⌈h / stride⌉, ⌈w / stride⌉, filters).

    Built in notebook 10. Howard et al. 2017 (arXiv:1704.04861), figure 3, right.
    """
    x = conv_bn_relu6(x, size=3, stride=stride, name=part(name, "depthwise"))
    return conv_bn_relu6(x, filters, name=part(name, "pointwise"))


def mobilenet(classes=1000, input_shape=(224, 224, 3)):
    """MobileNet, the first version, in its full width; arguments, result and errors as in `resnet`."""
    image = image_input(input_shape, smallest=1, last="conv1")
    x = conv_bn_relu6(image, 32, 3, stride=2, name="conv1")
    for number, (filters, stride) in enumerate(BLOCKS, start=1):
        x = separable(x, filters, stride, name=f"block{number}")
    x = layers.GlobalAveragePooling2D(name="avg_pool")(x)
    return Model(image, layers.Dense(classes, name="fc")(x), name="mobilenet")
