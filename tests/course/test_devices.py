"""A function is run in a Python of its own, on the backend that was asked for; what cannot be run says why."""

import importlib.util
import os

import numpy as np
import pytest

from course_utils import BACKENDS, devices


def double(x):
    return 2 * x


def look(numbers):
    """What a function finds in the other Python."""
    keras.utils.set_random_seed(1)  # noqa: F821 (the other Python has it)
    model = keras.Sequential([keras.Input((3,)), layers.Dense(2)])  # noqa: F821
    return {
        "doubled": double(numbers),
        "shape": model(numbers).shape[1:],
        "backend": keras.backend.backend(),  # noqa: F821
        "no gpu": os_environment(),
        "process": process(),
    }


def os_environment():
    import os

    return os.environ["CUDA_VISIBLE_DEVICES"], os.environ["JAX_PLATFORMS"], os.environ["KERAS_TORCH_DEVICE"]


def process():
    import os

    return os.getpid()


def fail():
    raise ArithmeticError("the seventh step was too long")


def sleep():
    import time

    time.sleep(60)


USES = [double, os_environment, process]


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_function_runs_in_another_python(backend):
    if importlib.util.find_spec(backend) is None:
        pytest.skip(f"{backend} is not installed")
    numbers = np.arange(6.0).reshape(2, 3)
    found = devices.run(look, numbers, uses=USES, backend=backend)
    np.testing.assert_array_equal(found["doubled"], 2 * numbers)
    assert tuple(found["shape"]) == (2,)
    assert found["backend"] == backend
    assert found["no gpu"] == ("-1", "cpu", "cpu")
    assert found["process"] != os.getpid()


def test_a_function_that_fails_says_how():
    with pytest.raises(RuntimeError, match=r"(?s)fail failed on TensorFlow.*ArithmeticError: the seventh step"):
        devices.run(fail)


def test_a_function_that_takes_too_long_is_stopped():
    with pytest.raises(RuntimeError, match="sleep took longer than 1 s on TensorFlow"):
        devices.run(sleep, timeout=1)


def test_a_backend_that_is_missing_is_one_sentence(monkeypatch, capsys):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    assert devices.run(fail, backend="jax") is None
    assert capsys.readouterr().out == "skipped: JAX is not installed here. Colab has it; elsewhere: pip install jax\n"


def test_an_unknown_backend_is_named():
    with pytest.raises(ValueError, match="'tensorflow', 'jax', 'torch', not 'theano'"):
        devices.run(fail, backend="theano")


def test_a_gpu_is_no_cpu():
    assert not [device for device in devices.gpus() if "cpu" in device.lower()]
