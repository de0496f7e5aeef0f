"""`import course_utils` stays light; `start()` is quiet, seeds, and says what runs where."""

import os
import subprocess
import sys

import pytest

import course_utils

HEAVY = {"keras", "tensorflow", "jax", "torch", "numpy", "matplotlib"}


def run(code, **environment):
    return subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env=os.environ | environment, timeout=300
    )


def test_import_loads_nothing_heavy():
    done = run("import course_utils, sys; print(*{name.split('.')[0] for name in sys.modules})")
    assert done.returncode == 0, done.stderr
    assert not HEAVY & set(done.stdout.split())


def test_modules_load_when_they_are_first_used():
    done = run(
        "import course_utils, sys; course_utils.reference; print('numpy' in sys.modules, 'keras' in sys.modules)"
    )
    assert done.stdout.split() == ["True", "False"], done.stderr


def test_an_unknown_module_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no attribute 'figurs'"):
        _ = course_utils.figurs


def test_start_prints_one_line_and_makes_random_numbers_repeat():
    code = "import course_utils; course_utils.start(seed=3); "
    code += "import keras, random; print([*map(float, keras.random.normal((3,)))], random.random())"
    first, second = run(code), run(code)
    assert first.returncode == 0, first.stderr
    assert first.stderr == ""
    line, numbers = first.stdout.splitlines()
    assert line.startswith("Keras ") and line.endswith("seed 3")
    assert len(numbers.split()) == 4 and second.stdout == first.stdout


def test_a_missing_backend_is_explained_and_its_messages_are_shown():
    done = run(
        "import sys; sys.modules['keras'] = None; import course_utils; course_utils.start()", KERAS_BACKEND="tensorflow"
    )
    assert done.returncode != 0
    assert "python course.py lab" in done.stderr and "pip install" in done.stderr


def test_what_was_held_back_is_shown_when_the_start_fails():
    done = run(
        "import course_utils, os\nwith course_utils._quiet():\n    os.write(2, b'the reason')\n    raise ValueError"
    )
    assert "the reason" in done.stderr and "ValueError" in done.stderr
