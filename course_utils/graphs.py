"""A Keras model's graph, followed by public means: what cost tables and diagrams are made from."""

import functools

import keras


def graph_of(model):
    """The model as a plain functional one over the same layers, itself where it is one.

    Raises:
        TypeError: a subclassed model, whose call() cannot be read from outside.
        ValueError: a Sequential model that does not know its input yet.
    """
    if isinstance(model, keras.Sequential) and getattr(model, "inputs", None) is None:
        raise ValueError(
            f"{model.name} does not know its input yet: put keras.Input(shape) first in the Sequential model."
        )
    if not has_graph(model):
        raise TypeError(
            f"{model.name} is a subclassed model ({type(model).__name__}): what its call() does cannot be read from "
            "outside. Write it as a functional model: a function that starts from x = keras.Input(shape), calls the "
            "layers on x, and returns keras.Model(inputs, outputs). cost() follows one that was called, given a shape."
        )
    # Sequential models cannot be followed, compiled ones would compile their copy: take the graph alone.
    alone = type(model) is _functional() and not model.compiled
    return model if alone else keras.Model(model.inputs, model.outputs, name=model.name)


def has_graph(op):
    """Whether a layer or operation is a model whose graph says all that it does."""
    is_model = isinstance(op, keras.Model) and getattr(op, "inputs", None)
    return bool(is_model) and type(op).call in (_functional().call, keras.Sequential.call)


def parts_of(layer):
    """A layer, and all the layers inside of it, each once."""
    found, todo = {}, [layer]
    while todo:
        part = todo.pop(0)
        if isinstance(part, keras.Layer) and id(part) not in found:
            found[id(part)] = part
            todo += part.layers if isinstance(part, keras.Model) else keras.tree.flatten(list(vars(part).values()))
    return list(found.values())


def follow(graph, tensors, call, remember):
    """Go through a plain functional model in the order of its data; returns its outputs for `tensors`.

    clone_model() goes through the graph, and hands over every call. The layers themselves need not be called, which
    would leave traces in them: their output shapes are enough. The copy that clone_model() makes in the end needs
    symbolic outputs that come from its inputs; a stand-in for the last layers makes them.

    Args:
        tensors: symbolic inputs.
        call: call(op, args, kwargs) returns symbolic outputs of a layer or operation, and a list of what is to be
            known of each.
        remember: remember(tensor, known) is told of each tensor that comes as an argument later.
    """
    outputs = {id(tensor) for tensor in graph.outputs}
    last = [op for op in graph.operations if any(id(t) in outputs for t in keras.tree.flatten(op.output))]
    found = {id(t) for op in last for t in keras.tree.flatten(op.output)}
    ends = {id(op) for op in (last if outputs <= found else graph.operations)}

    def one_call(op, *args, **kwargs):
        specs, known = call(op, args, kwargs)
        if id(op) in ends:
            specs = _Standin(specs)(tensors)
        for tensor, what in zip(keras.tree.flatten(specs), known, strict=True):
            remember(tensor, what)
        return specs

    copy = keras.models.clone_model(
        graph,
        input_tensors=keras.tree.pack_sequence_as(graph.input, tensors),
        clone_function=lambda layer: layer,
        call_function=one_call,
    )
    return copy.outputs


def input_names(graph):
    """Names of a graph's inputs, in its order: their layers', where they are not inside of another model."""
    layers = {id(op.output): op.name for op in graph.operations if isinstance(op, keras.layers.InputLayer)}
    return [layers.get(id(tensor), tensor.name) for tensor in graph.inputs]


@functools.cache
def _functional():
    """The class of functional models, which Keras does not export."""
    x = keras.Input((1,))
    return type(keras.Model(x, keras.layers.Identity()(x)))  # Keras 3.13 takes no input for an output


class _Standin(keras.Operation):
    """Stands for a layer in the copy of a graph: symbolic outputs of the right shapes."""

    def __init__(self, specs):
        super().__init__()
        self.specs = specs

    def compute_output_spec(self, inputs):
        return self.specs
