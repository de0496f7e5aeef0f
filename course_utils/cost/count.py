"""What one layer costs: multiply-accumulates (MACs), what it sees, what training keeps.

`KNOWN` and `KNOWN_OPERATIONS` are explicit lists. What stands in neither is unknown, and is shown so: nothing costs 0
because somebody forgot it. A layer of your own is counted like a Keras layer when its class says so, for instance
`counts_as = "BatchNormalization"`.
"""

import math
from dataclasses import dataclass

import keras

from .receptive_field import join

CONVENTION = (
    "1 MAC = one multiply-accumulate of a convolution or dense kernel, for one image (batch 1). Bias, activation, "
    "normalisation, pooling, additions: not counted. FLOPs = 2 × MACs. Zero padding is multiplied like a pixel.",
    "Parameters: the trainable ones, each once, also when a layer is used twice; the averages of batch "
    "normalisation are not trained.",
    "Activations: what a layer writes in inference, for one image; a reshaped view, or dropout, writes nothing.",
    "Training: what has to be kept of it for the backward pass, each array once: inputs of convolution, dense and "
    "normalisation layers, outputs of ReLU and the like, 8 bytes for the place of each maximum, 1 for each value that "
    "dropout sees; weights, their gradients and the optimizer's averages come on top.",
    "Receptive field: input pixels along one axis, not clipped at the border, the largest through a concatenation; the "
    "field of output i begins at input index offset + i · stride (a negative one lies in the padding).",
)
"""The convention, printed with every table."""


@dataclass(slots=True)
class Use:
    """One call of a layer: shapes without the batch axis, `places` = output positions are derived from them."""

    op: object
    args: tuple
    inputs: list
    outputs: list
    sights: list

    @property
    def rank(self):
        return len(self.inputs[0]) + 1

    @property
    def axes(self):
        """The spatial axes of the layer's input, the batch being axis 0."""
        layout = getattr(self.op, "data_format", None) or keras.config.image_data_format()
        return tuple(range(1, self.rank - 1)) if layout == "channels_last" else tuple(range(2, self.rank))

    @property
    def channels(self):
        (axis,) = set(range(1, self.rank)) - set(self.axes)
        return self.inputs[0][axis - 1]

    def places(self, shape):
        """Number of positions of a map of this shape."""
        return math.prod(shape[axis - 1] for axis in self.axes)

    def each(self, name, default=1):
        """An attribute such as strides, as one number an axis."""
        value = getattr(self.op, name, None)
        value = default if value is None else value
        return tuple(value) if isinstance(value, (tuple, list)) else (value,) * len(self.axes)


@dataclass(frozen=True)
class Rule:
    """How a kind is counted: each entry is a function of a Use, or a constant.

    Attributes:
        macs: number of MACs, None for unknown.
        sees: the Sight of the output, None for unknown.
        keeps: which array the backward pass needs: "inputs", "output" or "nothing".
        extra: bytes kept besides.
        view: the output is the input under another shape, no new array.
        dropped: it does nothing in inference.
    """

    macs: object = 0
    sees: object = lambda use: join(use.sights)
    keeps: str = "nothing"
    extra: object = 0
    view: bool = False
    dropped: bool = False


UNKNOWN = Rule(macs=None, sees=lambda use: None, keeps="inputs", extra=None)


# What a layer sees


def _extents(use, size):
    return tuple((k - 1) * d + 1 for k, d in zip(size, use.each("dilation_rate"), strict=True))


def _slide(size_name):
    """Receptive field of a convolution or pooling."""

    def sees(use):
        (sight, *_), axes = use.sights, use.axes
        if sight is None or any(axis is not None and axis not in axes for axis in sight.axes):
            return None
        size = use.each(size_name) if size_name else _kernel(use)[: len(axes)]
        extents, strides = _extents(use, size), use.each("strides", default=size if size_name == "pool_size" else 1)

        def change(field, i):
            length, total = use.inputs[0][axes[i] - 1], 0
            if use.op.padding == "same":
                total = max((-(-length // strides[i]) - 1) * strides[i] + extents[i] - length, 0)
            before = extents[i] - 1 if use.op.padding == "causal" else total // 2
            return field.window(extents[i], strides[i], before)

        return sight.along(axes, change)

    return sees


def _transposed(use):
    (sight, *_), axes = use.sights, use.axes
    mixed = sight is None or any(axis is not None and axis not in axes for axis in sight.axes)
    if mixed or getattr(use.op, "output_padding", None) is not None:
        return None
    extents, strides = _extents(use, _kernel(use)[: len(axes)]), use.each("strides")

    def change(field, i):
        padding = max(extents[i] - strides[i], 0) // 2 if use.op.padding == "same" else 0
        return field.spread(extents[i], strides[i], padding)

    return sight.along(axes, change)


def _enlarged(use):
    if use.sights[0] is None or getattr(use.op, "interpolation", "nearest") != "nearest":
        return None
    sizes = use.each("size")
    return use.sights[0].along(use.axes, lambda field, i: field.spread(sizes[i], sizes[i]))


def _shifted(name, sign):
    """Padding (sign 1) or cropping (sign −1)."""

    def sees(use):
        amounts = getattr(use.op, name)
        pairs = [amounts] if isinstance(amounts[0], int) else amounts
        return use.sights[0] and use.sights[0].along(use.axes, lambda field, i: field.window(1, 1, sign * pairs[i][0]))

    return sees


def _padded(use):
    pairs = use.op.pad_width
    if use.sights[0] is None or len(pairs) != use.rank:
        return None
    return use.sights[0].along(tuple(range(use.rank)), lambda field, i: field.window(1, 1, pairs[i][0]))


def _pooled(use):
    """Global pooling."""
    keep = use.op.keepdims
    return use.sights[0] and use.sights[0].collapse((1, *use.inputs[0]), use.axes, keep)


def _reduced(use):
    """An operation such as ops.mean over some axes."""
    axes = use.op.axis
    axes = range(use.rank) if axes is None else axes if isinstance(axes, (tuple, list)) else [axes]
    axes = [axis % use.rank for axis in axes]
    return use.sights[0] and use.sights[0].collapse((1, *use.inputs[0]), axes, getattr(use.op, "keepdims", False))


def _reshaped(use):
    """Flattened to features, everything sees all; any other reshape is not followed."""
    sight = use.sights[0]
    if sight is None or use.inputs[0] == use.outputs[0] or all(axis is None for axis in sight.axes):
        return sight
    return sight.collapse((1, *use.inputs[0])) if len(use.outputs[0]) == 1 else None


def _concatenated(use):
    sight = join(use.sights)
    return None if sight is None or use.op.axis % use.rank in sight.axes else sight


def _normalised(use):
    """Normalisation and softmax over the channels see their own position; over positions they see all."""
    axis = getattr(use.op, "axis", -1)
    axes = axis if isinstance(axis, (tuple, list)) else [axis]
    return use.sights[0] and use.sights[0].collapse((1, *use.inputs[0]), [axis % use.rank for axis in axes], keep=True)


def _grouped_norm(use):
    return use.sights[0] and use.sights[0].collapse((1, *use.inputs[0]), use.axes, keep=True)


def _last_axis(use):
    """A dense layer mixes the last axis only."""
    sight, last = use.sights[0], use.rank - 1
    return sight and (sight.collapse((1, *use.inputs[0]), [last], keep=True) if last in sight.axes else sight)


# MACs


def _kernel(use):
    """Shape of a convolution's kernel, spatial axes first: from the layer's settings, or an operation's argument."""
    return tuple(use.op.kernel_size) if hasattr(use.op, "kernel_size") else tuple(use.args[1].shape)


def _conv(use):
    per_place = math.prod(use.op.kernel_size) * use.channels // use.op.groups * use.op.filters
    return use.places(use.outputs[0]) * per_place


def _conv_transposed(use):
    return use.places(use.inputs[0]) * math.prod(use.op.kernel_size) * use.channels * use.op.filters


def _depthwise(use):
    return use.places(use.outputs[0]) * math.prod(use.op.kernel_size) * use.channels * use.op.depth_multiplier


def _separable(use):
    wide = use.channels * use.op.depth_multiplier
    return use.places(use.outputs[0]) * (math.prod(use.op.kernel_size) * wide + wide * use.op.filters)


def _dense(use):
    return math.prod(use.inputs[0]) * use.op.units


def _einsum(equation, *shapes):
    """Product of all letters' lengths, batch 1. Unknown with an ellipsis or three operands (the order decides)."""
    terms = equation.replace(" ", "").split("->")[0].split(",")
    if "." in equation or len(terms) > 2 or any(len(t) != len(s) for t, s in zip(terms, shapes, strict=True)):
        return None
    lengths = {
        letter: n for term, shape in zip(terms, shapes, strict=True) for letter, n in zip(term, shape, strict=True)
    }
    return math.prod(lengths.values()) if len(terms) == 2 and None not in lengths.values() else None


def _einsum_layer(use):
    equation = use.op.equation
    return _einsum(equation, (1, *use.inputs[0]), tuple(use.op.kernel.shape))


def _einsum_operation(use):
    shapes = [tuple(operand.shape) for operand in keras.tree.flatten(use.args)]
    return _einsum(use.op.subscripts, *[(1, *shape[1:]) if shape[0] is None else shape for shape in shapes])


def _matmul(use):
    return math.prod(use.outputs[0]) * use.args[0].shape[-1]


def _dot(use):
    axes = use.op.axes
    axis = axes if isinstance(axes, int) else axes[0]
    return math.prod(use.outputs[0]) * (1, *use.inputs[0])[axis]


def _kernel_operation(use):
    return use.places(use.outputs[0]) * math.prod(use.args[1].shape)


def _kernel_transposed(use):
    return use.places(use.inputs[0]) * math.prod(use.args[1].shape)


def _kernel_separable(use):
    return use.places(use.outputs[0]) * (math.prod(use.args[1].shape) + math.prod(use.args[2].shape))


# Memory

# Activations whose derivative is computed from their own output; the others need their input.
FROM_OUTPUT = {
    "relu",
    "relu6",
    "leaky_relu",
    "elu",
    "selu",
    "sigmoid",
    "tanh",
    "softmax",
    "log_softmax",
    "softplus",
    "exponential",
}


def activation_of(layer):
    """Name of the activation function built into a layer, None for none or linear."""
    activation = getattr(layer, "activation", None)
    name = getattr(activation, "__name__", "custom")
    return None if activation is None or name == "linear" else name


def _indices(use):
    return 8 * math.prod(use.outputs[0])


def _mask(use):
    return math.prod(use.inputs[0])


def _statistics(use):
    return 8 * use.inputs[0][use.op.axis % use.rank - 1]


_conv_rule = Rule(_conv, _slide("kernel_size"), "inputs")
_transposed_rule = Rule(_conv_transposed, _transposed, "inputs")
_pointwise = Rule()
_by_input, _by_output = Rule(keeps="inputs"), Rule(keeps="output")
_view = Rule(sees=_reshaped, view=True)
_dropout = Rule(extra=_mask, dropped=True)
_max_pool, _mean_pool = Rule(0, _slide("pool_size"), extra=_indices), Rule(0, _slide("pool_size"))
_norm = Rule(0, _normalised, "inputs")

_RULES = {
    _conv_rule: "Conv1D Conv2D Conv3D",
    _transposed_rule: "Conv1DTranspose Conv2DTranspose Conv3DTranspose",
    Rule(_depthwise, _slide("kernel_size"), "inputs"): "DepthwiseConv1D DepthwiseConv2D",
    # the depthwise result in the middle is kept too
    Rule(
        _separable,
        _slide("kernel_size"),
        "inputs",
        extra=lambda use: 4 * use.places(use.outputs[0]) * use.channels * use.op.depth_multiplier,
    ): "SeparableConv1D SeparableConv2D",
    Rule(_dense, _last_axis, "inputs"): "Dense",
    Rule(_einsum_layer, lambda use: None, "inputs"): "EinsumDense",
    Rule(_dot, lambda use: None, "inputs"): "Dot",
    Rule(0, lambda use: None): "Embedding",
    _max_pool: "MaxPooling1D MaxPooling2D MaxPooling3D",
    _mean_pool: "AveragePooling1D AveragePooling2D AveragePooling3D",
    Rule(0, _pooled): "GlobalAveragePooling1D GlobalAveragePooling2D GlobalAveragePooling3D",
    Rule(0, _pooled, extra=_indices): "GlobalMaxPooling1D GlobalMaxPooling2D GlobalMaxPooling3D",
    Rule(0, lambda use: use.sights[0], "inputs", _statistics): "BatchNormalization",
    _norm: "LayerNormalization RMSNormalization UnitNormalization",
    Rule(0, _grouped_norm, "inputs"): "GroupNormalization",
    Rule(0, _normalised, "output"): "Softmax",
    _by_output: "ReLU LeakyReLU ELU",
    _by_input: "PReLU Multiply Maximum Minimum",
    _pointwise: "InputLayer Add Subtract Average Rescaling GaussianNoise",
    Rule(0, lambda use: use.sights[0]): "Normalization",
    Rule(0, _concatenated): "Concatenate",
    _dropout: "Dropout SpatialDropout1D SpatialDropout2D SpatialDropout3D GaussianDropout AlphaDropout",
    _view: "Flatten Reshape",
    Rule(view=True): "Identity ActivityRegularization Masking",
    Rule(0, lambda use: None): "Permute RepeatVector",
    Rule(0, _shifted("padding", 1)): "ZeroPadding1D ZeroPadding2D ZeroPadding3D",
    Rule(0, _shifted("cropping", -1)): "Cropping1D Cropping2D Cropping3D",
    Rule(0, _enlarged): "UpSampling1D UpSampling2D UpSampling3D",
}
KNOWN = {
    getattr(keras.layers, name): rule
    for rule, names in _RULES.items()
    for name in names.split()
    if hasattr(keras.layers, name)
}
"""The rule of each Keras layer class; a class that is missing is unknown."""

KNOWN_BY_NAME = {"LocalResponseNormalization": _norm}
"""Layers that Keras does not have, under the name that everybody gives them."""

_OPERATION_RULES = {
    Rule(_kernel_operation, _slide(None), "inputs"): "Conv DepthwiseConv",
    Rule(_kernel_separable, _slide(None), "inputs"): "SeparableConv",
    Rule(_kernel_transposed, _transposed, "inputs"): "ConvTranspose",
    Rule(_matmul, lambda use: None, "inputs"): "Matmul Dot",
    Rule(_einsum_operation, lambda use: None, "inputs"): "Einsum",
    _max_pool: "MaxPool",
    _mean_pool: "AveragePool",
    _pointwise: "Add Subtract Negative Average Cast Sign Round Floor Ceil ZerosLike OnesLike StopGradient",
    _by_output: "Relu Relu6 LeakyRelu Elu Selu Sigmoid Tanh Exp Sqrt Rsqrt Reciprocal",
    _by_input: (
        "Multiply Divide TrueDivide Power Square Absolute Maximum Minimum Clip Where Log Log1p Expm1 Sin Cos Erf "
        "Gelu Silu HardSilu HardSigmoid HardTanh Softplus Softsign LogSigmoid Celu Squareplus"
    ),
    Rule(0, _normalised, "output"): "Softmax LogSoftmax",
    Rule(0, _normalised, "inputs"): "Normalize",
    Rule(0, _reduced): "Mean Sum",
    Rule(0, _reduced, "inputs"): "Max Min Amax Amin Var Std Prod Logsumexp",
    Rule(0, _concatenated): "Concatenate",
    Rule(0, _padded): "Pad",
    _view: "Reshape",
    Rule(0, lambda use: None, view=True): "Squeeze ExpandDims Transpose Swapaxes Moveaxis GetItem Split",
    Rule(view=True): "Copy Identity",
    Rule(0, lambda use: None): "Stack Take Flip Roll Repeat Tile BroadcastTo",
}
KNOWN_OPERATIONS = {name: rule for rule, names in _OPERATION_RULES.items() for name in names.split()}
"""The rule of each keras.ops operation, by the name that it has in a functional model."""


def rule_of(op):
    """The Rule of a layer or operation, UNKNOWN where there is none.

    A subclass of a known layer is counted like it as long as it does not change `call`.
    """
    if not isinstance(op, keras.Layer):
        ours = type(op).__module__.split(".")[0] == "keras"
        return KNOWN_OPERATIONS.get(type(op).__name__, UNKNOWN) if ours else UNKNOWN
    if isinstance(op, keras.layers.Activation):
        name = activation_of(op)
        return Rule(view=True) if name is None else _activation_rule(name)
    if type(op).__name__ in KNOWN_BY_NAME:
        return KNOWN_BY_NAME[type(op).__name__]
    named = getattr(keras.layers, getattr(op, "counts_as", ""), None)
    for base in [named, *type(op).__mro__]:
        if base in KNOWN:
            return KNOWN[base] if base is named or type(op).call is base.call else UNKNOWN
    return UNKNOWN


def _activation_rule(name):
    if name not in dir(keras.activations):
        return UNKNOWN  # a function of the user's own
    over_channels = Rule(0, lambda use: use.sights[0], "output" if name in FROM_OUTPUT else "inputs")
    return over_channels


def value(rule_entry, use):
    """An entry of a Rule for this use; None (unknown) also where the shapes do not tell."""
    if not callable(rule_entry):
        return rule_entry
    try:
        return rule_entry(use)
    except (TypeError, AttributeError, IndexError):  # an open size, an operand that is no tensor
        return None
