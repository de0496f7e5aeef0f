"""Equal budgets: the same images in the same order, as many steps, one optimizer."""

import gc
import math
import statistics
import time

import keras
import numpy as np
from tqdm.auto import tqdm

from . import checking, networks
from .results import METRICS, Results


def compare(
    builders,
    data,
    epochs,
    seeds=(1, 2, 3),
    batch_size=64,
    learning_rate=2e-3,
    schedule="cosine",
    optimizer=keras.optimizers.Adam,
    train_size=None,
    progress=True,
):
    """Train each variant under each seed, all at the same budget.

    The loss is the cross-entropy of integer labels with logits. The last batch of an epoch is left out if it is
    not full (every epoch other images). Python's, NumPy's and the backend's random generators are seeded.

    Args:
        builders: {name of the variant: function that returns a new keras.Model}.
        data: has `x_train`, `x_test`: floats (n, …); `y_train`, `y_test`: whole numbers (n,) from 0 on, or one a
            position, (n, h, w), where a model classifies every pixel. `course_utils.data.load` gives such sets.
        epochs: passes over the training images.
        seeds: whole numbers; a seed decides the first weights, dropout, and the order of the images.
        batch_size: images a step.
        learning_rate: at the start. schedule "cosine" lets it fall to 0 at the end, "constant" keeps it.
        optimizer: function of the learning rate that returns a new Keras optimizer.
        train_size: use only so many training images, drawn once, the same for all runs. None: all.
        progress: show how far it is, by a bar in a terminal or notebook, and in the end how long it took.

    Returns:
        Results. A run whose loss stops being a number is stopped, reported and recorded as diverged. After an
        interrupt (Ctrl-C, a notebook's stop button) the results hold the runs that were finished.

    Raises:
        ValueError: something cannot be trained: every variant is built and looked at before the first is trained.
    """
    seeds, images = checking.seeds_of(seeds), checking.images_of(data, train_size)
    settings = checking.settings_of(images, epochs, batch_size, learning_rate, schedule, optimizer)
    variables = _look(builders, images)
    order = [(name, seed) for seed in seeds for name in builders]  # stopped early, all variants have the same seeds
    # disable=None: no bar where nobody looks, such as a log file. One look a second: in a notebook each sends messages,
    # and a program that runs a cell and reads them afterwards, as nbval does, loses some of thousands.
    total, began, done = len(order) * settings["epochs"] * settings["steps"], time.monotonic(), {}
    bar = tqdm(total=total, unit="step", leave=False, mininterval=1, disable=None if progress else True)
    try:
        for name, seed in order:
            bar.set_description(f"{name}, seed {seed}")
            keras.utils.set_random_seed(seed)
            model = _model(name, builders[name], images)
            networks.nothing_shared(name, model, variables)
            parameters = sum(math.prod(weight.shape) for weight in model.trainable_variables)
            run = {"variant": name, "seed": seed, "parameters": parameters}
            run |= _train(model, seed, images, settings, checking.new_optimizer(optimizer, settings), bar)
            done[name, seed] = run
            if run["diverged"]:
                advice = "A lower learning rate or normalisation may help."
                tqdm.write(f"{name}, seed {seed}: diverged, {run['diverged']}. {advice}")
            del model
            gc.collect()  # frees the graph before the next is traced
        bar.close()
        if progress:
            tqdm.write(f"{len(order)} runs, in {time.monotonic() - began:.0f} s")
    except KeyboardInterrupt:
        tqdm.write(f"Interrupted: the results hold the {len(done)} of {len(order)} runs that were finished.")
    finally:
        bar.close()
    return Results((done[name, seed] for name in builders for seed in seeds if (name, seed) in done), settings)


def _look(builders, images):
    """Build every variant once, before time is spent; returns the variables as nothing_shared has them."""
    if not isinstance(builders, dict) or not builders:
        raise ValueError(f'builders must be a dict such as {{"plain": build_plain}}, not {builders!r}.')
    variables = {}
    for name, builder in builders.items():
        if not isinstance(name, str):
            raise ValueError(f"the name of a variant must be a text, not {name!r}.")
        model = _model(name, builder, images)
        networks.nothing_shared(name, model, variables)
        networks.refuse_probabilities(name, model, images[0][:8])
    del model
    gc.collect()
    return variables


def _model(name, builder, images):
    """A new model of the variant, whose output fits the labels."""
    x, y, _, y_test = images
    model = networks.new_model(name, builder)
    shape = networks.logits_shape(name, model, (2, *x.shape[1:]))
    for kind, labels in (("y_train", y), ("y_test", y_test)):
        if labels.shape[1:] != shape[1:-1]:
            advice = "Pool or flatten before the last layer."
            if labels.ndim == len(shape):  # an axis too many
                advice = "Take y[..., 0]." if labels.shape[-1] == 1 else "If they are one-hot, take y.argmax(axis=-1)."
            raise ValueError(
                f"{name} gives an output of shape {shape[1:]} an image, so labels of shape {shape[1:-1]} are needed; "
                f"those in {kind} have shape {labels.shape[1:]}. {advice}"
            )
    if shape[-1] <= max(y.max(), y_test.max()):
        raise ValueError(f"{name} has {shape[-1]} outputs, too few for labels up to {max(y.max(), y_test.max())}.")
    if not model.trainable_variables:
        raise ValueError(f"{name} has no weights to train.")
    return model


def _train(model, seed, images, settings, optimizer, bar):
    """One run, as plain data; it ends early where a loss is not a finite number.

    Steps are taken by `train_on_batch`: the order of the images is ours on every backend, and less is traced than by
    `fit`, which puts a loop around the step.
    """
    x, y, x_test, y_test = images
    batch, diverged = settings["batch_size"], None
    history, epoch_seconds, step_seconds = {metric: [] for metric in METRICS}, [], []
    networks.compile_model(model, optimizer)
    for epoch in range(1, settings["epochs"] + 1):
        began = time.perf_counter()
        order = np.random.default_rng([seed, epoch]).permutation(len(x))  # the same for every variant
        sums = np.zeros(2)
        for step in range(1, settings["steps"] + 1):
            chosen, start = order[(step - 1) * batch : step * batch], time.perf_counter()
            model.reset_metrics()  # new versions of Keras do it in train_on_batch, older ones add up over the calls
            logs = model.train_on_batch(x[chosen], y[chosen], return_dict=True)
            step_seconds.append(time.perf_counter() - start)
            if not math.isfinite(logs["loss"]):
                diverged = f"the training loss became {float(logs['loss'])} in step {step} of epoch {epoch}"
                break
            sums += float(logs["loss"]), float(logs["accuracy"])
            bar.set_postfix_str(f"epoch {epoch}, loss {sums[0] / step:.3f}", refresh=False)
            bar.update()
        else:
            test = model.evaluate(x_test, y_test, batch_size=256, verbose=0, return_dict=True)
            if not math.isfinite(test["loss"]):
                diverged = f"the test loss became {float(test['loss'])} after epoch {epoch}"
        epoch_seconds.append(time.perf_counter() - began)
        if diverged:
            break
        means = map(float, (*sums / settings["steps"], test["loss"], test["accuracy"]))
        for metric, value in zip(METRICS, means, strict=True):
            history[metric].append(value)
    return {
        "history": history,
        "diverged": diverged,
        "seconds": sum(epoch_seconds),
        "epoch_seconds": epoch_seconds,
        "first_step_seconds": step_seconds[0],
        "seconds_per_step": statistics.median(step_seconds[1:] or step_seconds),
        "keras": keras.version(),
    }
