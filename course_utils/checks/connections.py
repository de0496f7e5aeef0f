"""Is every weight of a model connected to its output?"""

import numpy as np

from .gradients import as_array, listed, must_be_a_model, paths


def wiring(model, inputs=None, seed=1):
    """Check that every weight is connected: change each one in turn, and the output must move.

    A layer whose result is thrown away has the right shapes and the right number of parameters, and training succeeds
    without it; only this finds it. The statistics of batch normalisation count as weights, and the model runs as in
    inference (`training=False`). A weight is called idle only after several kinds of noise, and with the other weights
    redrawn too, so that dead zones of ReLU, saturated outputs, and branches that start at zero raise no alarm.
    Afterwards all weights are, bit for bit, what they were before.

    Args:
        model: a Keras model.
        inputs: a batch to run it on; by default four random images of `model.input_shape`.
        seed: of the random numbers.

    Raises:
        AssertionError: names the weights that do nothing; or the output is not finite.
        ValueError: the default inputs cannot be made, because the model is not built or its input size is open.
    """
    import keras

    must_be_a_model(model)
    rng = np.random.default_rng(seed)
    inputs = _random_inputs(model, rng) if inputs is None else inputs
    if not np.isfinite(_output(model, inputs)).all():  # this call also builds a model that was not
        raise AssertionError(f"the output of {model.name} is NaN or infinite before any weight was changed.")
    without_effect = set(map(id, _without_effect(model)))
    weights = [w for w in model.weights if keras.backend.is_float_dtype(w.dtype) and id(w) not in without_effect]
    if not weights:
        raise AssertionError(f"{model.name} has no weights.")
    names = dict(zip(map(id, weights), paths(weights), strict=True))
    idle = _idle(model, weights, inputs, rng)
    if idle:
        saved = [as_array(w) for w in weights]
        try:
            # Gain 1.4 keeps the spread of ReLU networks from layer to layer, gain 4 that of sigmoid networks.
            for gain in (1.4, 4):
                for weight, value in zip(weights, saved, strict=True):
                    weight.assign(_redrawn(value, gain, rng))
                idle = _idle(model, idle, inputs, rng)
        finally:
            for weight, value in zip(weights, saved, strict=True):
                weight.assign(value)
    if idle:
        reason = (
            "The result of that layer reaches nothing: follow the variables from the input to what is returned, "
            "and look for one that is computed and then not used."
        )
        if len(idle) == len(weights):
            reason = "The output is always the same. Is the last activation a softmax of one unit, which is always 1?"
        raise AssertionError(
            f"{listed([names[id(w)] for w in idle])} ({len(idle)} of {len(weights)} weights): "
            f"changing them leaves the output as it is. {reason}"
        )
    print(f"ok: all {len(weights)} weights move the output")


def _without_effect(model):
    """Weights that cannot move an output in inference, whatever the model does with their layer's result.

    Normalization reads copies of its statistics, the softmax of attention takes no notice of what is added to all keys,
    and the vector of spectral normalisation is for the next training step.
    """
    import keras

    from ..graphs import parts_of

    found = []
    for layer in parts_of(model):
        kind = type(layer).__name__
        ends = "/vector_u" if kind == "SpectralNormalization" else "/key/bias" if "Attention" in kind else None
        every = isinstance(layer, keras.layers.Normalization)
        found += [w for w in layer.weights if every or (ends and w.path.endswith(ends))]
    return found


def _random_inputs(model, rng, count=4):
    import keras

    inputs = getattr(model, "inputs", None) or []
    shapes = [tuple(tensor.shape) for tensor in inputs]
    if not inputs and model.built:  # a subclassed model remembers what it was called on
        shapes = [shape for name, shape in model.get_build_config().items() if name == "input_shape"]
    if not shapes:
        raise ValueError(
            f"{model.name} does not say what its inputs look like. Call it on a batch first, "
            "or pass one: wiring(model, inputs=…)."
        )
    if any(None in shape[1:] for shape in shapes) or not all(keras.backend.is_float_dtype(t.dtype) for t in inputs):
        kinds = ", ".join(f"{tuple(t.shape)} of {t.dtype}" for t in inputs) or str(shapes)
        raise ValueError(
            f"cannot make up inputs for {model.name}, which takes {kinds}: "
            "their size is open, or they are not plain numbers. Pass a batch: wiring(model, inputs=…)."
        )
    arrays = [rng.normal(size=(count, *shape[1:])).astype("float32") for shape in shapes]
    return arrays if len(arrays) > 1 else arrays[0]


def _output(model, inputs):
    """All outputs of the model as one flat float64 array."""
    import keras

    outputs = keras.tree.flatten(model(inputs, training=False))
    return np.concatenate([np.ravel(keras.ops.convert_to_numpy(o)).astype(np.float64) for o in outputs])


def _idle(model, weights, inputs, rng):
    """The weights that can be changed without moving the output."""
    base = _output(model, inputs)
    # On a GPU two equal calls may differ in the last digits; a weight must do more than that.
    repeat = np.abs(_output(model, inputs) - base).max()
    threshold = 4 * repeat + 1e-6 * np.abs(base).max()
    idle = []
    for weight in weights:
        value = as_array(weight)
        try:
            for size in (1, 10):
                weight.assign(_disturbed(value, size, rng))
                if not (np.abs(_output(model, inputs) - base) <= threshold).all():  # NaN counts as moved
                    break
            else:
                idle.append(weight)
        finally:
            weight.assign(value)
    return idle


def _disturbed(value, size, rng):
    """`value` plus noise of its own scale. What is nowhere negative (a variance!) stays so."""
    scale = float(np.sqrt(np.mean(np.square(value, dtype=np.float64)))) or 0.1
    noise = rng.normal(size=value.shape) * size * scale
    return (value + (np.abs(noise) if (value >= 0).all() else noise)).astype(value.dtype)


def _redrawn(value, gain, rng):
    """A fresh value for a weight: normal for kernels and vectors, near 1 for what is nowhere negative."""
    if value.ndim > 1:
        fan_in = max(int(np.prod(value.shape[:-1])), 1)
        fresh = rng.normal(size=value.shape) * gain / np.sqrt(fan_in)
    elif (value >= 0).all():
        fresh = rng.uniform(0.5, 1.5, size=value.shape)
    else:
        fresh = 0.1 * rng.normal(size=value.shape)
    return fresh.astype(value.dtype)
