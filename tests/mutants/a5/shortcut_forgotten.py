"""A plain block: nothing is added."""

# ruff: noqa: F821  (conv_bn, layers and the like are the notebook's)
# question: a5-q2
# loses: identity, channels change, stride
# says: The shortcut is missing


def basic_block(x, filters, stride=1):
    y = layers.ReLU()(conv_bn(x, filters, stride=stride))
    return layers.ReLU()(conv_bn(y, filters))
