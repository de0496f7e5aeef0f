"""What stands on the box of a layer: its kind, a name with its numbers, and small print such as the stride."""

import keras

ACTIVATIONS = {
    name.lower().replace(" ", ""): name
    for name in ("ReLU", "ReLU6", "leaky ReLU", "ELU", "SELU", "GELU", "SiLU", "sigmoid", "hard sigmoid", "tanh")
} | {"swish": "SiLU", "hardswish": "hard SiLU", "hardsilu": "hard SiLU", "softmax": "softmax", "softplus": "softplus"}
NORMS = {"BatchNormalization": "BN", "LayerNormalization": "LN", "GroupNormalization": "GN"}
CONVS = {"": "conv", "Depthwise": "depthwise conv", "Separable": "separable conv", "Transpose": "transposed conv"}


def words(op, given, shape):
    """What to write on a layer's or operation's box.

    Args:
        op: a layer, a model or another Keras operation.
        given: shapes of its inputs, without the batch.
        shape: of its output.

    Returns:
        (kind, name, small): kind is "conv", "1x1", "pool", "dense", "norm", "activation", "padding", "dropout", "add",
        "multiply", "concat", "model" or "other"; small is a list of additions. What is not known has its class's name.
    """
    name = type(op).__name__
    if isinstance(op, keras.Model):
        return "model", op.name, []
    if not isinstance(op, keras.Operation) or type(op).__module__.split(".")[0] != "keras":
        return "other", name, []  # somebody's own layer may be called like one of Keras's
    if name in ("Add", "Multiply") and len(given) > 1:
        return name.lower(), {"Add": "+", "Multiply": "×"}[name], []
    if name in ("Concatenate", "Concat") and len(given) > 1:
        return "concat", "concat", [f"axis {op.axis}"] * (op.axis not in (-1, len(shape)))
    if name in NORMS:
        return "norm", NORMS[name], []
    if name == "Activation" or name.lower() in ACTIVATIONS:
        return "activation", *([text] if (text := _activation(op)) else [name]), []
    if "Conv" in name and isinstance(op, keras.Layer) and hasattr(op, "kernel_size"):
        return _convolution(op, name, shape)
    if "Pooling" in name:
        return _pooling(op, name)
    if name == "Dense":
        return "dense", f"dense, {op.units}", _some(_activation(op))
    if name.startswith("ZeroPadding") or name == "Pad":
        return "padding", _padding(op, given[0], shape), []
    if name == "Dropout":
        return "dropout", f"dropout {op.rate:g}", []
    if name == "Flatten":
        return "other", "flatten", []
    return "other", name, []


def _convolution(op, name, shape):
    what = next(text for part, text in reversed(CONVS.items()) if part in name)
    channels = getattr(op, "filters", None) or shape[0 if op.data_format == "channels_first" else -1]
    groups = getattr(op, "groups", 1)
    if groups == channels > 1:
        what, groups = CONVS["Depthwise"], 1
    small = [*_window("stride", op.strides), *_window("dilation", op.dilation_rate)]
    small += [f"{groups} groups"] * (groups > 1)
    kind = "1x1" if set(op.kernel_size) == {1} and what == "conv" else "conv"
    return kind, f"{_times(op.kernel_size)} {what}, {channels}", small + _some(_activation(op))


def _pooling(op, name):
    what = "max pool" if "Max" in name else "average pool"
    if "Global" in name:
        return "pool", f"global {what}", []
    if not hasattr(op, "pool_size"):
        return "other", name, []
    steps = op.strides if len(set(op.strides)) > 1 else op.strides[:1]
    return "pool", f"{_times(op.pool_size)} {what}", [f"stride {_times(steps)}"]


def _padding(op, before, after):
    """One number where all four sides get it; where channels are appended, how many."""
    if len(before) == 3 and before[-1] != after[-1] and before[:-1] == after[:-1]:
        return f"pad, +{after[-1] - before[-1]} channels"
    pairs = getattr(op, "padding", ())
    sides = {side for pair in pairs for side in (pair if isinstance(pair, tuple) else [pair])}
    return f"pad {sides.pop()}" if len(sides) == 1 else f"pad {pairs or ''}".rstrip()


def _activation(op):
    """Name of an activation, the layer's own or built in; None where there is none."""
    name = type(op).__name__
    if name.lower() not in ACTIVATIONS:
        name = getattr(getattr(op, "activation", None), "__name__", "linear")
    return None if name == "linear" else ACTIVATIONS.get(name.lower().replace("_", ""), name)


def _window(what, sizes):
    """[] for 1 in every direction, else one number, or one a direction where they differ."""
    sizes = [sizes] if isinstance(sizes, int) else list(sizes)
    return [] if set(sizes) == {1} else [f"{what} {_times(sizes if len(set(sizes)) > 1 else sizes[:1])}"]


def _times(sizes):
    return "×".join(map(str, sizes))


def _some(text):
    return [text] if text else []
