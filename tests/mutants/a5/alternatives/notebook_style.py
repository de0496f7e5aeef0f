"""As in the notebooks: zeros on all sides before a strided convolution, helpers of one's own, a table, a loop."""

import keras
import numpy as np
from keras import layers


# question: a5-q1
def residual(x, change, shortcut=None):
    way_around = x
    if shortcut is not None:
        way_around = shortcut(x)
    y = np.add(change(x), way_around)
    return np.where(y < 0, 0, y)


# question: a5-q2
def padded_conv_bn(x, filters, size=3, stride=1):
    if stride > 1 and size > 1:
        x = layers.ZeroPadding2D(size // 2)(x)
    padding = "valid" if stride > 1 else "same"
    x = layers.Conv2D(filters, size, stride, padding, use_bias=False)(x)
    return layers.BatchNormalization(momentum=0.9, epsilon=1e-5)(x)


def add_shortcut(x, y, stride):
    if x.shape != y.shape:
        x = padded_conv_bn(x, y.shape[-1], 1, stride)
    return layers.ReLU()(layers.Add()([x, y]))


def basic_block(x, filters, stride=1):
    y = layers.ReLU()(padded_conv_bn(x, filters, stride=stride))
    return add_shortcut(x, padded_conv_bn(y, filters), stride)


# question: a5-q3
def bottleneck_block(x, filters, stride=1):
    y = layers.ReLU()(padded_conv_bn(x, filters, 1, stride))
    y = layers.ReLU()(padded_conv_bn(y, filters))
    return add_shortcut(x, padded_conv_bn(y, 4 * filters, 1), stride)


# question: a5-q4
def block_cost(height, width, cin, filters, stride=1, bottleneck=False):
    block = bottleneck_block if bottleneck else basic_block
    maps = keras.Input((height, width, cin))
    model = keras.Model(maps, block(maps, filters, stride))
    parameters = sum(int(np.prod(weight.shape)) for weight in model.trainable_variables)
    macs = 0
    for layer in model.layers:
        if isinstance(layer, layers.Conv2D):
            macs += int(np.prod(layer.kernel.shape)) * int(np.prod(layer.output.shape[1:3]))
    return [parameters, macs]


# question: a5-q5
def dense_block(x, count, growth_rate, compression=None):
    for _ in range(count):
        y = layers.Activation("relu")(layers.BatchNormalization()(x))
        y = layers.Conv2D(growth_rate, 3, padding="same", use_bias=False)(y)
        x = layers.concatenate([x, y])
    if compression:
        kept = x.shape[-1] * compression // 1
        x = layers.Activation("relu")(layers.BatchNormalization()(x))
        x = layers.Dense(int(kept), use_bias=False)(x)  # on maps, a 1×1 convolution
        x = layers.AveragePooling2D(pool_size=(2, 2), strides=2)(x)
    return x


# question: a5-q6
def layer_parameters(reads, k):
    return 2 * reads + reads * 4 * k + 2 * 4 * k + 3 * 3 * 4 * k * k


def densenet_counts(counts, growth_rate, channels, compression=0.5):
    widths = []
    parameters = 0
    for count in counts[:-1]:
        parameters += sum(layer_parameters(channels + growth_rate * i, growth_rate) for i in range(count))
        widths.append(channels + growth_rate * count)
        channels = int(compression * widths[-1])
        parameters += 2 * widths[-1] + widths[-1] * channels
    parameters += sum(layer_parameters(channels + growth_rate * i, growth_rate) for i in range(counts[-1]))
    return [*widths, channels + growth_rate * counts[-1]], parameters


# question: a5-q7
def deep_network(input_shape, classes, budget):
    def build(filters):
        x = image = keras.Input(input_shape)
        x = layers.ReLU()(padded_conv_bn(x, 2 * filters))
        for stage, blocks in enumerate((2, 3, 2)):
            for number in range(blocks):
                stride = 2 if stage and not number else 1
                x = bottleneck_block(x, filters * 2**stage, stride)
        return keras.Model(image, layers.Dense(classes)(layers.GlobalAveragePooling2D()(x)))

    def size(model):
        return sum(int(np.prod(weight.shape)) for weight in model.trainable_variables)

    filters = 1
    while size(build(filters + 1)) <= budget:
        filters += 1
    return build(filters)
