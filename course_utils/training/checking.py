"""What a comparison is asked for: can it be done?"""

import keras
import numpy as np


def whole(value, name, least):
    """`value` as int, if it is a whole number of at least `least`."""
    if isinstance(value, bool) or not isinstance(value, (int, np.integer)) or value < least:
        raise ValueError(f"{name} must be a whole number of at least {least}, not {value!r}.")
    return int(value)


def seeds_of(seeds):
    """Seeds as a list of ints, no two alike."""
    if isinstance(seeds, (int, np.integer)):
        raise ValueError(f"seeds={seeds} is one number; seeds=({seeds},) asks for one seed.")
    if isinstance(seeds, str) or not np.iterable(seeds):
        raise ValueError(f"seeds={seeds!r}: give whole numbers, such as (1, 2, 3).")
    seeds = [whole(seed, "a seed", 0) for seed in seeds]
    if not seeds or len(set(seeds)) < len(seeds):
        raise ValueError(f"seeds={seeds}: give one or more, no two alike, such as (1, 2, 3).")
    return seeds


def images_of(data, train_size):
    """(x_train, y_train, x_test, y_test) as arrays, the training images cut down to `train_size`."""
    missing = [part for part in ("x_train", "y_train", "x_test", "y_test") if not hasattr(data, part)]
    if missing:
        raise ValueError(f"data has no {', '.join(missing)}; give what `course_utils.data.load` returns, or its like.")
    x, y, x_test, y_test = (np.asarray(getattr(data, part)) for part in ("x_train", "y_train", "x_test", "y_test"))
    for kind, pixels, labels in (("train", x, y), ("test", x_test, y_test)):
        if pixels.dtype.kind != "f":
            raise ValueError(f"x_{kind} is {pixels.dtype}; the images must be floats: x.astype('float32') / 255.")
        if pixels.ndim < 2 or not labels.ndim or len(pixels) != len(labels) or not len(pixels):
            raise ValueError(f"x_{kind} has shape {pixels.shape}, y_{kind} {labels.shape}: give a label an image.")
        if not np.isfinite(pixels).all():
            raise ValueError(
                f"x_{kind} holds NaN or infinite values: look for a division by 0, such as by the standard deviation "
                "of a pixel that is the same in all images."
            )
        if labels.dtype.kind in "USO":
            raise ValueError(f"y_{kind} holds texts: number them, classes, y = np.unique(y, return_inverse=True).")
        if labels.dtype.kind not in "iu" or labels.min() < 0:
            raise ValueError(
                f"y_{kind} must hold whole numbers from 0 on, one a class, not {labels.dtype} from {labels.min()} on. "
                "One-hot labels become such by y.argmax(axis=-1)."
            )
    if x.shape[1:] != x_test.shape[1:]:
        raise ValueError(f"training images have shape {x.shape[1:]}, test images {x_test.shape[1:]}: they must agree.")
    if train_size is not None:
        if whole(train_size, "train_size", 1) > len(x):
            raise ValueError(f"train_size={train_size}, but there are {len(x)} training images.")
        chosen = np.random.default_rng(0).permutation(len(x))[:train_size]  # a set may be sorted by class
        x, y = x[chosen], y[chosen]
    return x, y, x_test, y_test


def settings_of(images, epochs, batch_size, learning_rate, schedule, optimizer):
    """What all runs have in common, as plain data."""
    epochs, batch_size = whole(epochs, "epochs", 1), whole(batch_size, "batch_size", 1)
    if batch_size > len(images[0]):
        raise ValueError(f"batch_size={batch_size} is more than the {len(images[0])} training images: lower it.")
    if schedule not in ("cosine", "constant"):
        raise ValueError(f'schedule must be "cosine" or "constant", not {schedule!r}.')
    is_number = isinstance(learning_rate, (int, float, np.number)) and not isinstance(learning_rate, bool)
    if not is_number or not 0 < learning_rate < np.inf:
        raise ValueError(f"learning_rate must be a positive number, not {learning_rate!r}.")
    settings = {
        "epochs": epochs,
        "batch_size": batch_size,
        "steps": len(images[0]) // batch_size,
        "learning_rate": float(learning_rate),
        "schedule": schedule,
        "train_images": len(images[0]),
        "test_images": len(images[2]),
        "backend": keras.backend.backend(),
    }
    config = keras.optimizers.serialize(new_optimizer(optimizer, settings))
    numbers = {key: value for key, value in config["config"].items() if key not in ("name", "learning_rate")}
    return {**settings, "optimizer": {"class": config["class_name"], **numbers}}


def new_optimizer(optimizer, settings):
    """An optimizer whose learning rate follows the schedule of the settings."""
    rate = settings["learning_rate"]
    if settings["schedule"] == "cosine":
        rate = keras.optimizers.schedules.CosineDecay(rate, settings["epochs"] * settings["steps"])
    made = optimizer(rate) if callable(optimizer) else None
    if not isinstance(made, keras.optimizers.Optimizer):
        raise ValueError(
            f"optimizer={optimizer!r}: give a function of the learning rate that returns a new Keras optimizer, such "
            "as keras.optimizers.SGD or lambda rate: keras.optimizers.SGD(rate, momentum=0.9)."
        )
    return made
