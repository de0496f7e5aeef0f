"""v1.5 where v1 is asked for: equal parameters, another function."""

# ruff: noqa: F821  (conv_bn, layers and the like are the notebook's)
# question: a5-q3
# loses: stride
# says: v1.5


def bottleneck_block(x, filters, stride=1):
    y = layers.ReLU()(conv_bn(x, filters, size=1))
    y = layers.ReLU()(conv_bn(y, filters, stride=stride))
    y = conv_bn(y, 4 * filters, size=1)
    if x.shape != y.shape:
        x = conv_bn(x, 4 * filters, size=1, stride=stride)
    return layers.ReLU()(layers.Add()([x, y]))
