"""Dense layers, and products of matrices and tensors."""

import math

import keras

from .rule import Rule


def _last_axis_mixed(use):
    """A dense layer mixes the last axis only."""
    return use.sight and use.sight.collapse([use.rank - 1])


def _einsum(use):
    """Product of all letters' lengths. Unknown with an ellipsis or three operands (the order decides)."""
    terms = use.op.subscripts.replace(" ", "").split("->")[0].split(",")
    shapes = [tuple(operand.shape) for operand in keras.tree.flatten(use.args)]
    if len(terms) != 2 or any("." in t or len(t) != len(s) for t, s in zip(terms, shapes, strict=True)):
        return None
    lengths = dict(zip("".join(terms), (*shapes[0], *shapes[1]), strict=True))
    return None if None in lengths.values() else math.prod(lengths.values())


def _attention(use):
    """Two products: queries with keys, and what comes of them with values. Whether it is kept, the backend decides."""
    return (math.prod(use.shape) + math.prod(use.outputs[0])) * use.inputs[1][1]


LAYERS = {
    Rule(lambda use: math.prod(use.shape) * use.op.units, _last_axis_mixed, "inputs"): "Dense",
}
OPERATIONS = {
    Rule(  # a single number has no shape: unknown
        lambda use: math.prod(use.outputs[0]) * min(use.args[0].shape[-1], use.args[1].shape[-2:][0]), None, "inputs"
    ): "Matmul Dot",
    Rule(_einsum, None, "inputs"): "Einsum",
    Rule(_attention, None, "inputs", extra=None): "DotProductAttention",
}
