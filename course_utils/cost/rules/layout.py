"""What moves values: padding and cropping, enlarging, reshaping, joining, and sums over an axis."""

from .rule import Rule, joined


def _moved(name, sign):
    """Padding (sign 1) or cropping (sign −1) by the layer's attribute `name`."""

    def sees(use):
        amounts = getattr(use.op, name)
        pairs = [amounts] if isinstance(amounts[0], int) else amounts
        return use.along(lambda field, i: field.window(1, 1, sign * pairs[i][0]))

    return sees


def _padded(use):
    pairs = use.op.pad_width
    change = lambda field, i: field.window(1, 1, pairs[i][0])  # noqa: E731  the channels may be padded as well
    return use.sight and use.sight.along(tuple(range(use.rank)), change, use.shape, use.outputs[0])


def _enlarged(use):
    if getattr(use.op, "interpolation", "nearest") != "nearest":
        return None
    sizes = use.each("size")
    return use.along(lambda field, i: field.spread(sizes[i], sizes[i]))


def _reshaped(use):
    """Flattened to features, everything sees all; positions may also move together, or into the batch axis."""
    shape = use.outputs[0]
    if use.sight and len(shape) == 2 < use.rank and shape[0] == use.shape[0]:
        return use.sight.collapse(range(use.rank))
    return use.sight and use.sight.reshape(use.shape, shape)


def _concatenated(use):
    axis = use.op.axis % use.rank
    return None if any(sight is not None and axis in sight.axes for sight in use.sights) else joined(use)


def _reduced(use):
    """An operation such as ops.mean over some axes."""
    axes = use.op.axis
    axes = range(use.rank) if axes is None else axes if isinstance(axes, (tuple, list)) else [axes]
    return use.sight and use.sight.reduce([axis % use.rank for axis in axes], getattr(use.op, "keepdims", False))


_reshape = Rule(sees=_reshaped, view=True)
_concatenation = Rule(0, _concatenated)
_elsewhere = Rule(0, sees=None)

LAYERS = {
    Rule(0, _moved("padding", 1)): "ZeroPadding1D ZeroPadding2D ZeroPadding3D",
    Rule(0, _moved("cropping", -1)): "Cropping1D Cropping2D Cropping3D",
    Rule(0, _enlarged): "UpSampling1D UpSampling2D UpSampling3D",
    _concatenation: "Concatenate",
    _reshape: "Flatten Reshape",
    _elsewhere: "Permute RepeatVector Embedding",
}
OPERATIONS = {
    Rule(0, _padded): "Pad",
    _concatenation: "Concatenate",
    _reshape: "Reshape Squeeze ExpandDims",
    Rule(0, _reduced): "Mean Sum",
    Rule(0, _reduced, "inputs"): "Max Min Amax Amin Var Std Prod Logsumexp",
    Rule(0, sees=None, view=True): "Transpose Swapaxes Moveaxis GetItem Split",
    _elsewhere: "Stack Take Flip Roll Repeat Tile BroadcastTo",
}
