"""Models inside a block, operators in place of layers, recursion; shortcuts first; a deep network of constant width."""
# ruff: noqa: F821  (conv_bn, tower and output are the notebook's)

import keras
import numpy as np
from keras import layers

# question: a5-q1
residual = lambda x, change, shortcut=None: (change(x) + (shortcut or np.copy)(x)).clip(min=0)  # noqa: E731


# question: a5-q2
def basic_block(x, filters, stride=1):
    way_around = layers.Identity()(x)
    if x.shape[-1] != filters or stride > 1:
        way_around = conv_bn(x, filters, size=1, stride=stride)
    change = keras.Sequential(
        [
            layers.Conv2D(filters, 3, strides=(stride, stride), padding="same", use_bias=False),
            layers.BatchNormalization(epsilon=1e-3),
            layers.Activation("relu"),
            layers.Conv2D(filters, 3, padding="same", use_bias=False),
            layers.BatchNormalization(epsilon=1e-3),
        ]
    )
    return keras.activations.relu(way_around + change(x))


# question: a5-q3
def batch_norm(x, gamma, beta, mean, variance, training, momentum=0.9, epsilon=1e-5):
    old = np.stack([mean, variance])
    batch = np.stack([x.mean(axis=(0, 1, 2)), np.square(x - x.mean(axis=(0, 1, 2))).mean(axis=(0, 1, 2))])
    m, v = batch if training else old
    after = np.average([old, batch], axis=0, weights=[momentum, 1 - momentum]) if training else old
    return (x - m) * gamma * (v + epsilon) ** -0.5 + beta, *after


# question: a5-q4
def mend(network, images):
    norm = lambda net: [layer for layer in net.layers if "normalization" in layer.name]  # noqa: E731
    seen = [output(network, part) for part in (images, images[:1])]
    right = tower([layer.gamma.shape[0] for layer in norm(network)])
    right.set_weights(network.get_weights())
    for layer in norm(right):
        layer.momentum = 0
    right(images, training=True)
    for layer in norm(right):
        layer.momentum = 0.9
    depends = not np.allclose(seen[0][:1], seen[1], atol=1e-3)
    wrong = not np.allclose(seen[0], output(right, images), atol=0.1)
    return ("training=True" if depends else "averages" if wrong else "healthy"), right


# question: a5-q5
def dense_block(x, count, growth_rate, compression=None):
    if count:
        normalised = keras.ops.relu(layers.BatchNormalization(epsilon=1e-6)(x))
        new = layers.Conv2D(growth_rate, 3, padding="same", use_bias=False)(normalised)
        return dense_block(keras.ops.concatenate([x, new], -1), count - 1, growth_rate, compression)
    if compression is None:
        return x
    x = keras.ops.relu(layers.BatchNormalization()(x))
    x = layers.Conv2D(int(x.shape[-1] * compression), 1, use_bias=False)(x)
    return keras.ops.average_pool(x, 2)


# question: a5-q6
def mended(name):
    norm = lambda x: layers.ReLU()(layers.BatchNormalization(epsilon=1e-4)(x))  # noqa: E731
    conv = lambda x, n, k: layers.Conv2D(n, k, padding="same", use_bias=False)(x)  # noqa: E731

    def bottleneck(x, filters, stride=1):
        y = conv_bn(layers.ReLU()(conv_bn(layers.ReLU()(conv_bn(x, filters, 1, stride)), filters)), 4 * filters, 1)
        return layers.ReLU()(y + (x if x.shape == y.shape else conv_bn(x, 4 * filters, 1, stride)))

    def dense_layers(x, count, growth_rate):
        if not count:
            return x
        y = conv(norm(conv(norm(x), 4 * growth_rate, 1)), growth_rate, 3)
        return dense_layers(layers.concatenate([x, y]), count - 1, growth_rate)

    def summed(x):
        return x + conv(norm(conv(norm(x), x.shape[-1], 3)), x.shape[-1], 3)

    return {
        "bottleneck": lambda: ("discarded", bottleneck),
        "preactivated": lambda: ("wrong shortcut", summed),
        "dense_layers": lambda: ("shared", dense_layers),
    }[name]()


# question: a5-q7
def deep_network(input_shape, classes, budget):
    def size(width):
        ends = (9 * input_shape[-1] + 2 + classes) * width + classes
        return ends + 10 * (2 * 9 * width**2 + 2 * 2 * width)

    width = 1
    while size(width + 1) <= budget:
        width += 1
    image = keras.Input(input_shape)
    x = layers.Activation("relu")(conv_bn(image, width))
    for _ in range(10):
        y = conv_bn(layers.Activation("relu")(conv_bn(x, width)), width)
        x = layers.Activation("relu")(layers.add([x, y]))
        if x.shape[1] > 8:
            x = layers.MaxPooling2D(2)(x)
    return keras.Model(image, layers.Dense(classes)(layers.GlobalAveragePooling2D()(x)))
