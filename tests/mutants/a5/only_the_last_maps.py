"""Each layer gets the block's input and the maps of the layer before it, not those of all layers."""

# ruff: noqa: F821  (conv_bn, layers and the like are the notebook's)
# question: a5-q5
# loses: three layers, transition
# says: of all layers before it


def bn_relu_conv(x, filters, size):
    x = layers.ReLU()(layers.BatchNormalization()(x))
    return layers.Conv2D(filters, size, padding="same", use_bias=False)(x)


def dense_block(x, count, growth_rate, compression=None):
    first = x
    for _ in range(count):
        x = layers.Concatenate()([first, bn_relu_conv(x, growth_rate, 3)])
    if compression is not None:
        x = layers.AveragePooling2D(2)(bn_relu_conv(x, int(compression * x.shape[-1]), 1))
    return x
