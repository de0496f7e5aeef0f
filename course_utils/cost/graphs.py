"""What is counted: the graph of a model at the size that is asked for. The model itself stays as it is."""

import functools
import inspect

import keras
import numpy as np

from ..graphs import graph_of, has_graph, input_names
from .rules.rule import spatial_axes


def graph_at(model, input_shape):
    """(graph, symbolic inputs of one image) of a model; the graph of a new one where it was built for another size.

    Raises:
        TypeError: there is no graph to follow.
        ValueError: `input_shape` is no shape, does not fit, or is missing where the size is open.
    """
    if isinstance(model, keras.Sequential) and getattr(model, "inputs", None) is None and input_shape is not None:
        model = keras.Sequential.from_config(model.get_config())  # a copy: the user's stays as it is
        model.build((None, *_shapes(input_shape)[0]))
    if not has_graph(model) and model.built and input_shape is not None:  # followed like a layer of the user's own
        image = keras.Input(_shapes(input_shape)[0])
        model = keras.Model(image, model(image), name=model.name)
    graph = graph_of(model)
    tensors = inputs_of(graph, input_shape, model.name)
    return (rebuilt(graph, tensors, model.name) if other_size(graph, tensors) else graph), tensors


def inputs_of(graph, input_shape, name):
    """Fresh symbolic inputs of the wanted shape, for one image: positions that move into the batch axis are counted."""
    shapes = [tuple(tensor.shape[1:]) for tensor in graph.inputs]
    if input_shape is not None:
        given = _shapes(input_shape)
        fits = len(given) == len(shapes) and all(
            len(new) == len(old)
            and all(b is None or a == b or i < len(old) - 1 for i, (a, b) in enumerate(zip(new, old, strict=True)))
            for new, old in zip(given, shapes, strict=True)
        )
        if not fits:
            raise ValueError(
                f"{name} takes inputs of shape {_all(shapes)}; input_shape {_all(given)} does not fit. "
                "Leave the number of images out, and keep to the order (height, width, channels)."
            )
        shapes = given
    if any(None in shape for shape in shapes):
        raise ValueError(
            f"the input size of {name} is open: {_all(shapes)}. Say for which size to count: "
            "cost(model, input_shape=(224, 224, 3))."
        )
    return [
        keras.Input(batch_shape=(1, *shape), dtype=tensor.dtype, name=called)
        for shape, tensor, called in zip(shapes, graph.inputs, input_names(graph), strict=True)
    ]


def _shapes(input_shape):
    """`input_shape`, one or a list of them, as a list of tuples."""
    try:
        several = input_shape if np.ndim(input_shape[0]) else [input_shape]
        return [tuple(None if n is None else int(n) for n in shape) for shape in several]
    except (TypeError, ValueError, LookupError):
        raise ValueError(
            "input_shape must be the shape of one image, such as (224, 224, 3), or a list of shapes in the order of "
            f"model.inputs, not {input_shape!r}."
        ) from None


def _all(shapes):
    return ", ".join(map(str, shapes))


def other_size(graph, tensors):
    """Whether these inputs have another size than the graph was built for; an open size takes any."""
    pairs = zip(graph.inputs, tensors, strict=True)
    return any(b not in (None, a) for old, new in pairs for a, b in zip(new.shape[1:], old.shape[1:], strict=True))


def rebuilt(graph, tensors, name):
    """The graph over other inputs: new layers of the same settings, whose weights fit the new shapes."""

    @functools.cache  # a layer that is used twice stays one
    def copy(op):
        return type(op).from_config(op.get_config()) if isinstance(op, keras.Layer) else op

    try:
        packed = keras.tree.pack_sequence_as(graph.input, tensors)
        return keras.models.clone_model(graph, input_tensors=packed, clone_function=copy)
    except Exception as error:  # Keras's own, or a layer's
        raise ValueError(
            f"{name} cannot be built for input_shape {_all([tuple(t.shape[1:]) for t in tensors])} "
            f"({' '.join(str(error).split())[:200]}). Give cost() a function that builds it for this size."
        ) from error


def inside(layer, args, kwargs):
    """The graph of what a layer of somebody's own does when it is called so, None where that cannot be read.

    Keras's layers and operations take symbolic tensors: where call() uses nothing else, a graph of them comes out.
    """
    plain = isinstance(layer, keras.Layer) and type(layer).__call__ is keras.Layer.__call__
    kinds = {str(getattr(value, "dtype", "")) for value in keras.tree.flatten((args, kwargs, plain and layer.weights))}
    if not plain or layer.quantization_mode or any("float" in kind and kind != layer.compute_dtype for kind in kinds):
        return None  # more is done around call() than to hand over its arguments

    def fresh(value):
        symbolic = isinstance(value, keras.KerasTensor)
        return keras.Input(batch_shape=value.shape, dtype=value.dtype) if symbolic else value

    try:
        args, kwargs = keras.tree.map_structure(fresh, (args, kwargs))
        inputs = [value for value in keras.tree.flatten((args, kwargs)) if isinstance(value, keras.KerasTensor)]
        if "training" in inspect.signature(layer.call).parameters:
            kwargs["training"] = False
        return keras.Model(inputs, layer.call(*args, **kwargs))
    except Exception:  # whatever a class of somebody's own may raise
        return None


def image_axes(graph, rank):
    """The axes of an input with `rank` axes that are the image's, by the layout that the graph's layers ask for."""
    asked = {op.data_format for op in graph.operations if getattr(op, "data_format", None)}
    return spatial_axes(rank, asked.pop() if len(asked) == 1 else None)
