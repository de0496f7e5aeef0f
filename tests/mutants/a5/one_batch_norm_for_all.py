"""One BN layer is called behind every convolution."""

# ruff: noqa: F821  (conv_bn, layers and the like are the notebook's)
# question: a5-q2
# loses: identity, channels change, stride
# says: its own batch normalisation


def basic_block(x, filters, stride=1):
    bn, relu = layers.BatchNormalization(), layers.ReLU()
    y = layers.Conv2D(filters, 3, stride, padding="same", use_bias=False)(x)
    y = relu(bn(y))
    y = bn(layers.Conv2D(filters, 3, padding="same", use_bias=False)(y))
    if stride != 1 or x.shape[-1] != filters:
        x = bn(layers.Conv2D(filters, 1, stride, use_bias=False)(x))
    return relu(layers.Add()([x, y]))
