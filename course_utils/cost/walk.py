"""Follow a model's graph and cost every call of every layer."""

import math
from dataclasses import dataclass, replace

import keras

from .count import rule_of, value
from .graphs import graph_of
from .rules.rule import Use
from .rules.values import activation_of
from .table import Row


class _Standin(keras.Operation):
    """Stands for the last layers in the copy of a graph: a symbolic output of the right shape."""

    def __init__(self, spec):
        super().__init__()
        self.spec = spec

    def call(self, inputs):
        raise NotImplementedError("a stand-in has shapes only")

    def compute_output_spec(self, inputs):
        return self.spec


@dataclass(slots=True)
class _Array:
    """One array in memory, made by a row; views of it share it."""

    row: int
    bytes: int | None
    kept: bool = False


class Walk:
    """Follows a graph and writes down a row a call."""

    def __init__(self):
        self.rows, self.extras, self.arrays = [], [], []
        self.tensors = {}  # id of a symbolic tensor: (the tensor, its Sight, its _Array)
        self.counted, self.uses = set(), {}

    def follow(self, graph, tensors, prefix=""):
        """Call the layers of `graph` in order on `tensors`; returns its outputs.

        clone_model() goes through the graph, and hands every call to `call`. The layers themselves are not called,
        which would leave traces in them: only their output shapes are computed. The copy that clone_model() makes in
        the end needs symbolic outputs that come from its inputs; a stand-in for the last layers makes them.
        """

        outputs = {id(tensor): None for tensor in graph.outputs}
        last = [op for op in graph.operations if any(id(t) in outputs for t in keras.tree.flatten(op.output))]
        found = {id(t) for op in last for t in keras.tree.flatten(op.output)}
        ends = {id(op) for op in (last if outputs.keys() <= found else graph.operations)}

        def call(op, *args, **kwargs):
            specs, known = self.call(op, args, kwargs, prefix)
            if id(op) in ends:
                specs = _Standin(specs)(tensors)
            for tensor, (sight, array) in zip(keras.tree.flatten(specs), known, strict=True):
                self.remember(tensor, sight, array)
            return specs

        copy = keras.models.clone_model(
            graph,
            input_tensors=keras.tree.pack_sequence_as(graph.input, tensors),
            clone_function=lambda layer: layer,
            call_function=call,
        )
        return copy.outputs

    def arrive(self, tensor, sight):
        """An input of the whole model."""
        self.remember(tensor, sight, self.array(tensor))
        self.row(tensor.name, "InputLayer", None, [tensor], sight, _bytes(tensor), 0)

    def call(self, op, args, kwargs, prefix):
        tensors = [t for t in keras.tree.flatten((args, kwargs)) if isinstance(t, keras.KerasTensor)]
        if isinstance(op, keras.Model) and getattr(op, "inputs", None):
            return self.nested(op, tensors, prefix)
        specs = op.compute_output_spec(*args, **kwargs)
        return specs, self.cost(op, args, tensors, keras.tree.flatten(specs), prefix)

    def nested(self, model, tensors, prefix):
        """A model inside of the model: its layers become rows of the same table, named model/layer."""
        graph = graph_of(model)
        inner = [keras.Input(batch_shape=t.shape, dtype=t.dtype) for t in tensors]
        for tensor, outer in zip(inner, tensors, strict=True):
            self.remember(tensor, *self.tensors[id(outer)][1:])
        outputs = self.follow(graph, inner, f"{prefix}{model.name}/")
        known = [self.tensors[id(t)][1:] for t in outputs]
        flat = [keras.KerasTensor(t.shape, t.dtype) for t in outputs]
        return keras.tree.pack_sequence_as(model.output, flat), known

    def cost(self, op, args, tensors, specs, prefix):
        """Write the row of one call; returns (Sight, _Array) for each output."""
        held = [self.tensors[id(t)] for t in tensors]
        shapes = ([t.shape[1:] for t in several] for several in (tensors, specs))
        use = Use(op, args, *shapes, [sight for _, sight, _ in held], _width(specs[0].dtype))
        rule = rule_of(op)
        macs, sight, extra = value(rule.macs, use), value(rule.sees, use), value(rule.extra, use)
        if extra is not None and (besides := getattr(op, "keeps_arrays", 0)):
            extra = None if held[0][2].bytes is None else extra + besides * held[0][2].bytes
        name = activation_of(op) if isinstance(op, keras.Layer) else None
        arrays = [held[0][2]] * len(specs) if rule.view else [self.array(t) for t in specs]
        if rule.keeps == "inputs":
            for _, _, array in held:
                array.kept = True
        if rule.keeps == "output" or name is not None:
            for array in arrays:
                array.kept = True
        kind = type(op).__name__ if isinstance(op, keras.Layer) else f"ops.{type(op).__name__}"
        sizes = [_bytes(t) for t in specs]
        written = 0 if rule.view or rule.dropped else None if None in sizes else sum(sizes)
        self.row(prefix + op.name, kind, op, specs, sight, written, macs, extra)
        return [(sight, array) for array in arrays]

    def row(self, name, kind, op, specs, sight, written, macs, extra=0):
        number = self.uses[id(op)] = self.uses.get(id(op), 0) + (op is not None)
        seen = sight is not None and sight.fields
        shapes = [tuple(t.shape[1:]) for t in specs]
        self.rows.append(
            (
                id(op),
                Row(
                    name=name if number < 2 else f"{name} (use {number})",
                    kind=kind,
                    output_shape=shapes[0] if len(shapes) == 1 else tuple(shapes),
                    parameters=self.parameters(op),
                    macs=macs,
                    activation_bytes=written,
                    training_bytes=None,
                    receptive_field=_each(field.size for field in sight.fields) if seen else None,
                    stride=_each(field.stride for field in sight.fields) if seen else None,
                    offset=_each(field.first[0] for field in sight.fields) if seen else None,
                    uses=1,
                ),
            )
        )
        self.extras.append(extra)

    def parameters(self, op):
        """Number of trainable weights that no row above has. Frozen ones count; averages and statistics do not."""
        if not isinstance(op, keras.Layer):
            return 0
        weights = op.trainable_weights
        if not op.trainable:
            averages = {id(getattr(op, name, None)) for name in ("moving_mean", "moving_variance", "mean", "variance")}
            weights = [w for w in op.weights if id(w) not in averages]
        new = [w for w in weights if id(w) not in self.counted]
        self.counted.update(map(id, new))
        return sum(math.prod(w.shape) for w in new)

    def array(self, tensor):
        """A new array, made by the row that is written next."""
        self.arrays.append(_Array(len(self.rows), _bytes(tensor)))
        return self.arrays[-1]

    def remember(self, tensor, sight, array):
        self.tensors[id(tensor)] = (tensor, sight, array)

    def finished(self):
        """The rows, now that it is known what has to be kept and how often a layer was used."""
        kept = [0] * len(self.rows)
        for array in self.arrays:
            if array.kept:
                known = array.bytes is not None and kept[array.row] is not None
                kept[array.row] = kept[array.row] + array.bytes if known else None
        return [
            replace(row, training_bytes=None if None in (extra, bytes) else bytes + extra, uses=max(self.uses[key], 1))
            for (key, row), extra, bytes in zip(self.rows, self.extras, kept, strict=True)
        ]


def _each(values):
    """One number where all axes agree, else a tuple; whole numbers as int."""
    values = tuple(int(v) if v == int(v) else v for v in values)
    return values[0] if len(set(values)) == 1 else values


def _bytes(tensor):
    """Bytes of one image's share of a tensor; None where a length is open."""
    return None if None in tensor.shape[1:] else math.prod(tensor.shape[1:]) * _width(tensor.dtype)


def _width(dtype):
    """Bytes of one value."""
    digits = "".join(c for c in str(dtype).split("_")[0] if c.isdigit())
    return int(digits) // 8 if digits else 1
