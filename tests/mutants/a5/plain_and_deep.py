"""Deep, within the budget, with BN, and without a single shortcut."""

# ruff: noqa: F821  (conv_bn, layers and the like are the notebook's)
# question: a5-q7
# loses: a short way
# says: shortcuts must lead around


def deep_network(input_shape, classes, budget):
    def build(width):
        x = image = keras.Input(input_shape)
        for _ in range(19):
            x = layers.ReLU()(conv_bn(x, width))
        return keras.Model(image, layers.Dense(classes)(layers.GlobalAveragePooling2D()(x)))

    most = budget - classes
    width = max(width for width in range(1, 60) if 162 * width**2 + (65 + classes) * width <= most)
    return build(width)
