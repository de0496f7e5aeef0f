"""Subclassed layers with keras.ops, the second convolution made before the first; closed formulas; a DenseNet."""
# ruff: noqa: F821  (conv_bn is the notebook's)

import keras
import numpy as np
from keras import layers


# question: a5-q1
def residual(x, change, shortcut=lambda x: x):
    y = change(x) + (x if shortcut is None else shortcut(x))
    return y * (y > 0)


# question: a5-q2
ops = keras.ops


class ConvBN(layers.Layer):
    def __init__(self, filters, size, stride):
        super().__init__()
        self.bn = layers.BatchNormalization()
        self.conv = layers.Conv2D(filters, size, stride, "same", use_bias=False)

    def call(self, x, training=False):
        return self.bn(self.conv(x), training=training)


class Basic(layers.Layer):
    def __init__(self, filters, stride, project):
        super().__init__()
        self.way_around = ConvBN(filters, 1, stride) if project else layers.Identity()
        self.second = ConvBN(filters, 3, 1)
        self.first = ConvBN(filters, 3, stride)

    def call(self, x, training=False):
        y = self.second(ops.relu(self.first(x, training=training)), training=training)
        return ops.relu(y + self.way_around(x))


def basic_block(x, filters, stride=1):
    return Basic(filters, stride, (stride, x.shape[-1]) != (1, filters))(x)


# question: a5-q3
def bottleneck_block(x, filters, stride=1):
    fits = stride == 1 and x.shape[-1] == 4 * filters
    way_around = x if fits else conv_bn(x, 4 * filters, 1, stride)
    y = x[:, ::stride, ::stride]  # a strided 1×1 sees nothing else
    for makes, size in ((filters, 1), (filters, 3)):
        y = ops.relu(conv_bn(y, makes, size))
    return ops.relu(way_around + conv_bn(y, 4 * filters, 1))


# question: a5-q4
def block_cost(height, width, cin, filters, stride=1, bottleneck=False):
    f = filters
    cout = 4 * f if bottleneck else f
    kernels = cin * f + 9 * f * f + 4 * f * f if bottleneck else 9 * (cin * f + f * f)
    norms = 6 * f if bottleneck else 2 * f
    if stride > 1 or cin != cout:
        kernels, norms = kernels + cin * cout, norms + cout
    rows, columns = (height + stride - 1) // stride, (width + stride - 1) // stride
    return np.array([kernels + 2 * norms, kernels * rows * columns])


# question: a5-q5
class DenseLayer(layers.Layer):
    def __init__(self, growth_rate):
        super().__init__()
        self.conv = layers.Conv2D(growth_rate, 3, padding="same", use_bias=False)
        self.bn = layers.BatchNormalization()

    def call(self, x):
        return ops.concatenate([x, self.conv(ops.relu(self.bn(x)))], axis=-1)


def dense_block(x, count, growth_rate, compression=None):
    for _ in range(count):
        x = DenseLayer(growth_rate)(x)
    if compression is None:
        return x
    x = layers.Activation("relu")(layers.BatchNormalization()(x))
    kept = int(np.floor(compression * x.shape[-1]))
    return layers.Conv2D(kept, 1, use_bias=False)(layers.AveragePooling2D(2)(x))  # the two may change places


# question: a5-q6
def densenet_counts(counts, growth_rate, channels, compression=0.5):
    k, widths, parameters = growth_rate, [], 0
    for n in counts:
        if widths:
            parameters += channels * (2 + int(channels * compression))
            channels = int(channels * compression)
        reads = n * channels + k * n * (n - 1) // 2
        parameters += reads * (2 + 4 * k) + n * (8 * k + 36 * k * k)
        channels += n * k
        widths.append(channels)
    return np.array(widths), parameters


# question: a5-q7
def deep_network(input_shape, classes, budget):
    def thin_layer(x, k):
        y = layers.Conv2D(k, 3, padding="same", use_bias=False)(layers.ReLU()(layers.BatchNormalization()(x)))
        return layers.Concatenate()([x, y])

    def build(k):
        x = image = keras.Input(input_shape)
        x = layers.Conv2D(2 * k, 3, padding="same", use_bias=False)(x)
        for block in range(3):
            for _ in range(6):
                x = thin_layer(x, k)
            if block < 2:
                x = layers.Conv2D(x.shape[-1] // 2, 1, use_bias=False)(layers.ReLU()(layers.BatchNormalization()(x)))
                x = layers.AveragePooling2D(2)(x)
        x = layers.GlobalAveragePooling2D()(layers.ReLU()(layers.BatchNormalization()(x)))
        return keras.Model(image, layers.Dense(classes)(x))

    k, best = 1, None
    while (model := build(k)) and sum(np.prod(w.shape) for w in model.trainable_variables) <= budget:
        k, best = k + 1, model
    return best
