"""Keras's backend is the reader's choice: KERAS_BACKEND is respected, and hardly any code names a backend.

That the cells run on JAX and PyTorch too is a matter of running them, `nox -s backends`.
"""

import importlib.util
import os
import re
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

ROOT = Path(__file__).resolve().parents[2]


# Who imports a backend, and why. TensorFlow only: MirroredStrategy in notebook 12, which says so and needs no GPU.
NAMED = {
    "course_utils/checks/gradients.py": {"tensorflow", "jax", "torch"},  # gradients: a branch for each
    "course_utils/__init__.py": {"torch"},  # how many GPUs PyTorch sees, which Keras does not tell
    "notebooks/12_beyond_one_machine.ipynb": {"tensorflow", "jax"},  # several devices: a cell for each
}
IMPORT = re.compile(r"^\s*(?:import|from)\s+(tensorflow|jax|torch)\b|import_module\(\"(tensorflow|jax|torch)\b", re.M)


def sources():
    """{file: code} of the helpers, the notebooks and the assignments' solutions; the grader runs on TensorFlow."""
    found = {}
    for path in sorted(ROOT.glob("course_utils/**/*.py")):
        if "grading" not in path.parts:
            found[path] = path.read_text(encoding="utf-8")
    for path in sorted([*ROOT.glob("notebooks/*.ipynb"), *ROOT.glob("solutions/*.ipynb")]):
        found[path] = "\n".join(
            cell.source for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "code"
        )
    return {path.relative_to(ROOT).as_posix(): text for path, text in found.items()}


def test_a_backend_is_imported_only_where_it_must_be():
    named = {path: {one or other for one, other in IMPORT.findall(text)} for path, text in sources().items()}
    assert {path: backends for path, backends in named.items() if backends} == NAMED


def test_outputs_are_read_through_keras():
    """`.numpy()` is TensorFlow's, and PyTorch's refuses an output that has a gradient."""
    assert [path for path, text in sources().items() if ".numpy()" in text] == []


@pytest.mark.parametrize(("backend", "name"), [("tensorflow", "TensorFlow"), ("jax", "JAX"), ("torch", "PyTorch")])
def test_the_backend_is_the_one_that_was_asked_for(backend, name):
    done = subprocess.run(
        [sys.executable, "-c", "import course_utils; course_utils.start()"],
        env=os.environ | {"KERAS_BACKEND": backend},
        capture_output=True,
        encoding="utf-8",
    )
    if importlib.util.find_spec(backend) is None:
        assert done.returncode != 0
        assert f"needs Keras on {backend}" in done.stderr and f"pip install keras {backend}" in done.stderr
    else:
        assert re.fullmatch(rf"Keras \S+ on {name} \S+, (CPU|[0-9]+ [A-Z]+), seed 1\n", done.stdout), done.stderr
