"""One block a stage: few layers, all of them wide."""

# ruff: noqa: F821  (conv_bn, layers and the like are the notebook's)
# question: a5-q7
# loses: deep
# says: The longest way has 8 layers


def deep_network(input_shape, classes, budget):
    def size(width):
        blocks = [(width, width, 1), (width, 2 * width, 2), (2 * width, 4 * width, 2)]
        ends = 9 * input_shape[-1] * width + 2 * width + (4 * width + 1) * classes
        projected = [9 * (a + b) * b + 4 * b + (a * b + 2 * b if a != b else 0) for a, b, _ in blocks]
        return ends + sum(projected)

    width = max(width for width in range(1, 200) if size(width) <= budget)
    image = keras.Input(input_shape)
    x = layers.ReLU()(conv_bn(image, width))
    for filters, stride in ((width, 1), (2 * width, 2), (4 * width, 2)):
        x = basic_block(x, filters, stride)
    return keras.Model(image, layers.Dense(classes)(layers.GlobalAveragePooling2D()(x)))
