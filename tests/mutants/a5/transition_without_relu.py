"""The transition of the paper's text; the statement asks for a ReLU."""

# ruff: noqa: F821  (conv_bn, layers and the like are the notebook's)
# question: a5-q5
# loses: transition
# says: The transition's ReLU is missing


def bn_relu_conv(x, filters, size):
    x = layers.ReLU()(layers.BatchNormalization()(x))
    return layers.Conv2D(filters, size, padding="same", use_bias=False)(x)


def dense_block(x, count, growth_rate, compression=None):
    for _ in range(count):
        x = layers.Concatenate()([x, bn_relu_conv(x, growth_rate, 3)])
    if compression is not None:
        filters = int(compression * x.shape[-1])
        x = layers.Conv2D(filters, 1, use_bias=False)(layers.BatchNormalization()(x))
        x = layers.AveragePooling2D(2)(x)
    return x
