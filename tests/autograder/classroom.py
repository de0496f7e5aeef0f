"""A classroom for the tests of the grader's command: a tiny assignment, students, and the command run on them."""

import atexit
import contextlib
import csv
import functools
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
import venv
from pathlib import Path

import nbformat

ROOT = Path(__file__).resolve().parents[2]

# Double a number (4 points), add one to each entry (6).
CHECKS = """
import numpy as np
from autograder.answers import attempt
from autograder.deciding import compare
from autograder.questions import Question

NOTEBOOK = "../t1_tiny.ipynb"


def inputs(rng):
    return {"x": rng.normal(size=5)}


def probe(function, inputs):
    return {"value": attempt(function, inputs["x"])}


def decide_double(inputs, answers):
    return [compare("doubled", 4, answers["value"], 2 * inputs["x"])]


def decide_add(inputs, answers):
    return [compare("one added", 6, answers["value"], inputs["x"] + 1)]


QUESTIONS = (
    Question("t1-q1", 4, "double", inputs, probe, decide_double),
    Question("t1-q2", 6, "add", inputs, probe, decide_add),
)
"""
ANSWERS = {"t1-q1": "def double(x):\n    return 2 * x", "t1-q2": "def add(x):\n    return x + 1"}
STUBS = {"t1-q1": "def double(x):\n    # your code here\n    ...", "t1-q2": "def add(x):\n    ..."}
HOLLOW = {  # what makes a grader slow to start, and what it calls of it
    "keras.py": "class utils:\n    set_random_seed = print\n",
    "matplotlib/__init__.py": "use = print\n",
    "matplotlib/pyplot.py": "",
    "rfc3987_syntax.py": "raise ImportError",
}
WRONG_ADD = {"t1-q2": "def add(x):\n    return x + 2"}


def notebook(changed=None):
    """The solution of t1 as a notebook, with other sources in the named cells."""
    cells = [nbformat.v4.new_code_cell("import numpy as np", id="imports")]
    for name, source in (ANSWERS | (changed or {})).items():
        cell = nbformat.v4.new_code_cell(source, id=name)
        label = {"schema_version": 3, "task": False, "solution": True, "grade": False, "locked": False}
        cell.metadata["nbgrader"] = label | {"grade_id": name}
        cells.append(cell)
    return nbformat.v4.new_notebook(cells=cells)


def handed_in(changed=None) -> str:
    """The text of a submission's file."""
    return nbformat.writes(notebook(changed))


def make_assignment(folder) -> Path:
    """The assignment t1 in `folder`; returns its folder of hidden checks."""
    checks = Path(folder) / "course/checks"
    checks.mkdir(parents=True)
    (checks / "t1.py").write_text(CHECKS, encoding="utf-8")
    (checks.parent / "t1_tiny.ipynb").write_text(handed_in(), encoding="utf-8")
    return checks


def hand_in(folder, **students) -> Path:
    """hand_in(folder, kim={"t1-q2": source}): kim.ipynb in a folder of submissions, which is returned."""
    inbox = Path(folder) / "submissions"
    inbox.mkdir(exist_ok=True)
    for name, changed in students.items():
        text = changed if isinstance(changed, str) else handed_in(changed)
        (inbox / f"{name}.ipynb").write_text(text, encoding="utf-8")
    return inbox


@functools.cache
def quick_python() -> str:
    """A Python with the packages of this one, but for what is slow to import.

    The sandbox would not let a submission read packages that stand in two places, so it goes with --no-sandbox.
    """
    folder = tempfile.mkdtemp(prefix="quick-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    venv.create(folder, symlinks=os.name != "nt")
    (site,) = Path(folder).rglob("site-packages")
    for name, text in HOLLOW.items():
        (site / name).parent.mkdir(exist_ok=True)
        (site / name).write_text(text, encoding="utf-8")
    packages = [path for path in sys.path if "site-packages" in path]
    (site / "theirs.pth").write_text("\n".join([*packages, str(ROOT)]), encoding="utf-8")
    return str(Path(folder, "Scripts" if os.name == "nt" else "bin", "python"))


def start(*words, cwd=ROOT, **environment) -> subprocess.Popen:
    """The command, started by the quick Python."""
    return subprocess.Popen(
        [quick_python(), "-m", "autograder", *map(str, words)],
        cwd=cwd,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={name: value for name, value in os.environ.items() if name != "PYTHONPATH"} | environment,
    )


def run(*words, **options) -> subprocess.CompletedProcess:
    """The command, run to its end."""
    with start(*words, **options) as process:
        out, err = process.communicate()
    return subprocess.CompletedProcess(words, process.returncode, out, err)


def rows(path) -> list[dict]:
    with Path(path).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def lines(results) -> list[dict]:
    """The whole lines of results.jsonl."""
    text = (Path(results) / "results.jsonl").read_text(encoding="utf-8")
    return [json.loads(line) for line in text.split("\n") if line]


def marked(mark) -> list[int]:
    """Processes whose environment holds `mark`, which every process inherits but those behind the sandbox."""
    found = []
    for path in Path("/proc").glob("[0-9]*/environ"):
        with contextlib.suppress(OSError):
            if mark.encode() in path.read_bytes():
                found.append(int(path.parent.name))
    return found


def gone(pids, seconds=15) -> bool:
    """Whether all these processes end in time."""
    until = time.monotonic() + seconds
    while any(Path(f"/proc/{pid}").exists() and _runs(pid) for pid in pids):
        if time.monotonic() > until:
            return False
        time.sleep(0.05)
    return True


def _runs(pid) -> bool:
    with contextlib.suppress(OSError, IndexError):
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    return False
