"""Dense layers, and products of matrices and tensors."""

import math

import keras

from .rule import Rule, not_followed


def _dense(use):
    return math.prod(use.shape) * use.op.units


def _last_axis_mixed(use):
    """A dense layer mixes the last axis only."""
    return use.sight and use.sight.collapse([use.rank - 1])


def _einsum(equation, *shapes):
    """Product of all letters' lengths. Unknown with an ellipsis or three operands (the order decides)."""
    terms = equation.replace(" ", "").split("->")[0].split(",")
    if "." in equation or len(terms) != 2 or any(len(t) != len(s) for t, s in zip(terms, shapes, strict=True)):
        return None
    lengths = {
        letter: n for term, shape in zip(terms, shapes, strict=True) for letter, n in zip(term, shape, strict=True)
    }
    return None if None in lengths.values() else math.prod(lengths.values())


def _einsum_layer(use):
    return _einsum(use.op.equation, use.shape, tuple(use.op.kernel.shape))


def _einsum_operation(use):
    return _einsum(use.op.subscripts, *[tuple(operand.shape) for operand in keras.tree.flatten(use.args)])


def _matmul(use):
    return math.prod(use.outputs[0]) * use.args[0].shape[-1]


def _dot(use):
    axes = use.op.axes
    return math.prod(use.outputs[0]) * use.shape[axes if isinstance(axes, int) else axes[0]]


LAYERS = {
    Rule(_dense, _last_axis_mixed, "inputs"): "Dense",
    Rule(_einsum_layer, not_followed, "inputs"): "EinsumDense",
    Rule(_dot, not_followed, "inputs"): "Dot",
}
OPERATIONS = {
    Rule(_matmul, not_followed, "inputs"): "Matmul Dot",
    Rule(_einsum_operation, not_followed, "inputs"): "Einsum",
}
