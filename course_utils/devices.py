"""What notebook 10 needs to go beyond one processor: which GPUs there are, and a Python of its own for a function.

    trained = devices.run(mirrored, start, x, y, uses=[network, train], backend="tensorflow")

How many devices there are must be said before the first computation, and Keras's backend before it is imported: to
change either, start another Python.
"""

import importlib.util
import inspect
import os
import pickle
import subprocess
import sys
import tempfile
import textwrap
from pathlib import Path

from course_utils import BACKENDS

_PROGRAM = """\
import pickle
import sys

import keras
import numpy as np
from keras import layers

{sources}

if __name__ == "__main__":
    with open(sys.argv[1], "rb") as file:
        arguments = pickle.load(file)
    results = {name}(*arguments)
    with open(sys.argv[2], "wb") as file:
        pickle.dump(results, file)
"""


def gpus():
    """The GPUs, or TPUs, that Keras can use on its backend, as texts such as "gpu:0"; [] where there is none."""
    import keras

    if keras.backend.backend() == "torch":  # where keras.distribution has no answer
        import torch

        return [f"cuda:{number}" for number in range(torch.cuda.device_count())]
    return [device for device in keras.distribution.list_devices() if not device.lower().startswith("cpu")]


def run(function, *arguments, uses=(), backend="tensorflow", timeout=300):
    """Call a function in a fresh Python, with Keras on `backend` and no GPU, and return what it returns.

    The text of the functions is what is handed over: besides their arguments, they know each other, `keras`, `layers`
    and `np`, and no variable of the notebook.

    Args:
        function: defined with `def`, in a notebook's cell or a file.
        *arguments: numbers, texts, NumPy arrays, or lists and dicts of these; the result must be such, too.
        uses: other functions that it calls.
        backend: "tensorflow", "jax" or "torch".
        timeout: seconds that it may take.

    Returns:
        What the function returns; None, after a printed sentence, if the backend is not installed.

    Raises:
        ValueError: there is no such backend.
        RuntimeError: the function failed or took too long; the message ends as the error of the other Python does.
    """
    if backend not in BACKENDS:
        raise ValueError(f"backend must be one of {', '.join(map(repr, BACKENDS))}, not {backend!r}.")
    if importlib.util.find_spec(backend) is None:
        print(f"skipped: {BACKENDS[backend]} is not installed here. Colab has it; elsewhere: pip install {backend}")
        return None
    sources = "\n\n".join(textwrap.dedent(inspect.getsource(part)) for part in (*uses, function))
    env = os.environ | {"KERAS_BACKEND": backend, "PYTHONIOENCODING": "utf-8", "TF_CPP_MIN_LOG_LEVEL": "2"}
    env |= {"CUDA_VISIBLE_DEVICES": "-1", "JAX_PLATFORMS": "cpu", "KERAS_TORCH_DEVICE": "cpu"}
    with tempfile.TemporaryDirectory() as folder:
        program, given, result = (Path(folder, name) for name in ("program.py", "given.pickle", "result.pickle"))
        program.write_text(_PROGRAM.format(sources=sources, name=function.__name__), encoding="utf-8")
        given.write_bytes(pickle.dumps(arguments))
        try:
            command = [sys.executable, str(program), str(given), str(result)]
            text = {"encoding": "utf-8", "errors": "replace"}
            done = subprocess.run(command, env=env, capture_output=True, timeout=timeout, **text)
        except subprocess.TimeoutExpired:
            raise RuntimeError(f"{function.__name__} took longer than {timeout} s on {BACKENDS[backend]}.") from None
        if done.returncode or not result.exists():
            end = "\n".join(done.stderr.strip().splitlines()[-8:])
            raise RuntimeError(f"{function.__name__} failed on {BACKENDS[backend]}:\n{end}")
        return pickle.loads(result.read_bytes())
