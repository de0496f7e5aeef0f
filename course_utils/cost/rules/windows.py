"""What slides a window over a map: convolutions, with their groups, strides, dilation, transposed; pooling."""

import math

import keras

from .rule import Rule


def _kernels(use):
    """Shapes of the kernels, spatial axes first: from the layer's settings, or an operation's arguments."""
    op = use.op
    if not isinstance(op, keras.Layer):
        return [tuple(kernel.shape) for kernel in use.args[1:]]
    size = tuple(op.kernel_size)
    if not hasattr(op, "depth_multiplier"):
        return [(*size, use.channels // getattr(op, "groups", 1), op.filters)]
    depthwise = (*size, use.channels, op.depth_multiplier)
    pointwise = (use.channels * op.depth_multiplier, op.filters) if hasattr(op, "filters") else None
    return [depthwise, pointwise] if pointwise else [depthwise]


def _macs(use):
    """A transposed convolution multiplies at each position of its input, others at each of their output."""
    shape = use.shape if "Transpose" in type(use.op).__name__ else use.outputs[0]
    return use.places(shape) * sum(map(math.prod, _kernels(use)))


def _places_of_maxima(use):
    return 8 * math.prod(use.outputs[0])


def _extents(use, size):
    """Reach of a window, with its dilation."""
    return [(k - 1) * d + 1 for k, d in zip(size, use.each("dilation_rate"), strict=True)]


def _slid(use, size, strides):
    extents = _extents(use, size)

    def change(field, i):
        length, total = use.shape[use.axes[i]], 0
        if use.op.padding == "same":
            total = max((-(-length // strides[i]) - 1) * strides[i] + extents[i] - length, 0)
        before = extents[i] - 1 if use.op.padding == "causal" else total // 2
        return field.window(extents[i], strides[i], before)

    return use.along(change)


def _shared_out(use):
    sizes = use.each("output_size")
    return use.along(lambda field, i: field.shared_out(use.shape[use.axes[i]], sizes[i]))


def _kernel_slid(use):
    return _slid(use, _kernels(use)[0][: len(use.axes)], use.each("strides"))


def _pool_slid(use):
    size = use.each("pool_size")
    return _slid(use, size, use.each("strides", default=size))


def _kernel_spread(use):
    if getattr(use.op, "output_padding", None) is not None:
        return None
    extents, strides = _extents(use, _kernels(use)[0][: len(use.axes)]), use.each("strides")

    def change(field, i):
        padding = max(extents[i] - strides[i], 0) // 2 if use.op.padding == "same" else 0
        return field.spread(extents[i], strides[i], padding)

    return use.along(change)


def _whole_map(use):
    return use.sight and use.sight.reduce(use.axes, use.op.keepdims)


_convolution = Rule(_macs, _kernel_slid, "inputs")
_between = lambda use: use.width * use.places(use.outputs[0]) * math.prod(_kernels(use)[0][-2:])  # noqa: E731
_separable = Rule(_macs, _kernel_slid, "inputs", _between)  # keeps the bytes of the depthwise result besides
_transposed = Rule(_macs, _kernel_spread, "inputs")
_max_pool = Rule(0, _pool_slid, extra=_places_of_maxima)
_mean_pool = Rule(0, _pool_slid)

LAYERS = {
    _convolution: "Conv1D Conv2D Conv3D DepthwiseConv1D DepthwiseConv2D",
    _separable: "SeparableConv1D SeparableConv2D",
    _transposed: "Conv1DTranspose Conv2DTranspose Conv3DTranspose",
    _max_pool: "MaxPooling1D MaxPooling2D MaxPooling3D",
    _mean_pool: "AveragePooling1D AveragePooling2D AveragePooling3D",
    Rule(0, _shared_out): "AdaptiveAveragePooling1D AdaptiveAveragePooling2D AdaptiveAveragePooling3D",
    Rule(0, _shared_out, extra=_places_of_maxima): "AdaptiveMaxPooling1D AdaptiveMaxPooling2D AdaptiveMaxPooling3D",
    Rule(0, _whole_map): "GlobalAveragePooling1D GlobalAveragePooling2D GlobalAveragePooling3D",
    Rule(0, _whole_map, extra=_places_of_maxima): "GlobalMaxPooling1D GlobalMaxPooling2D GlobalMaxPooling3D",
}
OPERATIONS = {
    _convolution: "Conv DepthwiseConv",
    _separable: "SeparableConv",
    _transposed: "ConvTranspose",
    _max_pool: "MaxPool",
    _mean_pool: "AveragePool",
}
