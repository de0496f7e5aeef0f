"""Models inside a block, operators in place of layers, recursion; shortcuts first; a deep network of constant width."""
# ruff: noqa: F821  (conv_bn and helpers of an earlier question are used)

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
def bottleneck_block(x, filters, stride=1):
    way_around = x
    if x.shape[-1] != 4 * filters or stride > 1:
        way_around = conv_bn(x, 4 * filters, size=1, stride=stride)
    y = x
    for number, (size, makes) in enumerate([(1, filters), (3, filters), (1, 4 * filters)]):
        y = conv_bn(y if number == 0 else layers.ReLU()(y), makes, size, stride if number == 0 else 1)
    return keras.ops.maximum(keras.ops.add(y, way_around), 0.0)


# question: a5-q4
def conv_cost(rows, columns, cin, cout, size):
    return np.array([size**2 * cin * cout + 2 * cout, size**2 * cin * cout * rows * columns])


def block_cost(height, width, cin, filters, stride=1, bottleneck=False):
    cout = filters * 4 if bottleneck else filters
    at = len(range(0, height, stride)), len(range(0, width, stride))
    if bottleneck:
        cost = conv_cost(*at, cin, filters, 1) + conv_cost(*at, filters, filters, 3) + conv_cost(*at, filters, cout, 1)
    else:
        cost = conv_cost(*at, cin, filters, 3) + conv_cost(*at, filters, filters, 3)
    return cost if stride == 1 and cin == cout else cost + conv_cost(*at, cin, cout, 1)


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
def densenet_counts(counts, growth_rate, channels, compression=0.5):
    count, *others = counts
    reads = channels + growth_rate * np.arange(count)
    end = channels + growth_rate * count
    inner = 4 * growth_rate
    parameters = int((reads * (2 + inner) + 2 * inner + 9 * inner * growth_rate).sum())
    if not others:
        return [end], parameters
    kept = int(end * compression)
    widths, rest = densenet_counts(others, growth_rate, kept, compression)
    return [end, *widths], parameters + 2 * end + end * kept + rest


# question: a5-q7
def deep_network(input_shape, classes, budget):
    def size(width):
        ends = (9 * input_shape[-1] + 2 + classes) * width + classes
        return ends + 10 * block_cost(1, 1, width, width)[0]

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
