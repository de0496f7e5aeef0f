"""Nothing stands between the two convolutions but BN: F is linear."""

# ruff: noqa: F821  (conv_bn, layers and the like are the notebook's)
# question: a5-q2
# loses: identity, channels change, stride
# says: ReLU between the convolutions


def basic_block(x, filters, stride=1):
    y = conv_bn(conv_bn(x, filters, stride=stride), filters)
    if stride != 1 or x.shape[-1] != filters:
        x = conv_bn(x, filters, size=1, stride=stride)
    return layers.ReLU()(layers.Add()([x, y]))
