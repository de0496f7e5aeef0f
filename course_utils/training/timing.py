"""Measured time, to stand beside counted work."""

import statistics
import time

import keras
import numpy as np

from . import networks
from .checking import whole


def measure(models, batch_size=1, repeats=10, input_shape=None):
    """Measured time of models, to be put beside their counted multiply-accumulates.

    Args:
        models: a keras.Model (a copy of it is timed) or a builder, or a dict of them, which are timed in turns: what
            else the computer does then slows all of them alike.
        batch_size: images at once, noise of the model's input shape.
        repeats: measurements, of which the medians are given; two more before them warm up.
        input_shape: of one image, where the model has no fixed one.

    Returns:
        {"forward", "forward_cpu", "step", "step_cpu": seconds a batch, "batch_size"}, or a dict of these. A step is
        forward, backward and Adam's update; `_cpu` adds up the time of all processor cores.

    Raises:
        ValueError: no model, one without a fixed input shape, with several outputs, or with a softmax at the end.
    """
    if not isinstance(models, dict):
        return measure({"model": models}, batch_size, repeats, input_shape)["model"]
    whole(batch_size, "batch_size", 1)
    whole(repeats, "repeats", 1)
    noise, calls, times = np.random.default_rng(0), {}, {}
    for name, model in models.items():
        model = keras.models.clone_model(model) if isinstance(model, keras.Model) else networks.new_model(name, model)
        shape = input_shape or getattr(model, "input_shape", (None, None))[1:]
        shape = tuple(shape) if np.iterable(shape) else (None,)
        if None in shape:
            raise ValueError(f"{name} takes inputs of shape {shape}: say input_shape=(height, width, channels).")
        x = noise.normal(size=(batch_size, *shape)).astype("float32")
        y = np.zeros(networks.logits_shape(name, model, x.shape)[:-1], "int64")
        networks.refuse_probabilities(name, model, x)
        networks.compile_model(model, keras.optimizers.Adam(1e-4))
        calls[name, "forward"], calls[name, "step"] = (model.predict_on_batch, (x,)), (model.train_on_batch, (x, y))
    for _ in range(repeats + 2):
        for place, (function, arguments) in calls.items():
            start = time.perf_counter(), time.process_time()
            function(*arguments)
            took = time.perf_counter() - start[0], time.process_time() - start[1]
            times.setdefault(place, []).append(took)
    measured = {name: {"batch_size": batch_size} for name in models}
    for (name, kind), both in times.items():
        medians = map(statistics.median, zip(*both[2:], strict=True))
        measured[name][kind], measured[name][f"{kind}_cpu"] = medians
    return measured
