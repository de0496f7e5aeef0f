"""The channels are looked at only where the map shrinks, so more of them at stride 1 cannot be added."""

# question: a6-q2
# loses: more channels, smaller map
# says: nothing needs to be learned there

from keras import layers


def shortcut(x, filters, stride=1):
    if stride > 1:
        x = layers.AveragePooling2D(stride)(x)
        x = layers.Conv2D(filters, 1, use_bias=False)(x)
    return x
