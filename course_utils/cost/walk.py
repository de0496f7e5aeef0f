"""Follow a model's graph and cost every call of every layer."""

import math
from dataclasses import dataclass, replace

import keras

from ..graphs import follow, graph_of, has_graph
from .count import rule_of, value
from .graphs import image_axes, other_size
from .receptive_field import Sight
from .rules.rule import Use
from .rules.values import activation_of
from .table import Row
from .weights import parameters


@dataclass(slots=True)
class _Array:
    """One array in memory, made by a row; views of it share it."""

    row: int
    bytes: int | None
    kept: bool = False


class Walk:
    """Follows a graph and writes down a row a call.

    Tensors are those of one image: where positions are moved into the batch axis, its length says how many there are.
    """

    def __init__(self, graph, tensors):
        self.rows, self.extras, self.arrays = [], [], []
        self.tensors = {}  # id of a symbolic tensor: (the tensor, its Sight, its _Array)
        self.counted, self.uses = set(), {}
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
        tensors = [t for t in keras.tree.flatten((args, kwargs)) if isinstance(t, keras.KerasTensor)]
        if has_graph(op):
            return self.nested(op, tensors, prefix)
        specs = op.compute_output_spec(*args, **kwargs)
        return specs, self.cost(op, args, tensors, keras.tree.flatten(specs), prefix)

    def nested(self, model, tensors, prefix):
        """A model inside of the model: its layers become rows of the same table, named model/layer."""
        graph = graph_of(model)
        if other_size(graph, tensors):
            raise ValueError(f"{model.name}, inside of the model, takes {graph.inputs[0].shape[1:]}: not this size.")
        inner = [keras.Input(batch_shape=t.shape, dtype=t.dtype) for t in tensors]
        for tensor, outer in zip(inner, tensors, strict=True):
            self.remember(tensor, self.tensors[id(outer)][1:])
        outputs = self.follow(graph, inner, f"{prefix}{model.name}/")
        known = [self.tensors[id(t)][1:] for t in outputs]
        flat = [keras.KerasTensor(t.shape, t.dtype) for t in outputs]
        return keras.tree.pack_sequence_as(model.output, flat), known

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
        shapes = [tuple(t.shape[1:] if t.shape[0] == 1 else t.shape) for t in specs]
        on_a_map = seen and any(axis is not None for axis in sight.axes)
        self.rows.append(
            (
                id(op),
                Row(
                    name=name if number < 2 else f"{name} (use {number})",
                    kind=kind,
                    output_shape=shapes[0] if len(shapes) == 1 else tuple(shapes),
                    parameters=parameters(op, self.counted) if isinstance(op, keras.Layer) else 0,
                    macs=macs,
                    activation_bytes=written,
                    training_bytes=None,
                    receptive_field=_each(field.size for field in sight.fields) if seen else None,
                    stride=_each(field.stride for field in sight.fields) if seen else None,
                    offset=_each(field.offset for field in sight.fields) if seen else None,
                    uses=1,
                    sees="unknown" if sight is None else "map" if on_a_map else "all" if seen else "nothing",
                ),
            )
        )
        self.extras.append(extra)

    def array(self, tensor):
        """A new array, made by the row that is written next."""
        self.arrays.append(_Array(len(self.rows), _bytes(tensor)))
        return self.arrays[-1]

    def remember(self, tensor, known):
        self.tensors[id(tensor)] = (tensor, *known)

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
    values = tuple(int(v) if v is not None and v == int(v) else v for v in values)
    return values[0] if len(set(values)) == 1 else values


def _bytes(tensor):
    """Bytes of one image's share of a tensor; None where a length is open."""
    return None if None in tensor.shape else math.prod(tensor.shape) * _width(tensor.dtype)


def _width(dtype):
    """Bytes of one value."""
    digits = "".join(c for c in str(dtype).split("_")[0] if c.isdigit())
    return int(digits) // 8 if digits else 1
