"""The graph that is walked through: a model's own, and the inputs that it starts from."""

import functools

import keras


def graph_of(model, input_shape=None):
    """The model as a plain functional model over the same layers; TypeError where there is no graph to follow."""
    if isinstance(model, keras.Sequential) and getattr(model, "inputs", None) is None:
        if input_shape is None:
            raise ValueError(
                f"{model.name} does not know its input yet. Put keras.Input(shape) first in the Sequential model, "
                "or pass input_shape=(height, width, channels)."
            )
        model = keras.Sequential.from_config(model.get_config())  # a copy: the user's stays as it is
        model.build((None, *input_shape))
    if getattr(model, "inputs", None) and type(model).call in (_functional().call, keras.Sequential.call):
        # Sequential models cannot be followed, compiled ones would compile their copy: take the graph alone.
        alone = type(model) is _functional() and not model.compiled
        return model if alone else keras.Model(model.inputs, model.outputs, name="graph")
    raise TypeError(
        f"{model.name} is a subclassed model ({type(model).__name__}): what its call() does cannot be read from "
        "outside. Write it as a functional model: a function that starts from x = keras.Input(shape), calls the "
        "layers on x, and returns keras.Model(inputs, outputs)."
    )


@functools.cache
def _functional():
    """The class of functional models, which Keras does not export."""
    x = keras.Input((1,))
    return type(keras.Model(x, keras.layers.Identity()(x)))  # Keras 3.13 takes no input for an output


def inputs_of(graph, input_shape, name):
    """Fresh symbolic inputs of the wanted shape."""
    shapes = [tuple(tensor.shape[1:]) for tensor in graph.inputs]
    if input_shape is not None:
        given = input_shape if isinstance(input_shape[0], (tuple, list)) else [input_shape]
        given = [tuple(shape) for shape in given]
        fits = len(given) == len(shapes) and all(
            len(new) == len(old)
            and all(b is None or a == b or i < len(old) - 1 for i, (a, b) in enumerate(zip(new, old, strict=True)))
            for new, old in zip(given, shapes, strict=True)
        )
        if not fits:
            raise ValueError(f"{name} takes inputs of shape {_all(shapes)}; input_shape {_all(given)} does not fit.")
        shapes = given
    if any(None in shape for shape in shapes):
        raise ValueError(
            f"the input size of {name} is open: {_all(shapes)}. Say for which size to count: "
            "cost(model, input_shape=(224, 224, 3))."
        )
    layers = {id(op.output): op.name for op in graph.operations if isinstance(op, keras.layers.InputLayer)}
    return [
        keras.Input(shape, dtype=tensor.dtype, name=layers.get(id(tensor), tensor.name))
        for shape, tensor in zip(shapes, graph.inputs, strict=True)
    ]


def _all(shapes):
    return ", ".join(map(str, shapes))


def image_axes(rank):
    if keras.config.image_data_format() == "channels_first":
        return tuple(range(2, rank))
    return tuple(range(1, rank - 1))
