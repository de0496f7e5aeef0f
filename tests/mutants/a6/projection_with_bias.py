"""The 1×1 convolution keeps Keras's default, a bias."""

# question: a6-q2
# loses: more channels, more channels with a smaller map
# says: leave it out

from keras import layers


def shortcut(x, filters, stride=1):
    if stride > 1:
        x = layers.AveragePooling2D(stride)(x)
    return x if x.shape[-1] == filters else layers.Conv2D(filters, 1)(x)
