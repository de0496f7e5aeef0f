"""The last 1×1 makes `filters` channels, so the block always narrows and projects."""

# ruff: noqa: F821  (conv_bn, layers and the like are the notebook's)
# question: a5-q3
# loses: identity, channels change, stride


def bottleneck_block(x, filters, stride=1):
    y = layers.ReLU()(conv_bn(x, filters, size=1, stride=stride))
    y = layers.ReLU()(conv_bn(y, filters))
    y = conv_bn(y, filters, size=1)
    if x.shape != y.shape:
        x = conv_bn(x, filters, size=1, stride=stride)
    return layers.ReLU()(layers.Add()([x, y]))
