"""Which rule counts for a layer: multiply-accumulates (MACs), what it sees, what training keeps.

`KNOWN` and `KNOWN_OPERATIONS` are put together from the explicit lists in rules/. What stands in neither is unknown,
and is shown so: nothing costs 0 because somebody forgot it. A layer of your own is followed into its call(), or counted
like a Keras layer if its class says so; and it may say how many arrays of its input's size the backward pass needs:

    class LocalResponseNormalization(keras.layers.Layer):
        counts_as = "LayerNormalization"
        keeps_arrays = 2
"""

import keras

from .rules import layout, products, values, windows
from .rules.rule import UNKNOWN

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

_FAMILIES = (windows, products, values, layout)
KNOWN = {
    getattr(keras.layers, name): rule
    for family in _FAMILIES
    for rule, names in family.LAYERS.items()
    for name in names.split()
    if hasattr(keras.layers, name)  # a Keras that is older lacks some
}
"""The rule of each Keras layer class; a class that is missing is unknown."""

KNOWN_OPERATIONS = {
    name: rule for family in _FAMILIES for rule, names in family.OPERATIONS.items() for name in names.split()
}
"""The rule of each keras.ops operation, by the name that it has in a functional model."""


def rule_of(op):
    """The Rule of a layer or operation, UNKNOWN where there is none.

    A subclass of a known layer is counted like it as long as it does not change `call`, or says what it counts as.
    """
    if not isinstance(op, keras.Layer):
        ours = type(op).__module__.split(".")[0] == "keras"
        return KNOWN_OPERATIONS.get(type(op).__name__, UNKNOWN) if ours else UNKNOWN
    if isinstance(op, keras.layers.Activation):
        return values.activation_rule(op)
    named = getattr(keras.layers, getattr(op, "counts_as", ""), None)
    for base in [named, *type(op).__mro__]:
        if base in KNOWN:
            return KNOWN[base] if base is named or type(op).call is base.call else UNKNOWN
    return UNKNOWN


def value(rule_entry, use):
    """An entry of a Rule for this use; None (unknown) also where the shapes do not tell."""
    if not callable(rule_entry):
        return rule_entry
    try:
        return rule_entry(use)
    except (TypeError, AttributeError, IndexError):  # an open size, an operand that is no tensor
        return None
