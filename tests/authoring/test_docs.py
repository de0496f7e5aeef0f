"""Every command that README.md and its like show runs: the fast ones here, the others where ELSEWHERE says.

A command is a line of an indented block, or a piece of inline code, that begins like one (COMMAND). A new one fails
`test_every_command_is_accounted_for` until it is named in one of the two lists.
"""

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement

ROOT = Path(__file__).resolve().parents[2]
NAMES = ("README.md", "README.*.md", "CONTRIBUTING.md", "solutions/README.md", "autograder/README.md", "docs/*.md")
DOCS = sorted(path for name in NAMES for path in ROOT.glob(name))
COMMAND = re.compile(
    r"(?:[A-Z_]+=\S+ )?(?:(?:python3?|py) \S|(?:!?pip|uv|nox|uvx|make|apt-get|dask)\b|\.venv/bin/\w).*"
)
FAST = [
    "python course.py release a1",
    "python course.py release a1 --with-answers",
    "python course.py stamp",
    "python course.py translate ko",
    "python course.py translate ko --check",
    "python course.py publish ../modern-cnns-for-students",
    "python course.py publish ../course-for-students",
    "python course.py test tests/course/test_course.py -k stamp",
    ".venv/bin/course-grade grade --help",
]
# Too slow, for another place than this one, or in need of the network: {command: the file that runs or tests it}.
ELSEWHERE = {
    "python course.py lab": ".github/workflows/weekly.yml",
    "python course.py test": ".github/workflows/weekly.yml",
    "python course.py run notebooks/01_one_by_one_convolution.ipynb": "noxfile.py",
    "python course.py site": ".github/workflows/site.yml",
    "python course.py grade a1 submissions/ --out results/": "noxfile.py",
    ".venv/bin/course-grade merge part-* --out results/": "noxfile.py",
    "python course.py bench experiments vgg-kernels": "noxfile.py",
    "python course.py bench cost": "noxfile.py",
    "python course.py bench mutants a1": "noxfile.py",
    '.venv/bin/python -m pip install -e ".[bench]"': "noxfile.py",
    ".venv/bin/pre-commit run --all-files": "noxfile.py",
    "apt-get install chromium chromium-driver": ".ci/run",
    "pip install nox": ".github/workflows/weekly.yml",
    "nox --list": ".github/workflows/weekly.yml",
}
# No command to type as it stands, or one that only the reader can run, with the reason.
NOT_RUN = {
    "py -3.12": "the name of a Python on Windows",
    "COURSE_SCREENSHOTS=pictures python course.py test tests/course/test_jupyterlab.py": "needs a browser",
    "python course.py test tests/autograder/test_assignments.py -k a1/bias_forgotten": "a part of what .ci/run runs",
    "python course.py grade a1 submissions --out results": "noxfile.py runs it with the README's slashes",
    ".venv/bin/python -m authoring.make_a6_data --seed N --originals FOLDER --output mine/checks/a6_data.npz": (
        "the reader has the originals"
    ),
    "python course.py bench rewrites": "half an hour; a sample is in tests/autograder/test_right_answers.py",
    ".venv/bin/python -m authoring.frames FOLDER": "minutes; test_frames.py makes those of a small notebook",
    "python course.py site --pdf": "needs a browser; .github/workflows/site.yml runs it",
    "dask": "starts the reader's cluster",
    'pip install . "./autograder[cluster]"': "for the machines of the reader's cluster; it is in the lock",
    'pip install "tensorflow[and-cuda]"': "3 GB, for machines with a GPU",
    "!pip list": "typed in Colab",
    "uvx nox": "a way to have nox; the workflows take the other",
    "nox -s colab -- 03 a1": "an example of narrowing a session down",
    ".venv/bin/pre-commit install": "changes the reader's clone",
    "nox -s oldest -- tests/course/test_cost.py": "an example of narrowing a session down",
    "uv pip compile --universal --no-annotate --no-header --python-version 3.11 --extra dev --extra instructor "
    "--extra cluster --extra site pyproject.toml autograder/pyproject.toml requirements.txt "
    "-o requirements-lock.txt": "makes a new lock of what is newest on that day",
}


PLACEHOLDER = re.compile(r"\baN\b|\bNAME\b|…")  # the reader puts something there; elsewhere an example is spelt out


def commands(text):
    """The commands in a markdown text that can be typed as they are, without the comments behind them."""
    lines = re.findall(r"^ {4}(\S.*)$", text, re.M)
    spans = [" ".join(span.split()) for span in re.findall(r"`([^`]+)`", re.sub(r"^ {4}.*$", "", text, flags=re.M))]
    found = [re.sub(r"\s{2,}#.*", "", line).strip() for line in [*lines, *spans]]
    return [command for command in found if COMMAND.fullmatch(command) and not PLACEHOLDER.search(command)]


def shown():
    return {command for path in DOCS if path.is_file() for command in commands(path.read_text(encoding="utf-8"))}


def test_commands_are_found_in_blocks_and_lines():
    block = "    python course.py lab     # opens\n    depth = 3\n"
    text = f"Say `make it`, or `.venv/bin/x`.\n\n{block}\n`a.py`, `python`, `make NAME`\n"
    assert commands(text) == ["python course.py lab", "make it", ".venv/bin/x"]


def test_every_command_is_accounted_for():
    known = {*FAST, *ELSEWHERE, *NOT_RUN}
    assert shown() - known == set(), "new commands: run them here (FAST), or say where they are run (ELSEWHERE)"
    assert known - shown() == set(), "no longer in the documents"


@pytest.mark.parametrize(("command", "file"), ELSEWHERE.items())
def test_what_runs_a_slow_command_holds_it(command, file):
    text = (ROOT / file).read_text(encoding="utf-8")
    start = command.split(" --")[0] if command.startswith(("nox", "apt-get")) else command
    assert start.replace("apt-get install ", "") in text


@pytest.fixture(scope="module")
def copy(tmp_path_factory):
    """A committed copy of the course, in which commands may write; its environment is the one that runs this test."""
    folder = tmp_path_factory.mktemp("docs") / "course"
    unwanted = shutil.ignore_patterns(
        ".*_cache", ".venv", ".git", ".nox", ".ipynb_checkpoints", "__pycache__", "*.egg-info"
    )
    shutil.copytree(ROOT, folder, ignore=unwanted)
    git = ["git", "-C", str(folder), "-c", "user.name=test", "-c", "user.email=test@localhost"]
    for words in (["init", "-q"], ["add", "-A"], ["commit", "-q", "-m", "copy"]):
        subprocess.run([*git, *words], check=True)
    return folder


# course.py with the environment at hand, which it would otherwise set up first.
LAUNCH = (
    "import os, sys, course; course.prepare = lambda _: None; course.PYTHON = sys.executable; "
    "course.environment = lambda: dict(os.environ); course.main()"
)


@pytest.mark.parametrize("command", FAST)
def test_fast_commands_run(command, copy):
    words = shlex.split(command)
    if words[:2] == ["python", "course.py"]:
        words = [sys.executable, "-c", LAUNCH, *words[2:]]
    else:
        words[0] = str(Path(sys.executable).with_name(Path(words[0]).name))
    here = {**os.environ, "PYTHONPATH": str(copy)}  # else the installed course would be at work
    done = subprocess.run(words, cwd=copy, env=here, capture_output=True, text=True, timeout=240)
    assert done.returncode == 0, done.stdout + done.stderr


# Files for other places ------------------------------------------------------------------------------------------


def sessions():
    return set(re.findall(r"^@nox\.session.*\ndef (\w+)", (ROOT / "noxfile.py").read_text(encoding="utf-8"), re.M))


def steps():
    """(workflow's name, job's matrix, command) of each step that runs something."""
    for path in sorted((ROOT / ".github" / "workflows").glob("*.yml")):
        for job in yaml.safe_load(path.read_text(encoding="utf-8"))["jobs"].values():
            for step in job["steps"]:
                if "run" in step:
                    yield path.name, job.get("strategy", {}).get("matrix", {}), step["run"]


def test_workflows_run_what_people_run():
    seen = set()
    for name, matrix, command in steps():
        assert command == "bash .ci/run" or command.startswith(("python course.py ", "nox -s ", "python -m pip ")), name
        words = command.replace("${{ matrix.session }}", " ".join(matrix.get("session", ()))).split()
        seen |= set(words[2:]) if words[0] == "nox" else {words[-1]}
    assert ".ci/run" in seen
    assert seen & sessions() == sessions() - {"course"}, "each session but `course`, which is .ci/run, runs somewhere"


def test_the_list_of_sessions_in_the_docs_is_complete():
    rows = re.findall(r"^\| (`.+?`) \|", (ROOT / "docs/versions.md").read_text(encoding="utf-8"), re.M)
    assert {name for row in rows for name in re.findall(r"`(\w+)`", row)} >= sessions()


def test_a_container_and_binder_set_up_the_same_packages():
    container = json.loads((ROOT / ".devcontainer" / "devcontainer.json").read_text(encoding="utf-8"))
    assert container["postCreateCommand"] == "python course.py lab --version"
    assert (ROOT / container["customizations"]["codespaces"]["openFiles"][0]).is_file()
    build = (ROOT / ".binder" / "postBuild").read_text(encoding="utf-8")
    assert "pip install --no-cache-dir -r requirements.txt\n" in build
    versions = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["requires-python"]
    python = (ROOT / ".binder" / "runtime.txt").read_text(encoding="utf-8").strip().removeprefix("python-")
    assert Requirement(f"python{versions}").specifier.contains(f"{python}.0")


def test_the_course_accepts_colabs_versions_as_they_are():
    colab = [Requirement(line) for line in lines_of("docs/constraints-colab.txt")]
    pins = {pin.name: next(iter(pin.specifier)).version for pin in colab}
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    for text in [*project["dependencies"], *lines_of("requirements.txt")]:
        wanted = Requirement(text)
        assert wanted.name in ("jupyterlab", "tqdm") or wanted.specifier.contains(pins[wanted.name]), text


def lines_of(name):
    return [line for line in (ROOT / name).read_text(encoding="utf-8").splitlines() if line and line[0] != "#"]
