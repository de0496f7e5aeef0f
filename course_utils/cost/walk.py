"""From a model to a table: follow its graph, cost every call of every layer."""

import math
from dataclasses import dataclass, replace

import keras

from . import weights
from .count import rule_of, value
from .graphs import Start, graph_of, image_axes, other_size, traced
from .receptive_field import Sight
from .rules.products import product_shape
from .rules.rule import UNKNOWN, Use
from .rules.values import NOTHING, activation_of
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
    """Follows a graph and writes down a row a call.

    Tensors are those of one image: where positions are moved into the batch axis, its length says how many there are.
    """

    def __init__(self, graph, tensors):
        self.rows, self.extras, self.arrays = [], [], []
        self.tensors = {}  # id of a symbolic tensor: (the tensor, its Sight, its _Array)
        self.counted, self.uses = set(), {}
        self.images = tensors[0].shape[0]  # at once; more than one if the model insists
        for tensor in tensors:
            axes = image_axes(graph, len(tensor.shape))
            self.remember(tensor, sight := Sight.of_image(tensor.shape, axes), self.array(tensor))
            self.row(tensor.name, "InputLayer", None, [tensor], [sight], self.bytes(tensor), 0)
        self.follow(graph, tensors)

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

    def call(self, op, args, kwargs, prefix):
        """Cost one call; returns the shapes of its outputs, and (Sight, _Array) for each."""
        tensors = [t for t in keras.tree.flatten((args, kwargs)) if isinstance(t, keras.KerasTensor)]
        if isinstance(op, Start):
            return op.compute_output_spec(*tensors), [self.tensors[id(tensors[0])][1:]]
        if isinstance(op, keras.Model) and (graph := graph_of(op)) is not None:
            if other_size(graph, tensors):
                raise ValueError(f"{op.name}, inside of the model, takes {graph.inputs[0].shape[1:]}: not this size.")
            return self.nested(graph, tensors, prefix)
        if isinstance(op, keras.layers.TimeDistributed):
            return self.each_step(op, tensors[0], prefix)
        specs = op.compute_output_spec(*args, **kwargs)
        if isinstance(op, keras.layers.EinsumDense) and (shape := product_shape(op.equation, tensors[0], op.kernel)):
            specs = keras.KerasTensor(shape, specs.dtype)  # the layer itself may leave lengths open
        rule = rule_of(op)
        if rule is UNKNOWN and isinstance(op, keras.Layer):
            graph = traced(op, args, kwargs)
            if graph is not None and _alike(graph.outputs, keras.tree.flatten(specs)):
                before = len(self.rows)
                known = self.nested(graph, tensors, prefix)[1]
                if len(self.rows) > before:
                    self.leave_no_weight(op)
                    return specs, known
                rule = NOTHING
        return specs, self.cost(op, rule, args, tensors, keras.tree.flatten(specs), prefix)

    def nested(self, graph, tensors, prefix):
        """A model inside of the model: its layers become rows of the same table, named model/layer."""
        inner = [keras.Input(batch_shape=t.shape, dtype=t.dtype) for t in tensors]
        for tensor, outer in zip(inner, tensors, strict=True):
            self.remember(tensor, *self.tensors[id(outer)][1:])
        outputs = self.follow(graph, inner, f"{prefix}{graph.name}/")
        known = [self.tensors[id(t)][1:] for t in outputs]
        flat = [keras.KerasTensor(t.shape, t.dtype) for t in outputs]
        return keras.tree.pack_sequence_as(graph.output, flat), known

    def each_step(self, op, tensor, prefix):
        """TimeDistributed: its layer is called on all steps, which are moved into the batch axis and back."""
        (n, steps, *rest), (_, sight, array) = tensor.shape, self.tensors[id(tensor)]
        flat = keras.KerasTensor((n * steps, *rest), tensor.dtype)
        self.remember(flat, sight and sight.reshape(flat.shape), array)
        spec, ((sight, array),) = self.call(op.layer, (flat,), {}, f"{prefix}{op.name}/")
        spec = keras.KerasTensor((n, steps, *spec.shape[1:]), spec.dtype)
        return spec, [(sight and sight.reshape(spec.shape), array)]

    def cost(self, op, rule, args, tensors, specs, prefix):
        """Write the row of one call; returns (Sight, _Array) for each output."""
        held = [self.tensors[id(t)] for t in tensors]
        shapes = ([tuple(t.shape) for t in several] for several in (tensors, specs))
        use = Use(op, args, *shapes, [sight for _, sight, _ in held], _width(specs[0].dtype))
        macs, extra = value(rule.macs, use), value(rule.extra, use)
        if all(sight is not None and not sight.fields for sight in use.sights):
            sights = [Sight.of_image(t.shape, ()) for t in specs]  # nothing of an image
        else:
            sight = value(rule.sees, use)
            sights = [sight and sight.fit(t.shape) for t in specs]
        if extra is not None and (besides := getattr(op, "keeps_arrays", 0)):
            extra = None if held[0][2].bytes is None else extra + besides * held[0][2].bytes * self.images
        name = activation_of(op) if isinstance(op, keras.Layer) else None
        arrays = [held[0][2]] * len(specs) if rule.view else [self.array(t) for t in specs]
        if rule.keeps == "inputs":
            for _, _, array in held:
                array.kept = True
        if rule.keeps == "output" or name is not None:
            for array in arrays:
                array.kept = True
        kind = type(op).__name__ if isinstance(op, keras.Layer) else f"ops.{type(op).__name__}"
        sizes = [self.bytes(t) for t in specs]
        written = 0 if rule.view or rule.dropped else None if None in sizes else sum(sizes)
        variables = [v for v in keras.tree.flatten(args) if isinstance(v, keras.Variable)]
        self.row(prefix + op.name, kind, op, specs, sights, written, self.each(macs), self.each(extra), variables)
        return list(zip(sights, arrays, strict=True))

    def row(self, name, kind, op, specs, sights, written, macs, extra=0, variables=()):
        number = self.uses[id(op)] = self.uses.get(id(op), 0) + (op is not None)
        sight = None if None in sights else sights[0]
        seen = sight is not None and sight.fields
        shapes = [tuple(t.shape[1:] if t.shape[0] == self.images else t.shape) for t in specs]
        own = weights.parameters(op, self.counted) if isinstance(op, keras.Layer) else 0
        row = Row(
            name=name if number < 2 else f"{name} (use {number})",
            kind=kind,
            output_shape=shapes[0] if len(shapes) == 1 else tuple(shapes),
            parameters=None if own is None else own + weights.of_variables(variables, self.counted),
            macs=macs,
            activation_bytes=written,
            training_bytes=None,
            receptive_field=_axes(field.size for field in sight.fields) if seen else None,
            stride=_axes(field.stride for field in sight.fields) if seen else None,
            offset=_axes(field.offset for field in sight.fields) if seen else None,
            uses=1,
            sees="unknown" if sight is None else "nothing" if not seen else "map" if sight.on_a_map else "all",
        )
        self.rows.append((id(op), row))
        self.extras.append(extra)

    def leave_no_weight(self, op):
        """Weights of a layer that was followed, but that no row of it has, such as a kernel that call() reshapes."""
        key, row = self.rows[-1]
        left = weights.parameters(op, self.counted)
        both = None if None in (left, row.parameters) else left + row.parameters
        self.rows[-1] = key, replace(row, parameters=both)

    def each(self, total):
        """One image's share of a number."""
        return None if total is None or total % self.images else total // self.images

    def bytes(self, tensor):
        """Bytes of one image's share of a tensor; None where a length is open."""
        return None if None in tensor.shape else self.each(math.prod(tensor.shape) * _width(tensor.dtype))

    def array(self, tensor):
        """A new array, made by the row that is written next."""
        self.arrays.append(_Array(len(self.rows), self.bytes(tensor)))
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


def _alike(tensors, specs):
    """Whether a traced layer gives what the layer itself says that it gives, as far as the lengths are known."""
    return len(tensors) == len(specs) and all(
        a.dtype == b.dtype
        and len(a.shape) == len(b.shape)
        and all(n in (None, m) for n, m in zip(a.shape, b.shape, strict=True))
        for a, b in zip(tensors, specs, strict=True)
    )


def _axes(values):
    """One number where all axes agree, else a tuple; whole numbers as int."""
    values = tuple(int(v) if v is not None and v == int(v) else v for v in values)
    return values[0] if len(set(values)) == 1 else values


def _width(dtype):
    """Bytes of one value."""
    digits = "".join(c for c in str(dtype).split("_")[0] if c.isdigit())
    return int(digits) // 8 if digits else 1
