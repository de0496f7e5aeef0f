"""A projection even where the identity would do."""

# ruff: noqa: F821  (conv_bn, layers and the like are the notebook's)
# question: a5-q2
# loses: identity
# says: then it is the identity


def basic_block(x, filters, stride=1):
    y = layers.ReLU()(conv_bn(x, filters, stride=stride))
    y = conv_bn(y, filters)
    return layers.ReLU()(layers.Add()([conv_bn(x, filters, size=1, stride=stride), y]))
