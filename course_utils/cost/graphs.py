"""What is counted: the graph of a model at the size that is asked for. The model itself stays as it is."""

import contextlib
import functools
import inspect
import operator

import keras
import numpy as np

from ..graphs import graph_of, has_graph, input_names, parts_of
from .rules.rule import spatial_axes


def graph_at(model, input_shape):
    """(graph, symbolic inputs of one image) of a model; the graph of a new one where it was built for another size.

    Raises:
        TypeError: there is no graph to follow.
        ValueError: `input_shape` is no shape, does not fit, or is missing where the size is open.
    """
    shapes = None if input_shape is None else _shapes(input_shape)
    if shapes and isinstance(model, keras.Sequential) and getattr(model, "inputs", None) is None:
        with _can_be_built(model.name, shapes):  # from copies: the user's layers stay as they are
            copies = [type(layer).from_config(layer.get_config()) for layer in model.layers]
            model = keras.Sequential([*map(keras.Input, shapes), *copies], name=model.name)
    if shapes and not has_graph(model) and _has_its_weights(model):  # followed like a layer of the user's own
        with _can_be_built(model.name, shapes), as_it_was(model):
            images = [keras.Input(shape) for shape in shapes]
            model = keras.Model(images, model(images if len(images) > 1 else images[0]), name=model.name)
    graph = graph_of(model)
    tensors = inputs_of(graph, shapes, model.name)
    return (rebuilt(graph, tensors, model.name) if other_size(graph, tensors) else graph), tensors


def inputs_of(graph, given, name):
    """Fresh symbolic inputs of the given shapes for one image: positions that move into the batch axis are counted."""
    shapes = [tuple(tensor.shape[1:]) for tensor in graph.inputs]
    if given is not None:
        fits = len(given) == len(shapes) and all(
            len(new) == len(old) and old[-1:] in (new[-1:], (None,)) for new, old in zip(given, shapes, strict=True)
        )
        if not fits:
            raise ValueError(
                f"{name} takes inputs of shape {_all(shapes)}; input_shape {_all(given)} does not fit. "
                "Keep to the order (height, width, channels)."
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
        shapes = [tuple(map(operator.index, shape)) for shape in several]
        if all(n > 0 for shape in shapes for n in shape):
            return shapes
    except (TypeError, LookupError):
        pass
    raise ValueError(
        "input_shape must be the shape of one image, such as (224, 224, 3), or a list of shapes in the order of "
        f"model.inputs, not {input_shape!r}. Leave the number of images out."
    )


def _all(shapes):
    return ", ".join(map(str, shapes))


def other_size(graph, tensors):
    """Whether these inputs have another size than the graph was built for; an open size takes any."""
    pairs = zip(graph.inputs, tensors, strict=True)
    return any(b not in (None, a) for old, new in pairs for a, b in zip(new.shape[1:], old.shape[1:], strict=True))


def rebuilt(graph, tensors, name):
    """The graph over other inputs: new layers of the same settings, whose weights fit the new shapes."""

    def over(tensors):
        # A layer that is used twice stays one.
        copy = functools.cache(lambda op: type(op).from_config(op.get_config()) if isinstance(op, keras.Layer) else op)
        packed = keras.tree.pack_sequence_as(graph.input, tensors)
        new = keras.models.clone_model(graph, input_tensors=packed, clone_function=copy)
        return new, sorted(tuple(weight.shape) for weight in new.weights)

    with _can_be_built(name, [tensor.shape[1:] for tensor in tensors]):
        _, shapes = over([keras.Input(batch_shape=old.shape, dtype=old.dtype) for old in graph.inputs])
        if shapes != sorted(tuple(weight.shape) for weight in graph.weights):
            raise ValueError("models inside of it share weights, or the get_config() of a layer forgets a setting")
        return over(tensors)[0]


@contextlib.contextmanager
def _can_be_built(name, shapes):
    try:
        yield
    except Exception as error:  # Keras's own, or a layer's
        raise ValueError(
            f"{name} cannot be built for input_shape {_all(shapes)} ({' '.join(str(error).split())[:200]}). "
            "Give cost() a function that builds it for this size."
        ) from error


@contextlib.contextmanager
def as_it_was(layer):
    """Restores the attributes of a layer, and of those in it: a call() may set some, to symbolic tensors here."""
    before = [(part, dict(vars(part))) for part in parts_of(layer)]
    try:
        yield
    finally:
        for part, attributes in before:
            vars(part).clear()
            vars(part).update(attributes)


def _has_its_weights(layer):
    """Whether nothing is left to be built in a layer, which would be built at the wrong size, and without values."""
    return all(part.built or type(part).build is keras.Layer.build for part in parts_of(layer))


def inside(layer, args, kwargs):
    """The graph of what a layer of somebody's own does when it is called so, None where that cannot be read.

    Keras's layers and operations take symbolic tensors: where call() uses nothing else, a graph of them comes out.
    """
    plain = isinstance(layer, keras.Layer) and type(layer).__call__ is keras.Layer.__call__
    kinds = {str(getattr(value, "dtype", "")) for value in keras.tree.flatten((args, kwargs, plain and layer.weights))}
    cast = plain and any("float" in kind and kind != layer.compute_dtype for kind in kinds)
    if not plain or cast or layer.quantization_mode or not _has_its_weights(layer):
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
    asked = [op for op in graph.operations if getattr(op, "data_format", None)]
    if 2 < rank < max((len(op.output.shape) for op in asked), default=rank):
        return tuple(range(1, rank))  # an image of grey values, whose channel is added on the way
    layouts = {op.data_format for op in asked}
    return spatial_axes(rank, layouts.pop() if len(layouts) == 1 else None)
