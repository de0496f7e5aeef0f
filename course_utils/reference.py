"""Convolution and pooling in plain NumPy: slow, short, and what the fast layers are checked against.

Feature maps are channels last: `(height, width, channels)`, or `(n, height, width, channels)` for n of them;
the result has as many axes as the input. As in every deep-learning library, "convolution" is cross-correlation:
the kernel is not flipped.

Floating-point inputs keep their precision (float32 in, float32 out). Integers are computed in float64, so
that uint8 images cannot overflow. Input that a function cannot use raises ValueError: what was given, what to do.
"""

import math

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view


def conv2d(x, kernel, bias=None, stride=1, padding="valid", groups=1):
    """Convolve feature maps with a bank of filters.

    Args:
        x: `(h, w, c_in)` or `(n, h, w, c_in)`.
        kernel: `(kh, kw, c_in // groups, c_out)`, the layout of `keras.layers.Conv2D`.
        bias: `(c_out,)`, or None.
        stride: step of the filter, an int or a pair `(vertical, horizontal)`.
        padding: zeros around the map: "valid" (none), "same" (output size is ceil(input / stride); an odd
            total puts the extra row or column at the bottom or right, as Keras does), an int for all four
            sides, or `((top, bottom), (left, right))`.
        groups: the channels fall into this many equal groups; each output channel sees only its own group.

    Returns:
        `(h_out, w_out, c_out)` or `(n, h_out, w_out, c_out)`; h_out = (h + top + bottom - kh) // stride + 1.
    """
    x, kernel = _maps(x), _floats(kernel, "kernel")
    if kernel.ndim != 4:
        raise ValueError(
            f"kernel has shape {kernel.shape}, but needs four axes (height, width, c_in // groups, c_out). "
            "A 1×1 kernel given as a matrix (c_in, c_out) becomes one with kernel[None, None]."
        )
    kh, kw, c_group, c_out = kernel.shape
    c_in, groups = x.shape[-1], _whole(groups, "groups", 1)
    if c_in % groups or c_out % groups:
        raise ValueError(
            f"groups={groups} must divide both the input channels, here {c_in}, and the output channels, here {c_out}."
        )
    if c_group != c_in // groups:
        raise ValueError(
            f"x of shape {x.shape} has {c_in} channels (its last axis), so with groups={groups} the kernel's "
            f"third axis must be {c_in // groups}; the kernel of shape {kernel.shape} has {c_group} there."
        )
    windows = _windows(x, (kh, kw), stride, padding, fill=0)  # (..., h_out, w_out, c_in, kh, kw)
    out = [
        np.einsum("...cij,ijco->...o", group, filters, optimize=True)
        for group, filters in zip(np.split(windows, groups, axis=-3), np.split(kernel, groups, axis=-1), strict=True)
    ]
    return _add_bias(np.concatenate(out, axis=-1), bias)


def max_pool(x, size, stride=None, padding="valid"):
    """Largest value in each window, channel by channel.

    Args:
        x: `(h, w, c)` or `(n, h, w, c)`.
        size: the window, an int or a pair `(height, width)`.
        stride: an int or a pair; None means `size`: windows that touch and do not overlap.
        padding: as in `conv2d`, narrower than the window. Padding never wins the maximum.

    Returns:
        `(h_out, w_out, c)` or `(n, h_out, w_out, c)`.
    """
    return _pool_windows(x, size, stride, padding, fill=-np.inf).max(axis=(-2, -1))


def average_pool(x, size, stride=None, padding="valid"):
    """Mean of each window, channel by channel; arguments and result as in `max_pool`.

    Padding does not count: at the border, the mean is over the pixels that exist, as in Keras on TensorFlow and JAX
    (on PyTorch, Keras 3.15 counts some of the padding).
    """
    total = _pool_windows(x, size, stride, padding, fill=0).sum(axis=(-2, -1))
    count = _pool_windows(np.ones_like(_maps(x)), size, stride, padding, fill=0).sum(axis=(-2, -1))
    return total / count


def global_average_pool(x):
    """Mean of each channel over all positions: `(h, w, c)` to `(c,)`, `(n, h, w, c)` to `(n, c)`."""
    return _maps(x).mean(axis=(-3, -2))


def relu(x):
    """Negative values become 0, the others stay; any shape. NaN stays NaN."""
    return np.maximum(_floats(x, "x"), 0)


def dense(x, kernel, bias=None):
    """Multiply the last axis by a matrix: `(..., c_in)` times `(c_in, c_out)` gives `(..., c_out)`.

    On a feature map this is a 1×1 convolution: the same matrix at each position.
    """
    x, kernel = _floats(x, "x"), _floats(kernel, "kernel")
    if kernel.ndim != 2:
        raise ValueError(f"kernel has shape {kernel.shape}, but needs two axes (c_in, c_out).")
    if x.ndim == 0 or x.shape[-1] != kernel.shape[0]:
        raise ValueError(
            f"the last axis of x, shape {x.shape}, must be as long as the first axis of the kernel, "
            f"shape {kernel.shape}, which is {kernel.shape[0]}."
        )
    return _add_bias(x @ kernel, bias)


def _floats(value, name):
    """`value` as an array of floats; integers and booleans become float64."""
    try:
        array = np.asarray(value)
    except ValueError as error:  # a ragged list
        raise ValueError(f"{name} is not an array: its rows differ in length.") from error
    if array.dtype.kind in "iub":
        return array.astype(np.float64)
    if array.dtype.kind != "f":
        raise ValueError(f"{name} must hold real numbers, but is {type(value).__name__} of dtype {array.dtype}.")
    return array


def _maps(x):
    x = _floats(x, "x")
    if x.ndim not in (3, 4):
        raise ValueError(
            f"x has shape {x.shape}, but needs three axes (height, width, channels), "
            "or four with the number of images first. "
            "A grey image (height, width) becomes one with x[..., None]."
        )
    if 0 in x.shape[-3:]:
        raise ValueError(f"x of shape {x.shape} is empty: height, width and channels must be at least 1.")
    return x


def _whole(value, name, least):
    if isinstance(value, bool) or not isinstance(value, (int, np.integer)) or value < least:
        raise ValueError(f"{name} must be a whole number of at least {least}, not {value!r}.")
    return int(value)


def _pair(value, name):
    pair = value if isinstance(value, (tuple, list)) else (value, value)
    if len(pair) != 2:
        raise ValueError(f"{name} must be one whole number or a pair (vertical, horizontal), not {value!r}.")
    return tuple(_whole(v, name, 1) for v in pair)


def _borders(padding, shape, size, stride):
    """`padding` in any of its spellings as ((top, bottom), (left, right))."""
    if isinstance(padding, str) and padding == "valid":
        return (0, 0), (0, 0)
    if isinstance(padding, str) and padding == "same":
        totals = (max((math.ceil(n / s) - 1) * s + k - n, 0) for n, k, s in zip(shape, size, stride, strict=True))
        return tuple((total // 2, total - total // 2) for total in totals)
    if isinstance(padding, (int, np.integer)):
        n = _whole(padding, "padding", 0)
        return (n, n), (n, n)
    try:
        (top, bottom), (left, right) = padding
    except (TypeError, ValueError):
        raise ValueError(
            f'padding must be "valid", "same", a whole number, or ((top, bottom), (left, right)), not {padding!r}.'
        ) from None
    return tuple(tuple(_whole(v, "padding", 0) for v in pair) for pair in ((top, bottom), (left, right)))


def _windows(x, size, stride, padding, fill):
    """All windows of x, a view of shape (..., h_out, w_out, channels, kh, kw)."""
    size, stride = _pair(size, "the window's size"), _pair(stride, "stride")
    borders = _borders(padding, x.shape[-3:-1], size, stride)
    x = np.pad(x, [(0, 0)] * (x.ndim - 3) + [*borders, (0, 0)], constant_values=fill)
    if x.shape[-3] < size[0] or x.shape[-2] < size[1]:
        raise ValueError(
            f"a window of {size[0]}×{size[1]} does not fit into a map of {x.shape[-3]}×{x.shape[-2]} "
            '(padding included). Use a smaller window, a larger map, or padding="same".'
        )
    windows = sliding_window_view(x, size, axis=(-3, -2))
    return windows[..., :: stride[0], :: stride[1], :, :, :]


def _pool_windows(x, size, stride, padding, fill):
    x, size = _maps(x), _pair(size, "the window's size")
    stride = size if stride is None else _pair(stride, "stride")
    borders = _borders(padding, x.shape[-3:-1], size, stride)
    if any(max(border) >= length for border, length in zip(borders, size, strict=True)):
        raise ValueError(
            f"padding {padding!r} is not narrower than the {size[0]}×{size[1]} window, "
            "so that a window could lie in the padding altogether. Use less padding or a larger window."
        )
    return _windows(x, size, stride, borders, fill)


def _add_bias(out, bias):
    if bias is None:
        return out
    bias = _floats(bias, "bias")
    if bias.shape != out.shape[-1:]:
        raise ValueError(
            f"bias has shape {bias.shape}, but needs one number for each output channel: {out.shape[-1:]}."
        )
    return out + bias
