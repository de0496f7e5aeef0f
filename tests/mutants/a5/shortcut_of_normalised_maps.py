"""The shortcut starts before the ReLU now, but still behind BN."""

# ruff: noqa: F821  (conv_bn, layers and the like are the notebook's)
# question: a5-q6
# loses: preactivated
# says: must carry the block's input itself


def mended(name):
    """(name of the bug, mended block) of "bottleneck", "preactivated" or "dense_layers"."""

    def bn_relu_conv(x, filters, size=3):
        ready = layers.ReLU()(layers.BatchNormalization(epsilon=1e-5)(x))
        return layers.Conv2D(filters, size, padding="same", use_bias=False)(ready)

    def right_bottleneck(x, filters, stride=1):
        squeezed = layers.ReLU()(conv_bn(x, filters, size=1, stride=stride))
        looked = layers.ReLU()(conv_bn(squeezed, filters))
        change = conv_bn(looked, 4 * filters, size=1)
        if x.shape != change.shape:
            x = conv_bn(x, 4 * filters, size=1, stride=stride)
        return layers.ReLU()(layers.Add()([change, x]))

    def right_preactivated(x):
        normal = layers.BatchNormalization(epsilon=1e-5)(x)
        y = layers.Conv2D(x.shape[-1], 3, padding="same", use_bias=False)(layers.ReLU()(normal))
        return layers.Add()([normal, bn_relu_conv(y, x.shape[-1])])

    def right_dense_layers(x, count, growth_rate):
        for _ in range(count):
            squeezed = bn_relu_conv(x, 4 * growth_rate, size=1)
            x = layers.Concatenate()([x, bn_relu_conv(squeezed, growth_rate)])
        return x

    found = {
        "bottleneck": ("discarded", right_bottleneck),
        "preactivated": ("wrong shortcut", right_preactivated),
        "dense_layers": ("shared", right_dense_layers),
    }
    return found[name]
