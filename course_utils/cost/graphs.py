"""What is counted: a model's graph, at the size asked for, without touching the model."""

import functools
import inspect

import keras

from .rules.rule import spatial_axes


def graph_of(model, input_shape=None):
    """The model as a plain functional model over the same layers; None where there is no graph to follow."""
    if isinstance(model, keras.Sequential) and getattr(model, "inputs", None) is None:
        if input_shape is None:
            raise ValueError(
                f"{model.name} does not know its input yet. Put keras.Input(shape) first in the Sequential model, "
                "or pass input_shape=(height, width, channels)."
            )
        model = keras.Sequential.from_config(model.get_config())  # a copy: the user's stays as it is
        model.build((None, *_shapes(input_shape)[0]))
    if getattr(model, "inputs", None) and type(model).call in (_functional().call, keras.Sequential.call):
        # Sequential models cannot be followed, compiled ones would compile their copy: take the graph alone.
        alone = type(model) is _functional() and not model.compiled
        return model if alone else keras.Model(model.inputs, model.outputs, name=model.name)
    return None


def graph_of_subclass(model, input_shape):
    """The graph of what a subclassed model's call() does, found by calling it on symbolic inputs."""
    shapes = [tuple(tensor.shape[1:]) for tensor in getattr(model, "inputs", None) or ()]
    shapes = shapes if input_shape is None else _shapes(input_shape)
    if not shapes and model.built and (seen := model.get_build_config().get("input_shape")):
        shapes = [tuple(seen)[1:]]
    graph = traced(model, [keras.Input(shape) for shape in shapes[:1]], {}) if len(shapes) == 1 else None
    if graph is None:
        raise TypeError(
            f"{model.name} is a subclassed model ({type(model).__name__}): what its call() does cannot be read from "
            "outside. Write it as a functional model: a function that starts from x = keras.Input(shape), calls the "
            "layers on x, and returns keras.Model(inputs, outputs)."
        )
    return graph


@functools.cache
def _functional():
    """The class of functional models, which Keras does not export."""
    x = keras.Input((1,))
    return type(keras.Model(x, keras.layers.Identity()(x)))  # Keras 3.13 takes no input for an output


class Start(keras.Operation):
    """Stands behind the inputs of a traced graph, so that an input may be an output too. It does nothing."""

    def call(self, x):
        return x

    def compute_output_spec(self, x):
        return keras.KerasTensor(x.shape, x.dtype)


def traced(layer, args, kwargs):
    """What `layer.call` does in inference, as a functional model of layers and operations.

    None where call() does something else than call layers and keras.ops.
    """

    def inner(value):
        if not isinstance(value, keras.KerasTensor):
            return value
        is_float = keras.backend.is_float_dtype(value.dtype)
        inputs.append(keras.Input(batch_shape=value.shape, dtype=layer.compute_dtype if is_float else value.dtype))
        return Start()(inputs[-1])

    inputs = []
    args, kwargs = keras.tree.map_structure(inner, (tuple(args), dict(kwargs)))
    if "training" in inspect.signature(layer.call).parameters:
        kwargs["training"] = False
    try:
        return keras.Model(inputs, layer.call(*args, **kwargs), name=layer.name)
    except Exception:  # whatever a call() of somebody's own may raise
        return None


def inputs_of(graph, input_shape, name):
    """Fresh symbolic inputs of the wanted shape, for one image unless the model asks for more at once.

    Raises:
        ValueError: `input_shape` is no shape, does not fit, or is missing where the model leaves a size open.
    """
    shapes = [tuple(tensor.shape[1:]) for tensor in graph.inputs]
    if input_shape is not None:
        given = _shapes(input_shape)
        if not _fit(given, shapes):
            raise ValueError(
                f"{name} takes inputs of shape {_all(shapes)}; input_shape {_all(given)} does not fit."
                f"{_advice(given, shapes)}"
            )
        shapes = given
    if any(None in shape for shape in shapes):
        raise ValueError(
            f"the input size of {name} is open: {_all(shapes)}. Say for which size to count: "
            "cost(model, input_shape=(224, 224, 3))."
        )
    layers = {id(op.output): op.name for op in graph.operations if isinstance(op, keras.layers.InputLayer)}
    return [
        keras.Input(
            batch_shape=(tensor.shape[0] or 1, *shape), dtype=tensor.dtype, name=layers.get(id(tensor), tensor.name)
        )
        for shape, tensor in zip(shapes, graph.inputs, strict=True)
    ]


def _shapes(input_shape):
    """`input_shape`, one or a list of them, as a list of tuples."""
    try:
        several = [tuple(shape) for shape in input_shape]
    except TypeError:
        several = [input_shape]
    try:
        if not isinstance(input_shape, dict) and len(several[0]):
            return [tuple(None if n is None else int(n) for n in shape) for shape in several]
    except (TypeError, ValueError, IndexError):
        pass
    raise ValueError(
        f"input_shape must be the shape of one image, such as (224, 224, 3), or a list of shapes for a model with "
        f"several inputs, in the order of model.inputs, not {input_shape!r}."
    )


def _fit(given, shapes):
    return len(given) == len(shapes) and all(
        len(new) == len(old)
        and all(b is None or a == b or i < len(old) - 1 for i, (a, b) in enumerate(zip(new, old, strict=True)))
        for new, old in zip(given, shapes, strict=True)
    )


def _advice(given, shapes):
    """What to write instead, where that can be told."""
    if _fit([shape[1:] for shape in given], shapes):
        return " Leave the number of images out."
    if all(len(shape) > 1 for shape in given) and _fit([(*shape[1:], shape[0]) for shape in given], shapes):
        return " The channels come last."
    return ""


def _all(shapes):
    return ", ".join(map(str, shapes))


def other_size(graph, tensors):
    """Whether these inputs have another size than the model was built for (open sizes may take any)."""
    pairs = zip(graph.inputs, tensors, strict=True)
    return any(b not in (None, a) for old, new in pairs for a, b in zip(new.shape[1:], old.shape[1:], strict=True))


def rebuilt(graph, tensors, name):
    """The model over other inputs: new layers of the same settings, whose weights fit the new shapes.

    Raises:
        ValueError: it cannot be built for this size.
    """
    copies = {}

    def copy(op):
        if isinstance(op, keras.Model) and graph_of(op) is not None:
            return op  # copied when it is known on what it is called
        if id(op) not in copies:
            copies[id(op)] = type(op).from_config(op.get_config())
        return copies[id(op)]

    def call(op, *args, **kwargs):
        if isinstance(op, keras.Model) and (inner := graph_of(op)) is not None:
            if id(op) not in copies:
                flat = [t for t in keras.tree.flatten((args, kwargs)) if isinstance(t, keras.KerasTensor)]
                copies[id(op)] = build(inner, [keras.Input(batch_shape=t.shape, dtype=t.dtype) for t in flat])
            op = copies[id(op)]
        return op(*args, **kwargs)

    def build(inner, inputs):
        packed = keras.tree.pack_sequence_as(inner.input, inputs)
        return keras.models.clone_model(inner, input_tensors=packed, clone_function=copy, call_function=call)

    try:
        return build(graph, tensors)
    except Exception as error:  # Keras's own, or a layer's
        reason = " ".join(str(error).split())[:200]
        raise ValueError(
            f"{name} cannot be built for input_shape {_all([tuple(t.shape[1:]) for t in tensors])} ({reason}). "
            "Give cost() a function that builds it for this size."
        ) from error


def image_axes(graph, rank):
    """The axes of an input with `rank` axes that are the image's, by the layout that the model's layers ask for."""
    asked = set(_layouts(graph))
    return spatial_axes(rank, asked.pop() if len(asked) == 1 else None)


def _layouts(graph):
    for op in graph.operations:
        inner = graph_of(op) if isinstance(op, keras.Model) and getattr(op, "inputs", None) else None
        if inner is not None:
            yield from _layouts(inner)
        elif getattr(op, "data_format", None):
            yield op.data_format
