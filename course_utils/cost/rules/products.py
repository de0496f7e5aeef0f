"""Dense layers, and products of matrices and tensors."""

import math

import keras

from .rule import Rule, not_followed


def _dense(use):
    return math.prod(use.shape) * use.op.units


def _last_axis_mixed(use):
    """A dense layer mixes the last axis only."""
    return use.sight.collapse([use.rank - 1])


def _lengths(equation, shapes):
    """{letter: length}, {} with an ellipsis or three operands (their order would decide)."""
    terms = equation.replace(" ", "").split("->")[0].split(",")
    if "." in equation or len(terms) != 2 or any(len(t) != len(s) for t, s in zip(terms, shapes, strict=True)):
        return {}
    return {letter: n for term, shape in zip(terms, shapes, strict=True) for letter, n in zip(term, shape, strict=True)}


def _einsum(equation, *shapes):
    """Product of all letters' lengths."""
    lengths = _lengths(equation, shapes)
    return math.prod(lengths.values()) if lengths else None


def product_shape(equation, *operands):
    """Shape of an einsum of two operands, None where it cannot be told."""
    lengths = _lengths(equation, [tuple(operand.shape) for operand in operands])
    return tuple(lengths[letter] for letter in equation.split("->")[1].strip()) if lengths else None


def _einsum_layer(use):
    return _einsum(use.op.equation, use.shape, tuple(use.op.kernel.shape))


def _einsum_operation(use):
    return _einsum(use.op.subscripts, *[tuple(operand.shape) for operand in keras.tree.flatten(use.args)])


def _matmul(use):
    return math.prod(use.outputs[0]) * use.args[0].shape[-1]


def _times_matrix(use):
    """With a matrix of weights on the right, it is a dense layer."""
    return _last_axis_mixed(use) if len(use.inputs) == 1 and len(use.args[1].shape) == 2 else None


def _dot(use):
    axes = use.op.axes
    return math.prod(use.outputs[0]) * use.shape[axes if isinstance(axes, int) else axes[0]]


def _attention(use):
    """Scores of every query with every key, and the mean of the values: queries (n, t, heads, d), keys (n, s, …)."""
    return 2 * math.prod(use.shape) * use.args[1].shape[1]


LAYERS = {
    Rule(_dense, _last_axis_mixed, "inputs"): "Dense",
    Rule(_einsum_layer, not_followed, "inputs"): "EinsumDense",
    Rule(_dot, not_followed, "inputs"): "Dot",
}
OPERATIONS = {
    Rule(_matmul, _times_matrix, "inputs"): "Matmul Dot",
    Rule(_einsum_operation, not_followed, "inputs"): "Einsum",
    Rule(_attention, not_followed, "inputs", None): "DotProductAttention",
}
