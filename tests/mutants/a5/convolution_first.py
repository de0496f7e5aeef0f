"""The order of ResNet: convolution, BN, ReLU."""

# ruff: noqa: F821  (conv_bn, layers and the like are the notebook's)
# question: a5-q5
# loses: one layer, three layers, transition
# says: The convolution comes first in yours


def dense_block(x, count, growth_rate, compression=None):
    for _ in range(count):
        x = layers.Concatenate()([x, layers.ReLU()(conv_bn(x, growth_rate))])
    if compression is not None:
        x = layers.ReLU()(conv_bn(x, int(compression * x.shape[-1]), size=1))
        x = layers.AveragePooling2D(2)(x)
    return x
