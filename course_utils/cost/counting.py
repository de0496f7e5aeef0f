"""`cost` and `compare`: build a model without its weights, and walk through its graph."""

import gc

import keras

from .count import CONVENTION
from .graphs import graph_at
from .table import Comparison, Table
from .walk import Walk
from .weightless import weightless


def cost(model_or_builder, input_shape=None):
    """What every layer of a model costs, as a `Table`.

    Give a builder, such as `lambda: vgg(16)`, rather than the model: then no weights are allocated, unless it needs
    them, to compile the model or to load a file: it is called a second time then.

    Args:
        model_or_builder: a functional or Sequential Keras model, or a function without arguments that returns one.
        input_shape: shape of one input without the batch, such as (224, 224, 3), or a list of them for several inputs;
            needed where the model leaves its input size open. It replaces the model's own: the weights are then those
            that the model would have if it were built for this size.

    Raises:
        TypeError: what was given is no Keras model and no function that returns one, or is a subclassed model that is
            not built yet or comes without `input_shape`.
        ValueError: the input size is open, or `input_shape` does not fit the model.
    """
    collecting, made = gc.isenabled(), [model_or_builder]
    # A deep model is a hundred thousand objects in circles: while they are made, Python's garbage collector would go
    # through them again and again; when they are given up, it would let them lie until it comes round.
    gc.disable()
    try:
        if callable(model_or_builder) and not isinstance(model_or_builder, keras.Layer):
            try:
                made = [weightless(model_or_builder)]
            except Exception:  # an error of the builder's own comes again, and arrives
                made = [model_or_builder()]
        return weightless(lambda: _table(made.pop(), input_shape))
    finally:
        gc.collect(0)  # the new ones
        if collecting:
            gc.enable()


def compare(models, input_shape=None):
    """Cost of several models side by side.

    Args:
        models: {name: model or builder}, as in `cost`.
        input_shape: for all of them, as in `cost`.

    Returns:
        a `Comparison`: a row of totals a model, printed and saved like a `Table`.

    Raises:
        ValueError: no model given. TypeError, ValueError: as in `cost`.
    """
    if not isinstance(models, dict) or not models:
        raise ValueError('compare() needs a dict of at least one model: compare({"VGG-16": lambda: vgg(16)}).')
    return Comparison({name: cost(model, input_shape) for name, model in models.items()})


def _table(model, input_shape):
    if not isinstance(model, keras.Model):
        raise TypeError(
            f"cost() needs a Keras model or a function without arguments that returns one, not {type(model).__name__}. "
            "For a model called vgg(16), write cost(lambda: vgg(16))."
        )
    return Table(model.name, Walk(*graph_at(model, input_shape)).finished(), CONVENTION)
