"""A Keras model's graph, read by public means."""

from collections import Counter
from dataclasses import dataclass, field

import keras

from ...graphs import follow, graph_of, input_names
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


def read(model_or_builder):
    """The nodes of a model in the order of its data, inputs first, outputs last.

    Args:
        model_or_builder: a functional or Sequential Keras model, or a function that returns one, whose weights are
            then not allocated.

    Raises:
        TypeError: no such model, or a subclassed one, whose call() cannot be read from outside.
        ValueError: a Sequential model that does not know its input yet.
    """
    if callable(model_or_builder) and not isinstance(model_or_builder, keras.Layer):
        from ...cost.weightless import weightless  # here: figures can then be had where cost is closed

        return weightless(lambda: read(model_or_builder()))
    if not isinstance(model_or_builder, keras.Model):
        raise TypeError(
            f"a diagram is drawn of a Keras model, or of a function without arguments that returns one, not of "
            f"{type(model_or_builder).__name__}"
        )
    graph = graph_of(model_or_builder)
    reader = _Reader()
    inputs = [
        reader.node(name, "input", "", tuple(tensor.shape[1:]), [])
        for name, tensor in zip(input_names(graph), graph.inputs, strict=True)
    ]
    for number, node in enumerate(reader.follow(graph, inputs)):
        reader.node(f"output {number + 1}", "output", "", node.shape, [node])
    return in_order(reader.nodes)


class _Reader:
    """Goes through a graph without calling its layers, and makes a node of every call."""

    def __init__(self):
        self.nodes, self.names = [], Counter()
        self.made = {}  # id of a symbolic tensor: (its node, the tensor itself, so that the id stays its own)

    def follow(self, graph, inputs):
        """Nodes that give the outputs of `graph`, whose inputs come from the nodes `inputs`."""
        tensors = [keras.Input(batch_shape=t.shape, dtype=t.dtype) for t in graph.inputs]
        for tensor, node in zip(tensors, inputs, strict=True):
            self.remember(tensor, node)

        def call(op, args, kwargs):
            symbols = [t for t in keras.tree.flatten((args, kwargs)) if isinstance(t, keras.KerasTensor)]
            given = [self.made[id(t)][0] for t in symbols]
            specs = op.compute_output_spec(*args, **kwargs)
            return specs, self.called(op, given, keras.tree.flatten(specs))

        return [self.made[id(t)][0] for t in follow(graph, tensors, call, self.remember)]

    def remember(self, tensor, node):
        self.made[id(tensor)] = (node, tensor)

    def called(self, op, given, specs):
        """A node for each output of one call."""
        shape = tuple(specs[0].shape[1:])
        kind, text, small = words(op, [node.shape for node in given], shape)
        return [self.node(op.name, kind, text, shape, given, small)] * len(specs)

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
