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
def batch_norm(x, gamma, beta, mean, variance, training, momentum=0.9, epsilon=1e-5):
    if training:
        flat = x.reshape(-1, x.shape[-1])
        m = flat.mean(axis=0)
        v = (flat**2).mean(axis=0) - m**2
        scale = gamma / np.sqrt(v + epsilon)
        return (
            x * scale + (beta - m * scale),
            mean + (1 - momentum) * (m - mean),
            variance + (1 - momentum) * (v - variance),
        )
    scale = gamma / np.sqrt(variance + epsilon)
    return x * scale + (beta - mean * scale), mean.copy(), variance.copy()


# question: a5-q4
def mend(network, images):
    """A copy from the configuration, without the argument; steps with Keras's own momentum until nothing moves."""

    def call(layer, *args, **kwargs):
        kwargs.pop("training", None)
        return layer(*args, **kwargs)

    pair = output(network, images[:2]), output(network, images[::-1])[::-1][:2]
    twin = keras.models.clone_model(
        network, call_function=call, clone_function=lambda layer: layer.__class__.from_config(layer.get_config())
    )
    twin.set_weights(network.get_weights())
    used = output(twin, images)
    for layer in twin.layers:
        if hasattr(layer, "momentum"):
            layer.momentum = 0.5
    for _ in range(40):
        twin(images, training=True)
    if np.abs(pair[0] - pair[1]).max() > 1e-2:
        return "training=True", twin
    return ("averages" if np.abs(used - output(twin, images)).max() > 0.1 else "healthy"), twin


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
class Pre(layers.Layer):
    def __init__(self, channels):
        super().__init__()
        self.steps = [step for _ in range(2) for step in self.make(channels)]

    def make(self, channels):
        conv = layers.Conv2D(channels, 3, padding="same", use_bias=False)
        return layers.BatchNormalization(epsilon=1e-5), layers.ReLU(), conv

    def call(self, x):
        y = x
        for step in self.steps:
            y = step(y)
        return x + y


def mended_bottleneck(x, filters, stride=1):
    fits = stride == 1 and x.shape[-1] == 4 * filters
    way_around = x if fits else conv_bn(x, 4 * filters, 1, stride)
    y = ops.relu(conv_bn(x, filters, 1, stride))
    return ops.relu(way_around + conv_bn(ops.relu(conv_bn(y, filters)), 4 * filters, 1))


def mended_dense(x, count, growth_rate):
    for _ in range(count):
        y = x
        for filters, size in ((4 * growth_rate, 1), (growth_rate, 3)):
            y = ops.relu(layers.BatchNormalization()(y))
            y = layers.Conv2D(filters, size, padding="same", use_bias=False)(y)
        x = ops.concatenate([x, y], axis=-1)
    return x


def mended(name):
    bugs = {"bottleneck": "discarded", "preactivated": "wrong shortcut", "dense_layers": "shared"}
    blocks = {"bottleneck": mended_bottleneck, "dense_layers": mended_dense}
    return [bugs[name], blocks.get(name, lambda x: Pre(x.shape[-1])(x))]


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
