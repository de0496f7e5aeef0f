"""Follow a model's graph and cost every call of every layer."""

import contextlib
import inspect
import math
from dataclasses import dataclass, replace

import keras

from ..graphs import follow, graph_of, has_graph
from .count import rule_of, value
from .graphs import as_it_was, image_axes, inside, other_size
from .receptive_field import Field, Sight
from .rules.rule import UNKNOWN, Use
from .rules.values import activation_of
from .table import Row
from .weights import parameters


@dataclass(frozen=True, eq=False, slots=True)
class _Array:
    """One array in memory, made by a row; views of it share it."""

    row: int
    bytes: int | None


class Walk:
    """Follows a graph and writes down a row a call.

    Tensors are those of one image: where positions are moved into the batch axis, its length says how many there are.
    """

    def __init__(self, graph, tensors):
        self.rows, self.training, self.kept = [], [], set()  # rows, bytes kept besides arrays, and the arrays kept
        self.tensors = {}  # id of a symbolic tensor: (the tensor, its Sight, its _Array)
        self.counted, self.arguments, self.uses = set(), set(), {}  # weights counted; given as arguments; calls
        for tensor in tensors:
            sight = Sight.of_image(tensor.shape, image_axes(graph, len(tensor.shape)))
            self.remember(tensor, (sight, self.array(tensor)))
            self.row(tensor.name, "InputLayer", None, [tensor], sight, _bytes(tensor), 0)
        self.follow(graph, tensors, "")

    def follow(self, graph, tensors, prefix):
        """Write a row for each call in a graph; returns its outputs."""
        return follow(graph, tensors, lambda op, args, kwargs: self.call(op, args, kwargs, prefix), self.remember)

    def call(self, op, args, kwargs, prefix):
        """Cost one call; returns its symbolic outputs, and (Sight, _Array) of each."""
        given = keras.tree.flatten((args, kwargs))
        tensors = [t for t in given if isinstance(t, keras.KerasTensor)]
        self.arguments |= {id(v) for v in given if isinstance(v, keras.Variable)}
        if "training" not in inspect.signature(op.call).parameters:
            kwargs.pop("training", None)  # as Layer.__call__ does
        with as_it_was(op) if rule_of(op) is UNKNOWN else contextlib.nullcontext():
            graph = graph_of(op) if has_graph(op) else inside(op, args, kwargs) if rule_of(op) is UNKNOWN else None
            specs = op.compute_output_spec(*args, **kwargs) if graph is None else None
        if graph is not None:
            return self.nested(op, graph, tensors, prefix)
        if type(op).__name__ == "DotProductAttention":  # as wide as its values; Keras says, as its queries
            specs = keras.KerasTensor((*tensors[0].shape[:-1], tensors[2].shape[-1]), specs.dtype)
        return specs, self.cost(op, args, tensors, keras.tree.flatten(specs), prefix)

    def nested(self, layer, graph, tensors, prefix):
        """A model or a layer made of layers: rows of the same table, named layer/part, and one for its own weights.

        A kernel that nothing inside was called with takes part in work that the graph does not show: that is unknown.
        """
        name = prefix + layer.name
        if other_size(graph, tensors):
            raise ValueError(f"{layer.name}, inside of the model, takes {graph.inputs[0].shape[1:]}: not this size.")
        inner = [keras.Input(batch_shape=t.shape, dtype=t.dtype) for t in tensors]
        for tensor, outer in zip(inner, tensors, strict=True):
            self.remember(tensor, self.tensors[id(outer)][1:])
        outputs = self.follow(graph, inner, f"{name}/")
        known = [self.tensors[id(t)][1:] for t in outputs]
        flat = [keras.KerasTensor(t.shape, t.dtype) for t in outputs]
        parts = {id(w) for op in graph.operations if isinstance(op, keras.Layer) for w in op.weights}
        if own := [weight for weight in layer.weights if id(weight) not in parts]:
            followed = self.arguments.issuperset(id(weight) for weight in own if len(weight.shape) > 1)
            known = known if followed else [(None, array) for _, array in known]
            macs = 0 if followed else None
            self.row(name, type(layer).__name__, layer, flat, known[0][0], 0, macs, macs)
        return keras.tree.pack_sequence_as(graph.output, flat), known

    def cost(self, op, args, tensors, specs, prefix):
        """Write the row of one call; returns (Sight, _Array) for each output."""
        held = [self.tensors[id(t)] for t in tensors]
        shapes = ([tuple(t.shape) for t in several] for several in (tensors, specs))
        use = Use(op, args, *shapes, [sight for _, sight, _ in held], _width(specs[0].dtype))
        rule = rule_of(op)
        macs, sight, extra = value(rule.macs, use), value(rule.sees, use), value(rule.extra, use)
        if all(known is not None and not known.fields for known in use.sights):
            sight = use.sight  # nothing of an image
        if extra is not None and (besides := getattr(op, "keeps_arrays", 0)):
            extra = None if held[0][2].bytes is None else extra + besides * held[0][2].bytes
        name = activation_of(op) if isinstance(op, keras.Layer) else None
        arrays = [held[0][2]] * len(specs) if rule.view else [self.array(t) for t in specs]
        if rule.keeps == "inputs":
            self.kept.update(array for _, _, array in held)
        if rule.keeps == "output" or name is not None:
            self.kept.update(arrays)
        kind = type(op).__name__ if isinstance(op, keras.Layer) else f"ops.{type(op).__name__}"
        sizes = [_bytes(t) for t in specs]
        written = 0 if rule.view or rule.dropped else None if rule is UNKNOWN or None in sizes else sum(sizes)
        self.row(prefix + op.name, kind, op, specs, sight, written, macs, extra)
        return [(sight, array) for array in arrays]

    def row(self, name, kind, op, specs, sight, written, macs, extra=0):
        number = self.uses[id(op)] = self.uses.get(id(op), 0) + (op is not None)
        seen = sight is not None and sight.fields
        shapes = [tuple(t.shape[1:] if t.shape[:1] == (1,) else t.shape) for t in specs]
        on_a_map = seen and any(axis is not None for axis in sight.axes)
        self.rows.append(
            Row(
                name=name if number < 2 else f"{name} (use {number})",
                kind=kind,
                output_shape=shapes[0] if len(shapes) == 1 else tuple(shapes),
                parameters=parameters(op, self.counted) if isinstance(op, keras.Layer) else 0,
                macs=macs,
                activation_bytes=written,
                training_bytes=None,
                receptive_field=_each(map(Field.size, sight.fields, sight.lengths)) if seen else None,
                stride=_each(field.stride for field in sight.fields) if seen else None,
                offset=_each(field.offset for field in sight.fields) if seen else None,
                sees="unknown" if sight is None else "map" if on_a_map else "all" if seen else "nothing",
                window=_each(map(Field.window_size, sight.fields, sight.lengths)) if seen else None,
            )
        )
        self.training.append(extra)

    def array(self, tensor):
        """A new array, made by the row that is written next."""
        return _Array(len(self.rows), _bytes(tensor))

    def remember(self, tensor, known):
        self.tensors[id(tensor)] = (tensor, *known)

    def finished(self):
        """The rows, now that it is known what has to be kept."""
        for array in self.kept:
            known = None not in (array.bytes, self.training[array.row])
            self.training[array.row] = self.training[array.row] + array.bytes if known else None
        return [replace(row, training_bytes=bytes) for row, bytes in zip(self.rows, self.training, strict=True)]


def _each(values):
    """One number where all axes agree, else a tuple; whole numbers as int."""
    values = tuple(int(v) if v is not None and v == int(v) else v for v in values)
    return values[0] if len(set(values)) == 1 else values


def _bytes(tensor):
    """Bytes of one image's share of a tensor; None where a length is open."""
    return None if None in tensor.shape else math.prod(tensor.shape) * _width(tensor.dtype)


def _width(dtype):
    """Bytes of one value."""
    digits = "".join(c for c in str(dtype).split("_")[0] if c.isdigit())
    return int(digits) // 8 if digits else 1
