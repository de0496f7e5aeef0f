"""Convolutions keep Keras's default bias, although BN follows."""

# ruff: noqa: F821  (conv_bn, layers and the like are the notebook's)
# question: a5-q2
# loses: identity, channels change, stride
# says: and no bias


def basic_block(x, filters, stride=1):
    y = layers.BatchNormalization()(layers.Conv2D(filters, 3, stride, padding="same")(x))
    y = layers.BatchNormalization()(layers.Conv2D(filters, 3, padding="same")(layers.ReLU()(y)))
    if stride != 1 or x.shape[-1] != filters:
        x = layers.BatchNormalization()(layers.Conv2D(filters, 1, stride)(x))
    return layers.ReLU()(layers.Add()([x, y]))
