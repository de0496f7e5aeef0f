"""What moves values: padding and cropping, resizing, reshaping, joining, and sums over an axis."""

from .rule import Rule, joined, not_followed


def _moved(name, sign):
    """Padding (sign 1) or cropping (sign −1) by the layer's attribute `name`."""

    def sees(use):
        amounts = getattr(use.op, name)
        pairs = [amounts] if isinstance(amounts[0], int) else amounts
        return use.along(lambda field, i: field.window(1, 1, sign * pairs[i][0]))

    return sees


def _padded(use):
    """An operation, which may pad the channels as well."""
    pairs = use.op.pad_width
    return use.sight.along(range(use.rank), lambda field, i: field.window(1, 1, pairs[i][0]), use.outputs[0])


def _sliced(use):
    """x[:, ::2, 1:], in steps that go forwards; not followed where an index takes an axis away."""
    key = list(use.args[1]) if isinstance(use.args[1], tuple) else [use.args[1]]
    if Ellipsis in key:
        place = key.index(Ellipsis)
        key[place : place + 1] = [slice(None)] * (use.rank - len(key) + 1)
    steps = [part.indices(n) for part, n in zip(key, use.shape, strict=False)]  # AttributeError: no slice
    if any(step < 1 for _, _, step in steps):
        return None
    steps += [(0, None, 1)] * (use.rank - len(steps))
    return use.sight.along(range(use.rank), lambda field, i: field.window(1, steps[i][2], -steps[i][0]), use.outputs[0])


def _cropped_to_the_middle(use):
    rests = [use.shape[axis] - use.outputs[0][axis] for axis in use.axes]
    return use.along(lambda field, i: field.window(1, 1, -(rests[i] // 2))) if min(rests) >= 0 else None


def _resized(use):
    """Enlarged a whole number of times; the centres of pixels stay where they are."""
    kind = getattr(use.op, "interpolation", "nearest")
    factors = [use.outputs[0][axis] / use.shape[axis] for axis in use.axes]
    bent = any(getattr(use.op, f"{how}_to_aspect_ratio", False) for how in ("crop", "pad"))
    if bent or kind not in ("nearest", "bilinear") or not all(factor.is_integer() for factor in factors):
        return None

    def change(field, i):
        times = int(factors[i])
        if kind == "nearest":
            return field.spread(times, times)
        lower = lambda o: (2 * o + 1 - times) // (2 * times)  # noqa: E731  of the two pixels that are mixed
        upper = lambda o: -((times - 2 * o - 1) // (2 * times))  # noqa: E731
        return field.through(lower, upper, times, 1)

    return use.along(change)


def _reshaped(use):
    """Flattened to features, everything sees all; positions that stay apart, or move into the batch, are followed."""
    sight, shape = use.sight, use.outputs[0]
    flat = len(shape) == 2 < use.rank and shape[0] == use.shape[0]
    return sight.collapse(range(use.rank)).reshape(shape) if flat else sight.reshape(shape)


def _transposed(use):
    order = use.op.axes if hasattr(use.op, "axes") else (0, *use.op.dims)
    return use.sight.transpose(range(use.rank)[::-1] if order is None else [axis % use.rank for axis in order])


def _concatenated(use):
    sight = joined(use)
    return None if sight is None or sight.images_in(use.op.axis) else sight


def _reduced(use):
    """An operation such as ops.mean over some axes."""
    axes = use.op.axis
    axes = range(use.rank) if axes is None else axes if isinstance(axes, (tuple, list)) else [axes]
    return use.sight.reduce([axis % use.rank for axis in axes], getattr(use.op, "keepdims", False))


_concatenation = Rule(0, _concatenated)
_elsewhere = Rule(0, not_followed)

LAYERS = {
    Rule(0, _moved("padding", 1)): "ZeroPadding1D ZeroPadding2D ZeroPadding3D",
    Rule(0, _moved("cropping", -1)): "Cropping1D Cropping2D Cropping3D",
    Rule(0, _cropped_to_the_middle): "CenterCrop",
    Rule(0, _resized): "UpSampling1D UpSampling2D UpSampling3D Resizing",
    _concatenation: "Concatenate",
    Rule(sees=_reshaped, view=True): "Flatten Reshape",
    Rule(0, _transposed): "Permute",
    _elsewhere: "RepeatVector Embedding",
}
OPERATIONS = {
    Rule(0, _padded): "Pad",
    Rule(0, _resized): "Resize",
    _concatenation: "Concatenate",
    Rule(sees=_reshaped, view=True): "Reshape Squeeze ExpandDims",
    Rule(0, _transposed, view=True): "Transpose",
    Rule(0, _reduced): "Mean Sum",
    Rule(0, _reduced, "inputs"): "Max Min Amax Amin Var Std Prod Logsumexp",
    Rule(0, lambda use: use.sight, view=True): "Split",
    Rule(0, _sliced, view=True): "GetItem",
    Rule(0, not_followed, view=True): "Swapaxes Moveaxis",
    _elsewhere: "Stack Take Flip Roll Repeat Tile BroadcastTo",
}
