"""A Keras model's graph, read by public means."""

import functools
from collections import Counter
from dataclasses import dataclass, field

import keras

from .words import words


@dataclass(eq=False)
class Node:
    """A box of the diagram: the operations that it stands for, none for an input or an output of the model."""

    name: str  # of its layer; of several folded into one, joined by " + "; each node's differs
    kind: str
    text: str
    shape: tuple  # of what it gives, without the batch
    inputs: list  # the nodes that it reads, in their order
    before: list = field(default_factory=list)  # small print above the text, and below
    after: list = field(default_factory=list)

    @property
    def length(self):
        """How many layers it stands for, roughly."""
        return 1 + len(self.before) + len(self.after)

    @property
    def face(self):
        """All that is written on it."""
        return self.kind, tuple(self.before), self.text, tuple(self.after)


def read(model_or_builder, open_models=False):
    """The nodes of a model in the order of its data, inputs first, outputs last.

    Args:
        model_or_builder: a functional or Sequential Keras model, or a function that returns one, whose weights are
            then not allocated.
        open_models: whether a model inside of the model is drawn layer by layer, not as one box.

    Raises:
        TypeError: no such model, or a subclassed one, whose call() cannot be read from outside.
        ValueError: a Sequential model that does not know its input yet.
    """
    if callable(model_or_builder) and not isinstance(model_or_builder, keras.Layer):
        from ...cost.weightless import weightless  # assignment 4 forbids cost, and imports figures

        return weightless(lambda: read(model_or_builder(), open_models))
    if not isinstance(model_or_builder, keras.Model):
        raise TypeError(
            f"a diagram is drawn of a Keras model, or of a function without arguments that returns one, not of "
            f"{type(model_or_builder).__name__}"
        )
    graph = _plain(model_or_builder)
    reader = _Reader(open_models)
    names = {id(op.output): op.name for op in graph.operations if isinstance(op, keras.layers.InputLayer)}
    inputs = [
        reader.node(names.get(id(tensor), tensor.name), "input", "", tuple(tensor.shape[1:]), [])
        for tensor in graph.inputs
    ]
    for number, node in enumerate(reader.follow(graph, inputs, "")):
        reader.node(f"output {number + 1}", "output", "", node.shape, [node])
    return in_order(reader.nodes)


def _plain(model):
    """The model as a plain functional one over the same layers, itself where it is one."""
    if isinstance(model, keras.Sequential) and not model.built:
        raise ValueError(f"{model.name} does not know its input yet: put keras.Input(shape) first")
    if getattr(model, "inputs", None) and type(model).call in (_functional().call, keras.Sequential.call):
        alone = type(model) is _functional() and not model.compiled  # a compiled model would compile its copy
        return model if alone else keras.Model(model.inputs, model.outputs)
    raise TypeError(f"{model.name} is a subclassed model ({type(model).__name__}): its call() has no graph to read")


@functools.cache
def _functional():
    """The class of functional models, which Keras does not export."""
    x = keras.Input((1,))
    return type(keras.Model(x, keras.layers.Identity()(x)))


class _Standin(keras.Operation):
    """Symbolic outputs of the right shapes, so that clone_model() finds its copy connected."""

    def __init__(self, specs):
        super().__init__()
        self.specs = specs

    def compute_output_spec(self, inputs):
        return self.specs


class _Reader:
    """Goes through a graph as clone_model() does, without calling its layers, and makes a node of every call."""

    def __init__(self, open_models):
        self.open_models, self.nodes, self.names = open_models, [], Counter()
        self.made = {}  # id of a symbolic tensor: (its node, the tensor itself, so that the id stays its own)

    def follow(self, graph, inputs, prefix):
        """Nodes that give the outputs of `graph`, whose inputs come from the nodes `inputs`."""
        tensors = [keras.Input(batch_shape=t.shape, dtype=t.dtype) for t in graph.inputs]
        self.made.update({id(t): (node, t) for t, node in zip(tensors, inputs, strict=True)})

        def call(op, *args, **kwargs):
            symbols = [t for t in keras.tree.flatten((args, kwargs)) if isinstance(t, keras.KerasTensor)]
            given = [self.made[id(t)][0] for t in symbols]
            specs = op.compute_output_spec(*args, **kwargs)
            nodes = self.called(op, given, keras.tree.flatten(specs), prefix)
            specs = _Standin(specs)(tensors)
            self.made.update({id(t): (n, t) for n, t in zip(nodes, keras.tree.flatten(specs), strict=True)})
            return specs

        copy = keras.models.clone_model(
            graph,
            input_tensors=keras.tree.pack_sequence_as(graph.input, tensors),
            clone_function=lambda layer: layer,
            call_function=call,
        )
        return [self.made[id(t)][0] for t in copy.outputs]

    def called(self, op, given, specs, prefix):
        """A node for each output of one call."""
        if self.open_models and isinstance(op, keras.Model) and getattr(op, "inputs", None):
            return self.follow(_plain(op), given, f"{prefix}{op.name}/")
        shape = tuple(specs[0].shape[1:])
        kind, text, small = words(op, [node.shape for node in given], shape)
        return [self.node(prefix + op.name, kind, text, shape, given, small)] * len(specs)

    def node(self, name, kind, text, shape, inputs, small=()):
        self.names[name] += 1
        name = name if self.names[name] == 1 else f"{name} (use {self.names[name]})"
        self.nodes.append(Node(name, kind, text, shape, list(inputs), after=list(small)))
        return self.nodes[-1]


def in_order(nodes):
    """Each node after those that it reads; branches in the order in which they are joined, of a sum the longest first.

    Equal blocks come in equal order.
    """
    depth, done = {}, {}
    for node in nodes:
        depth[node] = 1 + max((depth[u] for u in node.inputs), default=0)

    def visit(node):
        stack = [node]
        while stack:
            first = stack[-1].inputs
            if stack[-1].kind in ("add", "multiply"):
                first = sorted(first, key=lambda source: -depth[source])
            missing = next((source for source in first if source not in done), None)
            if missing is None:
                done[stack.pop()] = None
            else:
                stack.append(missing)

    for node in nodes:
        if node.kind in ("input", "output"):
            visit(node)
    return list(done)
