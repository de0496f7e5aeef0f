"""The original's projection: a 1×1 of stride 2 looks at one of four positions."""

# question: a6-q2
# loses: smaller map, more channels with a smaller map
# says: Average them first

from keras import layers


def shortcut(x, filters, stride=1):
    if stride > 1 or x.shape[-1] != filters:
        x = layers.Conv2D(filters, 1, stride, use_bias=False)(x)
    return x
