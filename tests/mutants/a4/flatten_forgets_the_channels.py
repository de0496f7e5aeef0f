"""A fully connected layer would get height × width inputs."""

# ruff: noqa: F821 (it calls answers to other questions)
# question: a4-q3
# loses: flatten
# says: channels were left out


def layer_row(shape, layer):
    kind, *settings = layer
    if kind == "conv":
        rows, columns = (output_size(side, *settings[1:4]) for side in shape[:2])
        return (rows, columns, settings[0]), *conv_cost(*shape, *settings)
    if kind == "pool":
        rows, columns = (output_size(side, *settings) for side in shape[:2])
        return (rows, columns, shape[2]), 0, 0
    if kind == "flatten":
        return (shape[0] * shape[1],), 0, 0
    units = settings[0]
    weights = shape[0] * units
    return (units,), weights + units, weights
