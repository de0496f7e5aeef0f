"""A builder's model: is it one that can be trained here, is it still the same, and how is it compiled."""

import hashlib
import json
import math

import keras


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
        ValueError: the model cannot take such inputs, has several outputs, or ends in a softmax.
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
    last = model.layers[-1] if model.layers else None
    if isinstance(last, keras.layers.Softmax) or getattr(last, "activation", None) is keras.activations.softmax:
        raise ValueError(f"{name} ends in a softmax; the loss needs logits: leave the softmax out.")
    return tuple(output.shape)


def parameters(model):
    """Number of trainable parameters."""
    return sum(math.prod(weight.shape) for weight in model.trainable_variables)


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


def fingerprint(model):
    """A text that changes when the model does: its layers' settings and wiring, but not the names that Keras counts
    up (conv2d_7), and the shapes of its weights. What stands in the body of a layer of one's own is not seen."""
    shapes = [tuple(weight.shape) for weight in model.weights]
    names = {}

    def renamed(node, key=None):
        if isinstance(node, dict):
            return {k: renamed(value, k) for k, value in node.items()}
        if isinstance(node, list):
            return [renamed(value, key) for value in node]
        if isinstance(node, str) and key in ("name", "keras_history", "input_layers", "output_layers"):
            return names.setdefault(node, len(names))
        return node

    try:
        config = renamed(json.loads(model.to_json()))
    except (NotImplementedError, TypeError, ValueError):  # a class of one's own that has no get_config
        config = type(model).__qualname__
    return hashlib.sha256(json.dumps([config, shapes], sort_keys=True).encode()).hexdigest()[:16]
