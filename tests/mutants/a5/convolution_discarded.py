"""The published mistake: the first convolution's output is never read, in a layer that still has its weights."""

# ruff: noqa: F821  (conv_bn, layers and the like are the notebook's)
# question: a5-q2
# loses: identity, channels change, stride
# says: output is thrown away


class Block(layers.Layer):
    def __init__(self, filters, stride, project):
        super().__init__()
        self.conv1 = layers.Conv2D(filters, 3, stride, padding="same", use_bias=False)
        self.conv2 = layers.Conv2D(filters, 3, stride, padding="same", use_bias=False)
        self.bn1, self.bn2 = layers.BatchNormalization(), layers.BatchNormalization()
        self.project = project and layers.Conv2D(filters, 1, stride, use_bias=False)
        self.bn3 = project and layers.BatchNormalization()

    def call(self, x):
        y = keras.ops.relu(self.bn1(self.conv1(x)))
        y = self.bn2(self.conv2(x))
        if self.project:
            x = self.bn3(self.project(x))
        return keras.ops.relu(x + y)


def basic_block(x, filters, stride=1):
    return Block(filters, stride, stride != 1 or x.shape[-1] != filters)(x)
