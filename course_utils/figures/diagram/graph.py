"""A Keras model's graph by public means: nodes, layers folded into their convolution, blocks that repeat."""

from collections import Counter
from dataclasses import dataclass, field

import keras

from ...cost.weightless import weightless
from .words import words

ANCHORS = ("conv", "1x1", "dense")  # what others are folded into
FOLDED = ("norm", "activation", "dropout", "padding")
JOINS = ("add", "multiply", "concat")


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
    """The model as a plain functional one over the same layers."""
    if isinstance(model, keras.Sequential) and not model.built:
        raise ValueError(f"{model.name} does not know its input yet: put keras.Input(shape) first")
    if getattr(model, "inputs", None):
        graph = keras.Model(model.inputs, model.outputs)
        if type(model).call in (type(graph).call, keras.Sequential.call):
            return graph
    raise TypeError(f"{model.name} is a subclassed model ({type(model).__name__}): its call() has no graph to read")


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


def fold(nodes):
    """Normalisation, activations, padding and dropout as small print of the convolution that they belong to.

    What follows a convolution goes with it, padding goes with what comes next; where a network normalises before it
    convolves, as DenseNet does, normalisation and activation go with what comes next, too.
    """
    readers = {node: [] for node in nodes}
    for node in nodes:
        for source in node.inputs:
            readers[source].append(node)
    early = any(node.kind == "norm" and _before(node).kind not in ANCHORS for node in nodes)
    kept = dict.fromkeys(nodes)

    def back():
        for node in nodes:
            if node in kept and node.kind in FOLDED and node.kind != "padding":
                host = node.inputs[0]
                if host.kind in ANCHORS and len(readers[host]) == 1:
                    host.name, host.after = f"{host.name} + {node.name}", [*host.after, node.text]
                    host.shape = node.shape
                    readers[host] = readers[node]
                    for reader in readers[node]:
                        reader.inputs = [host if source is node else source for source in reader.inputs]
                    del kept[node]

    def forward():
        for node in reversed(nodes):
            if node in kept and node.kind in FOLDED and len(readers[node]) == 1:
                (host,) = readers[node]
                if host.kind in ANCHORS:
                    host.name, host.before = f"{node.name} + {host.name}", [node.text, *host.before]
                    host.inputs = node.inputs
                    readers[node.inputs[0]] = [host if r is node else r for r in readers[node.inputs[0]]]
                    del kept[node]

    for step in (forward, back) if early else (back, forward):
        step()
    return list(kept)


def flat(nodes):
    """A concatenation of concatenations as one of all their inputs: what each layer of a dense block reads."""
    for node in nodes:
        if node.kind == "concat":
            inner = [u.inputs if u.face == node.face else [u] for u in node.inputs]
            node.inputs = [source for sources in inner for source in sources]
    read = {id(source) for node in nodes for source in node.inputs}
    return [node for node in nodes if id(node) in read or node.kind == "output"]


def _before(node):
    """What comes before a chain of layers that can be folded."""
    while node.kind in FOLDED:
        node = node.inputs[0]
    return node


@dataclass
class Part:
    """Nodes between two that all data passes through: `entry`, drawn before, and the last of `nodes`."""

    entry: Node | None
    nodes: list


@dataclass
class Run:
    """Parts that follow each other `times` times, drawn once: the last time, read from where the first one began."""

    parts: list
    times: int = 1


def parts(nodes):
    """The graph as a chain of parts."""
    place = {node: number for number, node in enumerate(nodes)}
    furthest, chain, start, entry = -1, [], 0, None
    last_read = dict.fromkeys(nodes, 0)
    for node in nodes:
        for source in node.inputs:
            last_read[source] = max(last_read[source], place[node])
    sources = max((n for n, node in enumerate(nodes) if not node.inputs), default=0)
    sinks = min(n for n, node in enumerate(nodes) if node.kind == "output")
    for number, node in enumerate(nodes):
        if (furthest <= number and sources <= number <= sinks) or number == len(nodes) - 1:
            chain.append(Part(entry, nodes[start : number + 1]))
            start, entry = number + 1, node
        furthest = max(furthest, last_read[node])
    return chain


def collapse(chain):
    """Equal parts that follow each other as one run: equal in what is written on their boxes, in height and width.

    Where the run could begin elsewhere, it begins with its largest part: a block, not the ReLU before it.
    """
    faces, runs, at = [_signature(part) for part in chain], [], 0
    while at < len(chain):
        length, times = repeats(faces, at)
        later = range(1, length) if times > 1 else ()
        later = [k for k in later if faces[at : at + k] == faces[at + times * length : at + times * length + k]]
        first = max([0, *later], key=lambda k: (len(chain[at + k].nodes), -k))
        runs += [Run([part]) for part in chain[at : at + first]]
        at += first
        last = chain[at + (times - 1) * length : at + times * length]
        if times > 1:
            old, last[0].entry = last[0].entry, chain[at].entry
            for node in last[0].nodes:
                node.inputs = [last[0].entry if source is old else source for source in node.inputs]
        runs.append(Run(last, times))
        at += length * times
    return runs


def repeats(items, at):
    """(length, times) of what is repeated most from `at` on: the same `length` items, `times` times; (1, 1) if none."""
    best = (0, -1, 1)
    for length in range(1, (len(items) - at) // 2 + 1):
        times = 1
        while items[at : at + length] == items[at + times * length : at + (times + 1) * length]:
            times += 1
        best = max(best, ((times - 1) * length, -length, times))
    return -best[1], best[2]


def _signature(part):
    place = {node: number for number, node in enumerate(part.nodes)} | {part.entry: -1}
    return [(node.face, node.shape[:-1], [place[source] for source in node.inputs]) for node in part.nodes]
