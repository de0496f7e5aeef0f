"""Joins on the axis of the rows."""

# ruff: noqa: F821  (conv_bn, layers and the like are the notebook's)
# question: a5-q5
# loses: one layer, three layers, transition
# says: the last axis, the channels


def bn_relu_conv(x, filters, size):
    x = layers.ReLU()(layers.BatchNormalization()(x))
    return layers.Conv2D(filters, size, padding="same", use_bias=False)(x)


def dense_block(x, count, growth_rate, compression=None):
    for _ in range(count):
        x = layers.Concatenate(axis=1)([x, bn_relu_conv(x, growth_rate, 3)])
    if compression is not None:
        x = layers.AveragePooling2D(2)(bn_relu_conv(x, int(compression * x.shape[-1]), 1))
    return x
