"""Hostile submissions: no point is forged, nothing outside is read or changed, nothing is left running, the honest
part keeps its points, and the student reads a sentence that says what happened.

Each file of tests/hostile is one submission to the tiny assignment of submissions.py. Its head says what it tries, the
points that must come out (`|` between alternatives), what the student must read (for t-q2, where most of them attack),
and options of the grader. Below stand the hostile answers, or, after `# submission`, a program that makes the file.
"""

import json
import os
import re
import tempfile
import time
from pathlib import Path

import nbformat
import pytest
from submissions import (
    answers_in,
    graded_file,
    messages,
    points,
    tiny_assignment,
    tiny_notebook,
    with_answers,
)

from autograder.engine import UnreadableSubmissionError
from autograder.sandbox import forkserver
from autograder.sandbox.cleanup import below

ROOT = Path(__file__).resolve().parents[2]
HOSTILE = sorted((ROOT / "tests/hostile").glob("*.txt"))
HOSTILE_A1 = sorted((ROOT / "tests/hostile/a1").glob("*.txt"))
SECRET = "4f0d-nobody-may-read-this"
TABLE = []


def head_of(text):
    """{key: value} of the lines `# key: value` above the submission."""
    head = re.split(r"^# (?:question: |submission$)", text, maxsplit=1, flags=re.MULTILINE)[0]
    return dict(re.findall(r"^# (\w+): (.+)$", head, re.MULTILINE))


@pytest.fixture(scope="module")
def temporary(tmp_path_factory):
    """The folder for temporary files of the grader, all of them."""
    before, tempfile.tempdir = tempfile.tempdir, str(tmp_path_factory.mktemp("temporary"))
    forkserver.stop()
    yield Path(tempfile.tempdir)
    forkserver.stop()
    tempfile.tempdir = before


@pytest.fixture
def places(tmp_path, monkeypatch):
    """Where the things lie that a submission wants; each file holds the secret."""
    monkeypatch.setenv("COURSE_SECRET", SECRET)
    checks = tiny_assignment(tmp_path / "assignment")
    checks.write_text(f"# {SECRET}\n{checks.read_text(encoding='utf-8')}", encoding="utf-8")
    solution = tiny_notebook()
    solution.metadata["secret"] = SECRET
    for cell in solution.cells[1:]:
        head, _, body = cell.source.partition("\n")
        if body:
            cell.source = f'{head}\n    """{SECRET}"""\n    key = "{SECRET}"  # {SECRET}\n{body}'
    nbformat.write(solution, checks.with_suffix(".ipynb"))
    for name in ("submissions", "results", "outside"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "kim.ipynb").write_text(f'"{SECRET}"', encoding="utf-8")
    files = {"CHECKS": checks, "SOLUTION": checks.with_suffix(".ipynb"), "ASSIGNMENT": checks.parent}
    files |= {"RESULTS": tmp_path / "results/kim.ipynb", "OTHER": tmp_path / "submissions/kim.ipynb"}
    files |= {"SUBMISSIONS": tmp_path / "submissions", "OUTSIDE": tmp_path / "outside", "HOME": Path.home()}
    return files | {"PARENT": os.getpid()}


def state_of(folder):
    """{path: type, mode, size, time of change, content} of all in a folder, by which any writing shows."""
    facts = {}
    for path in sorted(folder.rglob("*")):
        stat = path.lstat()
        content = path.read_bytes() if path.is_file() and stat.st_size < 10**6 else b""
        facts[path] = (stat.st_mode, stat.st_size, stat.st_mtime_ns, stat.st_uid, content)
    return facts


def hand_in(text, notebook, places):
    """Write the submission that the hostile file describes, in or from a notebook of right answers. Its path."""
    for name, place in places.items():
        text = text.replace(f"@{name}@", str(place))
    path = places["SUBMISSIONS"] / "mallory.ipynb"

    def write(notebook):
        path.write_text(json.dumps(notebook), encoding="utf-8")

    if "\n# submission\n" in text:
        known = {"notebook": notebook, "path": path, "write": write, "places": places}
        exec(compile(text, str(path), "exec"), known)
    else:
        nbformat.write(with_answers(notebook, answers_in(text)), path)
    return path


def attacked(path, notebook, checks, places):
    """Grade the hostile file's submission and look at points and words. The row of the table."""
    text = path.read_text(encoding="utf-8")
    head = head_of(text)
    options = {key: int(value) for key, value in re.findall(r"(\w+)=(\d+)", head.get("options", ""))}
    submission = hand_in(text, notebook, places)
    try:
        result = graded_file(submission, checks, seed=11, **{"seconds": 20, **options})
    except UnreadableSubmissionError as error:
        told = str(error)
        assert any(part in told for part in head["unreadable"].split("|")), told
        return path.stem, head["tries"], "not readable", told
    assert "unreadable" not in head, points(result)
    assert "seccomp" in result["sandbox"]
    for question, allowed in re.findall(r"(\S+?)=(\S+)", head["points"]):
        assert str(points(result)[question]) in allowed.split("|"), (question, result["questions"])
    assert "says" in head or result["score"] == result["max_score"], "what must a student read who lost points?"
    said = head.get("says", "")
    question = (re.findall(r"^# question: (\S+)", text, re.MULTILINE) or ["t-q2"])[0]
    told = " ".join(messages(result, question).values())
    assert any(part in told for part in said.split("|")), told
    assert SECRET not in json.dumps(result)
    return path.stem, head["tries"], f"{result['score']:g} of {result['max_score']}", told


@pytest.mark.parametrize("path", HOSTILE, ids=lambda path: path.stem)
def test_hostile_submission(path, places, temporary, tmp_path):
    look_before = state_of(tmp_path / "assignment"), state_of(tmp_path / "results"), state_of(tmp_path / "outside")
    TABLE.append(attacked(path, tiny_notebook(), places["CHECKS"], places))
    assert look_before == (
        state_of(tmp_path / "assignment"),
        state_of(tmp_path / "results"),
        state_of(tmp_path / "outside"),
    )
    assert sorted(os.listdir(places["SUBMISSIONS"])) == ["kim.ipynb", "mallory.ipynb"]
    assert places["OTHER"].read_text(encoding="utf-8") == f'"{SECRET}"'
    assert left_running() == []
    left = [entry.name for home in temporary.iterdir() for entry in home.iterdir()]
    assert left in ([], ["forkserver"])  # the forkserver's own settings


@pytest.mark.parametrize("path", HOSTILE_A1, ids=lambda path: path.stem)
def test_hostile_submission_to_a1(path, places, temporary):
    """The same with Keras, on the course's first assignment."""
    solution = nbformat.read(ROOT / "solutions/a1_one_by_one_convolution.ipynb", as_version=4)
    TABLE.append(attacked(path, solution, ROOT / "solutions/checks/a1.py", places))
    assert left_running() == []


def left_running(seconds=5):
    """Processes under the forkserver that are still there a moment after grading."""
    server, deadline = forkserver.running(True).process.pid, time.monotonic() + seconds
    while below(server) and time.monotonic() < deadline:
        time.sleep(0.02)  # the supervisor reports before it ends
    return below(server)


def test_there_are_at_least_forty():
    assert len(HOSTILE) >= 40


@pytest.fixture(scope="module", autouse=True)
def table():
    """Write what came out into the file that HOSTILE_TABLE names, if it names one."""
    yield
    if "HOSTILE_TABLE" in os.environ:
        lines = [f"{name} | {tries} | {got} | {' '.join(told.split())[:160]}" for name, tries, got, told in TABLE]
        Path(os.environ["HOSTILE_TABLE"]).write_text("\n".join(lines) + "\n", "utf-8", "backslashreplace")
