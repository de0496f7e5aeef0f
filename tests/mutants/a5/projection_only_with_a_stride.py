"""Projects when the stride changes the size, and not when only the channels change."""

# ruff: noqa: F821  (conv_bn, layers and the like are the notebook's)
# question: a5-q2
# loses: channels change
# says: The channels change here and the stride is 1


def basic_block(x, filters, stride=1):
    y = layers.ReLU()(conv_bn(x, filters, stride=stride))
    y = conv_bn(y, filters)
    if stride != 1:
        x = conv_bn(x, filters, size=1, stride=stride)
    return layers.ReLU()(layers.Add()([x, y]))
