"""Does the gradient reach every weight of a model, and what of the input does an output see?"""

import numpy as np


def gradient_norms(model, x, y, loss):
    """L2 norm of the loss's gradient for each trainable weight, on one batch.

    The model runs as in training (`training=True`): batch normalisation uses the statistics of this batch and dropout
    is on, so give a batch of at least two, better 16 or more. Its weights, and the moving averages of batch
    normalisation, are afterwards what they were before.

    Args:
        model: any Keras model with one output.
        x: a batch of inputs; y: its targets.
        loss: a Keras loss, or its name, such as "sparse_categorical_crossentropy" (which expects probabilities).

    Returns:
        dict from a weight's path, such as "conv2d/kernel", to a float; 0.0 where no gradient arrives.
    """
    import keras

    must_be_a_model(model)
    loss = keras.losses.get(loss)
    if not model.built:
        model(x, training=False)
    # A training step moves more than gradients: batch normalisation's averages, dropout's random seeds.
    state = [(v, as_array(v)) for v in model.non_trainable_variables]
    try:
        variables = model.trainable_variables
        gradients = _gradients(variables, lambda: keras.ops.mean(loss(y, model(x, training=True))))
    finally:
        for variable, before in state:
            variable.assign(before)
    arrays = [np.zeros(1) if g is None else keras.ops.convert_to_numpy(g) for g in gradients]
    norms = [float(np.linalg.norm(a.astype(np.float64))) for a in arrays]
    return dict(zip(paths(model.trainable_variables), norms, strict=True))


def input_gradient(model, x, position=None, channel=None):
    """How strongly one position of the output answers to each value of the input, for every image by itself.

    The model runs as in inference (`training=False`). A value whose gradient is not zero lies in the receptive field of
    that position; one whose gradient is zero may lie outside, or its path is closed for this image by a ReLU or a
    maximum.

    Args:
        model: a Keras model with one output, a map (n, height, width, channels), or (n, channels).
        x: a batch of inputs.
        position: (row, column) of the map; None takes the middle one, (height // 2, width // 2). An output without
            height and width has none.
        channel: of the output; None takes the sum of all.

    Returns:
        NumPy array of x's shape: the gradient of output[image, row, column, channel] for each value of that image.

    Raises:
        ValueError: the model has several outputs, or its output has no such position or channel.
    """
    import keras

    must_be_a_model(model)
    wanted = getattr(model, "input_shape", None)
    if isinstance(wanted, tuple) and np.ndim(x) != len(wanted):
        raise ValueError(f"{model.name} takes a batch of shape {wanted}, x has shape {np.shape(x)}: x[None] makes one.")
    images = keras.Variable(x, dtype=keras.config.floatx(), name="images")

    def answer():
        output = model(keras.ops.convert_to_tensor(images), training=False)
        return keras.ops.sum(output[_place(model, output, position, channel)])

    (gradient,) = _gradients([images], answer)
    if gradient is None:
        return np.zeros(images.shape, "float32")
    return np.array(keras.ops.convert_to_numpy(gradient))


def gradient_flow(model, x, y, loss):
    """Check that the gradient of the loss reaches every trainable weight: finite, and not zero.

    Arguments as in `gradient_norms`, whose dict it returns. A bias directly in front of batch normalisation passes,
    although its true gradient is zero: rounding leaves some 1e-9. A branch that starts at zero, such as a residual one
    whose last γ is 0, passes too if the gradient arrives once that weight has moved; the line that is printed says so.

    Raises:
        AssertionError: names the weights whose gradient is zero, NaN or infinite; or there is no trainable weight.
    """
    norms = gradient_norms(model, x, y, loss)
    if not norms:
        raise AssertionError(f"{model.name} has no trainable weight. Is every layer frozen (trainable=False)?")
    broken = [path for path, norm in norms.items() if not np.isfinite(norm)]
    if broken:
        raise AssertionError(
            f"the gradient is NaN or infinite for {listed(broken)} ({len(broken)} of {len(norms)} weights). "
            "Look for a logarithm or square root of 0, a division by 0, or inputs that are NaN or not scaled."
        )
    waiting = [path for path, norm in norms.items() if norm == 0]
    closed, opened = _opened(model, norms, lambda: gradient_norms(model, x, y, loss)) if waiting else ([], norms)
    starved = [path for path in waiting if opened[path] == 0]
    if starved:
        raise AssertionError(
            f"no gradient reaches {listed(starved)} ({len(starved)} of {len(norms)} weights). "
            "Is the output of that layer used? "
            "Does every unit sit in the flat part of its activation (ReLU of negative numbers)?"
        )
    late = f", {len(waiting)} of them once {listed(closed)} has moved away from 0, where it starts"
    print(f"ok: the gradient reaches all {len(norms)} trainable weights{late if waiting else ''}")
    return norms


def _opened(model, norms, norms_again):
    """Which factors are 0 and get a gradient, so that they close what stands in front of them for now; and the norms
    while they have small values instead."""
    names = dict(zip(paths(model.trainable_variables), model.trainable_variables, strict=True))
    learning = [path for path in names if norms[path] != 0 and path.split("/")[-1] not in ("bias", "beta")]
    saved = {path: value for path in learning if not (value := as_array(names[path])).any()}
    try:
        for path, value in saved.items():
            names[path].assign(np.random.default_rng(1).uniform(0.1, 0.2, value.shape))
        return list(saved), norms_again()
    finally:
        for path, value in saved.items():
            names[path].assign(value)


def _gradients(variables, value):
    """Gradient of value(), a number, for each of the variables: the one place that asks for the backend.

    None, or an array of zeros, for a variable that value() does not depend on.
    """
    import keras

    backend = keras.backend.backend()
    if not variables:
        return []
    if backend == "tensorflow":
        import tensorflow as tf

        with tf.GradientTape() as tape:
            result = value()
        # An embedding's gradient comes as slices; convert_to_tensor makes it an array like the others.
        return [None if g is None else tf.convert_to_tensor(g) for g in tape.gradient(result, variables)]
    if backend == "torch":
        import torch

        with torch.random.fork_rng():  # dropout draws from PyTorch's own generator: leave that as it was, too
            result = value()
        return torch.autograd.grad(result, [v.value for v in variables], allow_unused=True)
    if backend == "jax":
        import jax

        def value_of(values):
            with keras.StatelessScope(state_mapping=list(zip(variables, values, strict=True))):
                return value()

        return jax.grad(value_of)([v.value for v in variables])
    raise NotImplementedError(f"gradients are written for TensorFlow, JAX and PyTorch, not for {backend}.")


def _place(model, output, position, channel):
    """The index of a position and channel in a batch of outputs, checked."""
    shape = tuple(getattr(output, "shape", ()))
    if len(shape) not in (2, 4):
        raise ValueError(
            f"{model.name} must have one output, a map (n, height, width, channels) or (n, channels), "
            f"not {shape or type(output).__name__}."
        )
    *size, channels = shape[1:]
    if position is None:
        position = tuple(length // 2 for length in size)
    if np.shape(position) != (len(size),) or not all(0 <= i < n for i, n in zip(position, size, strict=True)):
        raise ValueError(f"the output of {model.name} is {tuple(size)} positions, it has no position {position}.")
    if channel is None:
        return (slice(None), *position)
    if not 0 <= channel < channels:
        raise ValueError(f"the output of {model.name} has channels 0 to {channels - 1}, not {channel}.")
    return (slice(None), *position, channel)


def must_be_a_model(model):
    """TypeError if it is none, such as a function that builds one."""
    import keras

    if not isinstance(model, keras.Model):
        hint = " Call the function first: it is the model that is looked at." if callable(model) else ""
        raise TypeError(f"a Keras model is needed, not {type(model).__name__}.{hint}")


def as_array(variable):
    import keras

    # A copy: on some backends the array would share its memory with the variable, and change with it.
    return np.array(keras.ops.convert_to_numpy(keras.ops.convert_to_tensor(variable)))


def paths(variables):
    """The paths of variables; equal ones are numbered."""
    paths = [v.path for v in variables]
    return [f"{path} ({paths[:i].count(path) + 1})" if paths.count(path) > 1 else path for i, path in enumerate(paths)]


def listed(names, most=6):
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more
