"""A rebuilt model looked at by values: what its outputs depend on, whatever its configuration says of it.

The models come from `rebuild` and have shapes but no weights of their own; the weights are given with each call.
"""

import functools

import numpy as np

from .rebuild import rebuild


def leaves(model) -> list:
    """The layers of a model, those of models inside of it too, in their order."""
    found = []
    for layer in model.layers:
        found += leaves(layer) if hasattr(layer, "layers") else [layer]
    return found


def precise(model):
    """The same model in double precision, in which what a deep network nearly loses is still seen."""
    return _rebuilt(model.to_json().replace('"float32"', '"float64"'))


_rebuilt = functools.lru_cache(maxsize=4)(rebuild)  # each look at a model asks for the same


def drawn_weights(model, rng, *, positive: bool = False) -> list[np.ndarray]:
    """An array for each trainable variable: kernels scaled by their inputs, biases and shifts 0, scales 1/2.

    positive: no kernel holds a number below 0, so that positive maps stay positive where nothing but ReLUs act on them.
    """
    found = []
    for variable in model.trainable_variables:
        shape = tuple(variable.shape)
        if len(shape) > 1:
            values = rng.normal(size=shape) * np.sqrt(2 / max(1, np.prod(shape[:-1])))
            values = np.abs(values) if positive else values
        else:
            values = np.full(shape, 0.5 * (variable.name == "gamma"))
        found.append(values.astype(variable.dtype))
    return found


def outputs(model, weights, images, call=None) -> np.ndarray:
    """What a batch of images becomes outside of training; moving means are 0, moving variances 1.

    call: what to use for `model.stateless_call`.
    """
    import keras

    others = [
        np.full(tuple(variable.shape), float(variable.name == "moving_variance")).astype(variable.dtype)
        for variable in model.non_trainable_variables
    ]
    images = keras.ops.convert_to_tensor(np.asarray(images, model.inputs[0].dtype))
    return keras.ops.convert_to_numpy((call or model.stateless_call)(weights, others, images, training=False)[0])


def precise_outputs(model, weights, images) -> np.ndarray:
    """`outputs` of a model from `precise`."""
    return outputs(model, weights, images, _traced(model))


@functools.lru_cache(maxsize=4)
def _traced(model):
    """Its stateless_call as one graph: a deep network, layer by layer, takes ten times as long.

    What no graph can be made of, such as layers with a space in their names, is called layer by layer.
    """
    import tensorflow

    ways = [model.stateless_call, tensorflow.function(model.stateless_call, autograph=False)]

    def call(*arguments, **options):
        try:
            return ways[-1](*arguments, **options)
        except Exception:
            if len(ways) == 1:
                raise
            ways.pop()
            return call(*arguments, **options)

    return call


def varies(model, images, rng) -> bool:
    """Whether the outputs differ from image to image, for some weights at least."""
    model = precise(model)
    found = [precise_outputs(model, drawn_weights(model, rng), images) for _ in range(3)]
    return bool(np.ptp(found, axis=1).any())


def kernel_places(model) -> dict[str, int]:
    """{layer's name: place of its (last) kernel among the trainable variables}, for layers that have one."""
    place = {id(variable): index for index, variable in enumerate(model.trainable_variables)}
    found = {}
    for layer in leaves(model):
        for variable in layer.trainable_variables:
            if len(variable.shape) > 1 and id(variable) in place:
                found[layer.name] = place[id(variable)]
    return found


NOTHING = 1e-8  # of the outputs; a layer of a right network, however deep, is worth 1e-2


def living(model, images, rng) -> set[str]:
    """Names of the layers with kernels that the outputs depend on: another kernel, other outputs."""
    model = precise(model)
    weights = drawn_weights(model, rng)
    before, found = precise_outputs(model, weights, images), set()
    for name, place in kernel_places(model).items():
        changed = [values if index != place else 3 * values[::-1] for index, values in enumerate(weights)]
        after = precise_outputs(model, changed, images)
        if not np.allclose(before, after, rtol=0, atol=NOTHING * np.abs(before).max()):
            found.add(name)
    return found


def reaches(model, images, rng, names) -> bool:
    """Whether something of the images reaches the outputs when all kernels but those of these layers are 0."""
    model = precise(model)
    kept = {place for name, place in kernel_places(model).items() if name in names}
    weights = [w if n in kept or w.ndim < 2 else 0 * w for n, w in enumerate(drawn_weights(model, rng))]
    return bool(np.ptp(precise_outputs(model, weights, images), axis=0).any())


def is_linear(model, images, rng) -> bool:
    """Whether the outputs are an affine function of the images, so that all its layers do what one could do."""
    model = precise(model)
    weights = drawn_weights(model, rng)
    first, second = np.asarray(images), np.asarray(images)[::-1]
    both = precise_outputs(model, weights, first) + precise_outputs(model, weights, second)
    together = precise_outputs(model, weights, first + second) + precise_outputs(model, weights, 0 * first)
    return bool(np.allclose(both, together, rtol=1e-9, atol=1e-10 * np.abs(both).max()))
