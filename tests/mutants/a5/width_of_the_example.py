"""One width for every budget."""

# ruff: noqa: F821  (conv_bn, layers and the like are the notebook's)
# question: a5-q7
# loses: budget
# says: at least half of it


def deep_network(input_shape, classes, budget):
    image = keras.Input(input_shape)
    x = layers.ReLU()(conv_bn(image, 9))
    for _ in range(9):
        x = basic_block(x, 9)
    return keras.Model(image, layers.Dense(classes)(layers.GlobalAveragePooling2D()(x)))
