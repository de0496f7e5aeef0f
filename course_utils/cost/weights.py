"""Which weights of a layer are its parameters: those that training changes, also while they are frozen or quantised."""

import math

import keras

from ..graphs import parts_of


def parameters(layer, counted):
    """Number of trainable weights of a layer that are not in `counted`, a set of ids, which is added to.

    Frozen ones count; averages and statistics do not. None where that cannot be told apart.
    """
    found = _trainable(layer)
    if found is None:
        return None
    new = {id(weight): size for weight, size in found if id(weight) not in counted}
    counted.update(new)
    return sum(new.values())


def _trainable(layer):
    """Pairs of a weight and its size."""
    weights = layer.trainable_weights
    if isinstance(layer, keras.layers.BatchNormalization):
        weights = [weight for weight in (layer.gamma, layer.beta) if weight is not None]
    elif layer.non_trainable_weights or layer.quantization_mode:
        # Frozen, quantised, or with statistics of its own: a new layer of the same settings tells what it trains.
        try:
            plain = {"dtype": layer.dtype_policy.get_config()["source_name"]} if layer.quantization_mode else {}
            fresh = type(layer).from_config(layer.get_config() | plain)
            fresh.build_from_config(layer.get_build_config())
            fresh.trainable = False  # only a change reaches the layers inside
            fresh.trainable = True
            like = fresh.weights
        except Exception:  # whatever a class of somebody's own may raise
            like = []
        if len(like) == len(layer.weights):
            weights = [w for w, other in zip(layer.weights, like, strict=True) if other.trainable]
        elif like and layer.quantization_mode:  # which has scales besides
            return [(layer.weights[0], sum(math.prod(weight.shape) for weight in fresh.trainable_weights))]
        elif not all(part.trainable for part in parts_of(layer)):
            return None
    return [(weight, math.prod(weight.shape)) for weight in weights]
