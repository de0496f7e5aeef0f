"""Max pooling keeps one value of each tile and drops the others."""

# question: a6-q2
# loses: smaller map, more channels with a smaller map
# says: the average was asked for

from keras import layers


def shortcut(x, filters, stride=1):
    if stride > 1:
        x = layers.MaxPooling2D(stride)(x)
    return x if x.shape[-1] == filters else layers.Conv2D(filters, 1, use_bias=False)(x)
