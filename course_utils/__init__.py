"""Helpers of the course: light to import, small enough to read.

`import course_utils` loads neither Keras nor a backend; `course_utils.start()`, the last line of every notebook's
first cell, does. Each module is read on its own:
`data`, `reference`, `checks`, `figures`, `blocks`, `models`, `cost`, `training`.
"""

__version__ = "0.1.0"

import contextlib
import importlib
import logging
import os
import sys
import tempfile

BACKENDS = {"tensorflow": "TensorFlow", "jax": "JAX", "torch": "PyTorch"}
"""Keras's backends: the name of each, as KERAS_BACKEND and Python have it, and the name for readers."""

__all__ = ["blocks", "checks", "cost", "data", "figures", "models", "reference", "start", "training"]


def __getattr__(name):
    """Import `course_utils.data` and the other modules when they are first used, not before."""
    if name in __all__:
        return importlib.import_module(f"{__name__}.{name}")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__():
    return sorted([*globals(), *__all__])


def start(seed=1):
    """Start a notebook: import Keras quietly, fix the seed, set the figures' look, say what runs where.

    The backend is TensorFlow unless the environment variable KERAS_BACKEND names another (jax, torch).

    Args:
        seed: integer given to Python's, NumPy's and the backend's random generators.

    Raises:
        RuntimeError: Keras or its backend is not installed; the message says how to install it.
    """
    with _quiet():
        keras = _import_keras()
        keras.utils.set_random_seed(seed)
        keras.ops.convert_to_numpy(keras.ops.zeros(1))  # the first operation brings out the rest of the messages
        found = _accelerators(keras)
    logging.getLogger("tensorflow").setLevel(logging.ERROR)  # no advice on retracing between a lesson's cells
    figures = importlib.import_module(f"{__name__}.figures")
    figures.use_course_look()
    backend = keras.backend.backend()
    version = importlib.import_module(backend).__version__
    kind = f"{len(found)} {'TPU' if found[0].startswith('tpu') else 'GPU'}" if found else "CPU"
    print(f"Keras {keras.version()} on {BACKENDS.get(backend, backend)} {version}, {kind}, seed {seed}")


def _accelerators(keras):
    """The GPUs or TPUs that Keras can use on its backend, as texts such as "gpu:0"."""
    if keras.backend.backend() == "torch":  # where keras.distribution has no answer
        torch = importlib.import_module("torch")
        return [f"cuda:{number}" for number in range(torch.cuda.device_count())]
    return [device for device in keras.distribution.list_devices() if not device.lower().startswith("cpu")]


def _import_keras():
    os.environ.setdefault("KERAS_BACKEND", "tensorflow")
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    try:
        return importlib.import_module("keras")
    except ImportError as error:
        raise RuntimeError(
            f"this notebook needs Keras on {os.environ['KERAS_BACKEND']}, and importing it failed: {error}. "
            f"Run `python course.py lab` in the course's folder, or `pip install keras {os.environ['KERAS_BACKEND']}`."
        ) from error


@contextlib.contextmanager
def _quiet():
    """Hold back what is written to file descriptor 2: TensorFlow's start-up messages come from C++, where no
    Python setting reaches them. If the block fails, what was held back is shown after all."""
    sys.stderr.flush()
    with tempfile.TemporaryFile() as held:
        saved = os.dup(2)
        os.dup2(held.fileno(), 2)
        try:
            yield
        except BaseException:
            os.dup2(saved, 2)
            held.seek(0)
            os.write(2, held.read())
            raise
        finally:
            os.dup2(saved, 2)
            os.close(saved)
