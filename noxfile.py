"""The course on other Pythons and with other versions: `nox --list` shows the sessions, `nox -s colab` runs one.

The sessions call what students and .ci/run call, in environments of their own. They need the Pythons that they name.
What follows `--` goes to pytest; for `colab` it names notebooks, such as 03, and for `docs` parts of commands.
"""

import json
import os
import shutil
import tomllib
from pathlib import Path

import nox

ROOT = Path(__file__).resolve().parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
OURS = ["-e", ".[dev,site]", "-e", "./autograder[instructor,cluster]"]
PYTHONS = ["3.11", "3.12", "3.13"]
TEST = ["python", "-m", "pytest", "-n", "2", "--dist", "loadscope", "--nbval-lax", "--nbval-current-env"]

# Commands of the README and its like that take too long for tests/authoring/test_docs.py.
SLOW_COMMANDS = [
    "python course.py lab --version",
    "python course.py run notebooks/01_one_by_one_convolution.ipynb",
    "python course.py grade a1 submissions/ --out results/",
    "python course.py grade a1 submissions/ --out part-1/ --shard 1/1",
    ".venv/bin/course-grade merge part-* --out results/",
    "python course.py bench experiments vgg-kernels",
    '.venv/bin/python -m pip install -e ".[bench]"',
    "python course.py bench cost",
    "python course.py bench mutants a1",
    ".venv/bin/pre-commit run --all-files",
]

BACKEND_TESTS = [
    "tests/course/test_start.py",
    "tests/course/test_checks.py",
    "tests/course/test_cost.py",
    "tests/course/test_models_late.py",
    "tests/course/test_training.py",
    "notebooks",
    "solutions",
]

nox.options.default_venv_backend = "uv|virtualenv"
nox.options.sessions = ["course", "oldest", "newest", "colab"]


def copy_of_the_course(session, folder):
    """The repository's own files in `folder` of the session; what an earlier run made there stays."""
    copy = Path(session.create_tmp(), folder)
    listed = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    for name in filter(None, session.run(*listed, external=True, silent=True).split("\0")):
        if (ROOT / name).is_file():  # and not deleted since
            (copy / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, copy / name)
    return copy


def copy_of_the_authors_wing(session):
    """A folder with `authoring` alone: the course itself comes from the first cell."""
    folder = Path(session.create_tmp(), "authors")
    shutil.copytree(ROOT / "authoring", folder / "authoring", dirs_exist_ok=True)
    return folder


@nox.session(python=PYTHONS)
def course(session):
    """The README's test command with the locked versions, from a folder with spaces and letters beyond ASCII."""
    session.chdir(copy_of_the_course(session, "Küche und Kurs"))
    session.run("python", "course.py", "test", *session.posargs)


@nox.session(python=PYTHONS[0])
def oldest(session):
    """The oldest versions that pyproject.toml allows."""
    oldest = [name.replace(">=", "==") for name in PROJECT["project"]["dependencies"]]
    session.install("pip", *OURS, *oldest)
    session.run(*TEST, *session.posargs)


@nox.session(python=PYTHONS[-1])
def newest(session):
    """The newest versions of everything, whether tested before or not."""
    session.install("--upgrade", "pip", *OURS)
    session.run(*TEST, *session.posargs)


@nox.session(python=PYTHONS[0])
@nox.parametrize("backend", ["jax", "torch"])
def backends(session, backend):
    """The helpers and the notebooks on JAX and on PyTorch."""
    session.install("pip", *OURS, backend)
    paths = [path for path in BACKEND_TESTS if (ROOT / path).exists()]  # what is published has no solutions
    env = {"KERAS_BACKEND": backend, "OMP_NUM_THREADS": "1"}  # PyTorch's threads get in the way of those of others
    session.run(*TEST, *(session.posargs or paths), env=env)


@nox.session(python="3.13")
def colab(session):
    """Colab's versions, which the first cell leaves as they are; then each notebook alone in an empty folder."""
    session.install("-r", "docs/constraints-colab.txt", "nbclient", "nbformat", "pip", "tqdm")
    session.run("python", "-m", "pip", "uninstall", "--quiet", "--yes", "course_utils")
    before = session.run("python", "-m", "pip", "freeze", silent=True).splitlines()
    paths = [*sorted(ROOT.glob("notebooks/*.ipynb")), *sorted(ROOT.glob("solutions/*.ipynb"))]  # assignments, solved
    alone = Path(session.create_tmp(), "alone")
    shutil.rmtree(alone, ignore_errors=True)
    alone.mkdir()
    git, authors = github(session), {"PYTHONPATH": str(copy_of_the_authors_wing(session))}
    session.chdir(alone)
    session.run("ipython", "-c", first_cell(paths[0]), env=git)
    after = session.run("python", "-m", "pip", "freeze", silent=True).splitlines()
    changed = [line for line in {*before} ^ {*after} if not line.startswith("course_utils @")]
    if changed or len(after) != len(before) + 1:
        session.error(f"the first cell changed what Colab has installed: {sorted(changed)}")
    for path in paths:
        if not session.posargs or any(path.name.startswith(name) for name in session.posargs):
            folder = alone / path.stem
            folder.mkdir()
            session.run("python", "-m", "authoring", "run", str(shutil.copy(path, folder)), env=authors)


@nox.session(python=PYTHONS[1])
def docs(session):
    """The slow commands of README.md and its like, word for word, in a copy of the course."""
    if not (ROOT / "solutions").exists():
        session.skip("these commands need the solutions, which a published copy lacks")
    copy = copy_of_the_course(session, "docs")
    (copy / "submissions").mkdir(exist_ok=True)
    shutil.copy(next(copy.glob("solutions/a1_*.ipynb")), copy / "submissions" / "kim.ipynb")
    session.chdir(copy)
    for command in SLOW_COMMANDS:
        if not session.posargs or any(word in command for word in session.posargs):
            session.run("bash", "-c", command, external=True)


def first_cell(path):
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    return "".join(next(cell["source"] for cell in cells if cell["cell_type"] == "code"))


def github(session):
    """What makes git fetch this folder, as it is now, when the first cell asks for the course on GitHub."""
    copy = copy_of_the_course(session, "github")
    course = PROJECT["tool"]["course"]
    author = ["-c", "user.name=nox", "-c", "user.email=nox@localhost"]
    shutil.rmtree(copy / ".git", ignore_errors=True)
    for words in (["init", "-q", "-b", course["ref"]], ["add", "-A"], [*author, "commit", "-q", "-m", "now"]):
        session.run("git", "-C", str(copy), *words, external=True)
    return {
        **os.environ,
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": f"url.{copy.as_uri()}.insteadOf",
        "GIT_CONFIG_VALUE_0": f"https://github.com/{course['repository']}",
    }
