"""The 3×3 reads the block's input instead of the squeezed maps."""

# ruff: noqa: F821  (conv_bn, layers and the like are the notebook's)
# question: a5-q3
# loses: identity, channels change, stride


def bottleneck_block(x, filters, stride=1):
    y = layers.ReLU()(conv_bn(x, filters, size=1, stride=stride))
    y = layers.ReLU()(conv_bn(x, filters, stride=stride))
    y = conv_bn(y, 4 * filters, size=1)
    if x.shape != y.shape:
        x = conv_bn(x, 4 * filters, size=1, stride=stride)
    return layers.ReLU()(layers.Add()([x, y]))
