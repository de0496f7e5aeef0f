"""Which weights of a layer are its parameters: those that training changes, also while they are frozen or quantised."""

import math

import keras

_BN, _NORMALIZATION = keras.layers.BatchNormalization, keras.layers.Normalization


def parameters(layer, counted):
    """Number of trainable weights of a layer that are not in `counted`, a set of ids, which is added to.

    Frozen ones count; averages and statistics do not. None where that cannot be told apart.
    """
    found = _trainable(layer)
    if found is None:
        return None
    new = {key: size for key, size in found if key not in counted}
    counted.update(new)
    return sum(new.values())


def of_variables(variables, counted):
    """The same for weights that an operation is called with."""
    new = {id(v): v for v in variables if v.trainable and id(v) not in counted}
    counted.update(new)
    return sum(math.prod(v.shape) for v in new.values())


def _trainable(layer):
    """Pairs (id of the weight, its size)."""
    if isinstance(layer, _BN):
        weights = [weight for weight in (layer.gamma, layer.beta) if weight is not None]
    elif isinstance(layer, _NORMALIZATION):
        weights = []
    elif not layer.non_trainable_weights:
        weights = layer.trainable_weights
    else:
        # Frozen, quantised, or with statistics of its own: a new layer of the same settings tells what it trains.
        fresh = _unfrozen(layer)
        if fresh is None and not layer.trainable:
            return None
        if fresh is not None and len(fresh.weights) != len(layer.weights):
            return [(id(layer.weights[0]), sum(math.prod(w.shape) for w in fresh.trainable_weights))]
        likes = fresh.weights if fresh is not None else layer.weights
        weights = [weight for weight, like in zip(layer.weights, likes, strict=True) if like.trainable]
    return [(id(weight), math.prod(weight.shape)) for weight in weights]


def _unfrozen(layer):
    """A new layer of the same settings that is neither frozen nor quantised; None for one that cannot be made anew."""
    try:
        config = layer.get_config()
        if layer.quantization_mode is not None:
            config = {**config, "dtype": layer.dtype_policy.get_config()["source_name"]}
        fresh = type(layer).from_config(config)
        fresh.build_from_config(layer.get_build_config())
    except Exception:  # whatever a class of somebody's own may raise
        return None
    fresh.trainable = True
    return fresh
