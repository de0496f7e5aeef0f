"""Ends in the mean of the maps: as many outputs as channels."""

# ruff: noqa: F821  (conv_bn, layers and the like are the notebook's)
# question: a5-q7
# loses: image to logits, gradient at the start


def deep_network(input_shape, classes, budget):
    def size(width):
        return 9 * input_shape[-1] * width + 2 * width + 10 * (2 * 9 * width**2 + 2 * 2 * width)

    width = max(width for width in range(1, 200) if size(width) <= budget)
    image = keras.Input(input_shape)
    x = layers.ReLU()(conv_bn(image, width))
    for _ in range(10):
        x = basic_block(x, width)
    return keras.Model(image, layers.GlobalAveragePooling2D()(x))
