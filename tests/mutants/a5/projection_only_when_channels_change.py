"""Projects when the channels change, and not when only the stride changes the size."""

# ruff: noqa: F821  (conv_bn, layers and the like are the notebook's)
# question: a5-q2
# loses: stride
# says: The stride is 2 here and the channels stay


def basic_block(x, filters, stride=1):
    y = layers.ReLU()(conv_bn(x, filters, stride=stride))
    y = conv_bn(y, filters)
    if x.shape[-1] != filters:
        x = conv_bn(x, filters, size=1, stride=stride)
    return layers.ReLU()(layers.Add()([x, y]))
