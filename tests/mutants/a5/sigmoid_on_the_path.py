"""A sigmoid behind each addition: the shortcuts are there, and the gradient does not get through."""

# ruff: noqa: F821  (conv_bn, layers and the like are the notebook's)
# question: a5-q7
# loses: gradient at the start
# says: vanishes


def deep_network(input_shape, classes, budget):
    width = int(((budget - 500) / 165) ** 0.5 - 1)
    conv = lambda x: layers.Conv2D(width, 3, padding="same")(x)  # noqa: E731
    image = keras.Input(input_shape)
    x = conv(image)
    for _ in range(9):
        y = conv(layers.Activation("sigmoid")(conv(x)))
        x = layers.Activation("sigmoid")(layers.Add()([x, y]))
    return keras.Model(image, layers.Dense(classes)(layers.GlobalAveragePooling2D()(x)))
