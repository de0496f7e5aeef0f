"""As in the notebooks: zeros on all sides before a strided convolution, helpers of one's own, a table, a loop."""
# ruff: noqa: F821  (tower, output and conv_bn are the notebook's)

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
def batch_norm(x, gamma, beta, mean, variance, training, momentum=0.9, epsilon=1e-5):
    channels = x.shape[3]
    y = np.zeros(x.shape)
    mean, variance = np.array(mean, float), np.array(variance, float)
    for c in range(channels):
        values = x[:, :, :, c]
        if training:
            m = values.sum() / values.size
            v = ((values - m) ** 2).sum() / values.size
            mean[c] = mean[c] * momentum + m * (1 - momentum)
            variance[c] = variance[c] * momentum + v * (1 - momentum)
        else:
            m, v = mean[c], variance[c]
        y[:, :, :, c] = beta[c] + (values - m) / (v + epsilon) ** 0.5 * gamma[c]
    return [y, mean, variance]


# question: a5-q4
def mend(network, images):
    """Change the network's own layers; only training=True asks for another one."""
    one = output(network, images[3:4])
    several = output(network, images)[3:4]
    cause = "healthy"
    if abs(one - several).max() > 0.01:
        cause = "training=True"
        widths = [layer.gamma.shape[0] for layer in network.layers if isinstance(layer, layers.BatchNormalization)]
        twin = tower(widths)
        twin.set_weights(network.get_weights())
        network = twin
    before = output(network, images)
    for layer in network.layers:
        if isinstance(layer, layers.BatchNormalization):  # from the front, so that those before it are right
            maps = output(keras.Model(network.inputs, layer.input), images)
            layer.moving_mean.assign(maps.mean(axis=(0, 1, 2)))
            layer.moving_variance.assign(maps.var(axis=(0, 1, 2)))
    if cause == "healthy" and abs(output(network, images) - before).max() > 0.1:
        cause = "averages"
    return cause, network


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
def mended(name):
    conv = {"padding": "same", "use_bias": False}

    def bottleneck(x, filters, stride=1):
        y = layers.ReLU()(padded_conv_bn(x, filters, 1, stride))
        y = layers.ReLU()(padded_conv_bn(y, filters))
        return add_shortcut(x, padded_conv_bn(y, 4 * filters, 1), stride)

    def preactivated(x):
        y = layers.ReLU()(layers.BatchNormalization(epsilon=1e-5)(x))
        y = layers.Conv2D(x.shape[-1], 3, **conv)(y)
        y = layers.ReLU()(layers.BatchNormalization(epsilon=1e-5)(y))
        return layers.Add()([x, layers.Conv2D(x.shape[-1], 3, **conv)(y)])

    def dense_layers(x, count, growth_rate):
        for _ in range(count):
            look = layers.Conv2D(growth_rate, 3, padding="same", use_bias=False)
            y = layers.ReLU()(layers.BatchNormalization(epsilon=1e-5)(x))
            y = layers.Conv2D(4 * growth_rate, 1, use_bias=False)(y)
            x = layers.Concatenate()([x, look(layers.ReLU()(layers.BatchNormalization(epsilon=1e-5)(y)))])
        return x

    if name == "bottleneck":
        return "discarded", bottleneck
    if name == "preactivated":
        return "wrong shortcut", preactivated
    return "shared", dense_layers


# question: a5-q7
def deep_network(input_shape, classes, budget):
    def narrow_block(x, filters, stride):
        y = layers.ReLU()(padded_conv_bn(x, filters, 1, stride))
        y = layers.ReLU()(padded_conv_bn(y, filters))
        return add_shortcut(x, padded_conv_bn(y, 4 * filters, 1), stride)

    def build(filters):
        x = image = keras.Input(input_shape)
        x = layers.ReLU()(padded_conv_bn(x, 2 * filters))
        for stage, blocks in enumerate((2, 3, 2)):
            for number in range(blocks):
                stride = 2 if stage and not number else 1
                x = narrow_block(x, filters * 2**stage, stride)
        return keras.Model(image, layers.Dense(classes)(layers.GlobalAveragePooling2D()(x)))

    def size(model):
        return sum(int(np.prod(weight.shape)) for weight in model.trainable_variables)

    filters = 1
    while size(build(filters + 1)) <= budget:
        filters += 1
    return build(filters)
