"""A builder's model: is it one that can be trained here, is it still the same, and how is it compiled."""

import hashlib
import json
import weakref

import keras
import numpy as np


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


def compile_model(model, optimizer, run_eagerly=False):
    """Compile for integer labels so that little is traced.

    The optimizer's variables are made before the step is traced, which then happens once; metrics are objects.
    """
    optimizer.build(model.trainable_variables)
    model.compile(
        optimizer,
        keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        metrics=[keras.metrics.SparseCategoricalAccuracy(name="accuracy")],
        jit_compile=False if run_eagerly else jit_compile(),
        run_eagerly=run_eagerly,
    )


def refuse_probabilities(name, model, x):
    """ValueError if the model's outputs for the images x are probabilities, wherever the softmax is computed."""
    outputs = keras.ops.convert_to_numpy(model(x, training=False))
    if outputs.shape[-1] > 1 and outputs.min() >= 0 and np.allclose(outputs.sum(axis=-1), 1, atol=1e-3):
        raise ValueError(f"{name} ends in a softmax; the loss needs logits: leave the softmax out.")


def nothing_shared(name, model, others):
    """Refuse a model with a variable of one of `others`, {id: weak reference}, which is added to: training would go on
    from what that one has learned. Weights that stay as they are, those of a frozen layer, may be shared."""

    def averages(layer):
        """What batch normalisation changes in training although no gradient does."""
        moving = isinstance(layer, keras.layers.BatchNormalization) and layer.trainable
        own = {id(weight) for weight in layer.non_trainable_weights} if moving else set()
        return own.union(*map(averages, getattr(layer, "layers", ())))

    fixed = {id(weight) for weight in model.weights if not weight.trainable} - averages(model)
    for variable in model.variables:
        if id(variable) not in fixed and id(variable) in others and others[id(variable)]() is variable:
            raise ValueError(
                f"{name}: the builder returned the same model twice, or one that shares {variable.path} with another: "
                "a run would start where the run before has ended. Make every layer inside of the builder; to start "
                "from given weights, keras.models.clone_model(base) and set_weights(base.get_weights())."
            )
    others.update({id(variable): weakref.ref(variable) for variable in model.variables})


def fingerprint(model, optimizer=None, images=None):
    """What changes when anything does that a run's numbers depend on: {"model": text, "begins": numbers}.

    The text stands for the settings of the layers and their wiring, but not the names that Keras counts up (conv2d_7),
    the shapes of the weights, and the optimizer's settings. First weights, and the code of layers, functions and
    optimizers of one's own, are seen by what they do: two steps are trained, and the model asked about two images.
    Without `images`, as where no run is kept, there are no numbers.
    """
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
    settings = optimizer and renamed(keras.optimizers.serialize(optimizer)["config"])
    told = json.dumps([config, shapes, settings], sort_keys=True)
    text = hashlib.sha256(told.encode()).hexdigest()[:16]
    if images is None:
        return {"model": text}
    x, y = images[0][:8], images[1][:8]
    compile_model(model, optimizer, run_eagerly=True)
    losses = [model.train_on_batch(x, y, return_dict=True)["loss"] for _ in range(2)]
    answers = keras.ops.convert_to_numpy(model(x[:2], training=False)).ravel()[:40]
    begins = np.nan_to_num([float(number) for number in (*losses, *answers)], posinf=1e30, neginf=-1e30)
    return {"model": text, "begins": begins.tolist()}


def same(run, prints):
    """Whether a stored run has this fingerprint; its numbers agree to four digits, as on another computer."""
    before, now = np.array(run.get("begins", [])), np.array(prints["begins"])
    equal = before.shape == now.shape and np.allclose(before, now, rtol=1e-4, atol=1e-4 * np.abs(now).max())
    return equal and run["model"] == prints["model"]
