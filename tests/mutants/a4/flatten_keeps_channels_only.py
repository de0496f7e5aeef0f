"""As after global average pooling."""

# ruff: noqa: F821 (it calls answers to other questions)
# question: a4-q3
# loses: flatten
# says: not one for each channel


def layer_row(shape, layer):
    kind, *settings = layer
    if kind == "conv":
        rows, columns = (output_size(side, *settings[1:4]) for side in shape[:2])
        return (rows, columns, settings[0]), *conv_cost(*shape, *settings)
    if kind == "pool":
        rows, columns = (output_size(side, *settings) for side in shape[:2])
        return (rows, columns, shape[2]), 0, 0
    if kind == "flatten":
        return (shape[2],), 0, 0
    units = settings[0]
    weights = shape[0] * units
    return (units,), weights + units, weights
