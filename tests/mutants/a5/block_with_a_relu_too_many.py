"""F ends in a ReLU, and another one follows the addition."""

# ruff: noqa: F821  (conv_bn, layers and the like are the notebook's)
# question: a5-q2
# loses: identity, channels change, stride
# says: A ReLU too many


def basic_block(x, filters, stride=1):
    y = layers.ReLU()(conv_bn(x, filters, stride=stride))
    y = layers.ReLU()(conv_bn(y, filters))
    if stride != 1 or x.shape[-1] != filters:
        x = conv_bn(x, filters, size=1, stride=stride)
    return layers.ReLU()(layers.Add()([x, y]))
