"""A builder's model: is it one that can be trained here, and how is it compiled."""

import weakref

import keras
import numpy as np

from ..graphs import parts_of


def new_model(name, builder):
    """What the builder of variant `name` returns, if it is a Keras model; ValueError says what it is instead."""
    if isinstance(builder, keras.Model) or not callable(builder):
        kind = "a model" if isinstance(builder, keras.Model) else f"{type(builder).__name__}, not a function"
        raise ValueError(
            f"{name} is {kind}. Each seed needs a new model: give a function that builds one, such as "
            f'{{"{name}": lambda: build(width=8)}}.'
        )
    model = builder()
    if not isinstance(model, keras.Model):
        raise ValueError(
            f"the builder of {name} returned {type(model).__name__}, not a keras.Model (return forgotten?)."
        )
    return model


def logits_shape(name, model, shape):
    """Shape of the model's output for inputs of `shape`, both with the batch. Builds a model that is not built yet.

    Raises:
        ValueError: the model cannot take such inputs, or has several outputs.
    """
    try:
        output = model(keras.Input(batch_shape=shape, dtype="float32"))
    except Exception as error:
        raise ValueError(f"{name} cannot take images of shape {tuple(shape[1:])}: {error}") from error
    if isinstance(output, (list, tuple)) and len(output) == 1:
        output = output[0]
    if not isinstance(output, keras.KerasTensor):
        count = f"{len(output)} outputs" if isinstance(output, (list, tuple, dict)) else type(output).__name__
        raise ValueError(f"{name} returns {count}; it must have one output, the logits of the classes.")
    return tuple(output.shape)


def jit_compile():
    """What `model.compile` should be given as `jit_compile`: False for TensorFlow on a CPU, otherwise "auto".

    There a short training is over before XLA has compiled it (`benchmarks/training.py`). JAX without its compiler
    would run each operation by itself, many times slower.
    """
    if keras.backend.backend() != "tensorflow":  # Keras cannot list PyTorch's devices
        return "auto"
    on_cpu = all(device.lower().startswith("cpu") for device in keras.distribution.list_devices())
    return False if on_cpu else "auto"


def compile_model(model, optimizer):
    """Compile for integer labels so that little is traced.

    The optimizer's variables are made before the step is traced, which then happens once; metrics are objects.
    """
    optimizer.build(model.trainable_variables)
    model.compile(
        optimizer,
        keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        metrics=[keras.metrics.SparseCategoricalAccuracy(name="accuracy")],
        jit_compile=jit_compile(),
    )


def refuse_probabilities(name, model, x):
    """ValueError if the model's outputs for the images x are probabilities, wherever the softmax is computed."""
    found = []
    for change in (0.1, -0.1):  # first weights may happen to give such outputs; behind a softmax, others do, too
        outputs = keras.ops.convert_to_numpy(model(x, training=False))
        found.append(outputs.shape[-1] > 1 and outputs.min() >= 0 and np.allclose(outputs.sum(axis=-1), 1, atol=1e-3))
        for weight in model.trainable_variables:
            weight.assign_add(keras.ops.full_like(weight, change))
    if all(found):
        raise ValueError(f"{name} ends in a softmax; the loss needs logits: leave the softmax out.")


def nothing_shared(name, model, others):
    """Refuse a model with a variable of one of `others`, {id: weak reference}, which is added to: training would go on
    from what that one has learned. What stays as it is, in a frozen layer or Normalization, may be shared."""
    still = [part for part in parts_of(model) if not part.trainable or isinstance(part, keras.layers.Normalization)]
    fixed = {id(weight) for part in still for weight in part.weights if not weight.trainable}
    for variable in model.variables:
        if id(variable) not in fixed and id(variable) in others and others[id(variable)]() is variable:
            raise ValueError(
                f"{name}: the builder returned the same model twice, or one that shares {variable.path} with another: "
                "a run would start where the run before has ended. Make every layer inside of the builder; to start "
                "from given weights, keras.models.clone_model(base) and set_weights(base.get_weights())."
            )
    others.update({id(variable): weakref.ref(variable) for variable in model.variables})
