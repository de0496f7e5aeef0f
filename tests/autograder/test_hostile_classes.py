"""Hostile classes (tests/hostile/classes): honest neighbours keep their points, nobody is invented, nothing is leaked.

The workers are a stand-in, which gives 10 points to right notebooks and 4 to all others: what is tried is the way from
the command line to the worker and back to the tables. No submission runs.
"""

import base64
import importlib.util
import resource
from pathlib import Path

import pytest
from classroom import handed_in, lines, make_assignment, rows

from autograder import command, inbox, scale

FOLDER = Path(__file__).resolve().parents[1] / "hostile/classes"
spec = importlib.util.spec_from_file_location("folders", FOLDER / "folders.py")
folders = importlib.util.module_from_spec(spec)
spec.loader.exec_module(folders)
CASES = [(kind, name) for kind, cases in folders.KINDS.items() for name in cases]


@pytest.fixture
def grade(tmp_path, monkeypatch):
    """grade(path): the command on a class, with a stand-in for the workers. Its exit code."""
    checks = make_assignment(tmp_path)
    right = base64.b64encode(handed_in().encode()).decode()
    findings = [{"check": "value", "points": 10, "earned": 10, "message": ""}]
    question = {"id": "t1-q1", "points": 10, "max_points": 10, "findings": findings}
    outcome = {"status": "graded", "seed": 1, "max_score": 10, "sandbox": [], "answers": {"number": 0, "digest": ""}}

    def stand_in(tasks, workers):
        for tag, task in tasks:
            points = 10 if task["notebook"] == right else 4
            yield tag, outcome | {"score": points, "questions": [question | {"points": points}]}

    monkeypatch.setattr(scale, "on_this_machine", stand_in)
    given = ["--checks", str(checks), "--out", str(tmp_path / "results")]
    return lambda path, *more: command.main(["grade", "t1", str(path), *given, *more])


@pytest.mark.parametrize(("kind", "name"), CASES, ids=[f"{kind}-{name}" for kind, name in CASES])
def test_a_hostile_student_harms_nobody_else(kind, name, grade, tmp_path, capsys):
    room = tmp_path / "room"
    room.mkdir()
    path, hostile = folders.KINDS[kind][name](room, handed_in())
    honest = folders.KEPT.get(name, {"ann": "10", "bo": "10"})
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    expected = honest | hostile
    assert grade(path) == (1 if "" in expected.values() else 0)
    assert {row["submission"]: row["score"] for row in rows(tmp_path / "results/grades.csv")} == expected
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert grown < 200 * 1024, f"the grader's own memory grew by {grown >> 10} MB"
    back = [row for row in rows(tmp_path / "results/canvas.csv") if row["ID"]]  # what the platform is told
    assert len({row["ID"] for row in back}) == len(back), back
    assert all(row["t1"] == expected[row["Student"]] for row in back), back
    told = capsys.readouterr()
    shown = (told.out + told.err).replace("\n", " ").replace("\r", " ").replace("\t", " ")
    assert inbox.printable(shown) == shown and len(told.out) < 20_000 and "Traceback" not in told.err
    for row in lines(tmp_path / "results"):
        if row["name"] in hostile and row["status"] == "unreadable":
            assert row["reason"] and row["source"], row
    pages = sorted(page.name for page in (tmp_path / "results/feedback").iterdir())
    assert len({page.casefold() for page in pages}) == len(pages) == len(expected)
    assert {path.name for path in tmp_path.iterdir()} <= {"room", "results", "course"}


def test_a_platforms_names_inside_a_zip_reach_no_table(grade, tmp_path):
    inner = folders.zipped({"Ann A_1_assignsubmission_file_/t1.ipynb": handed_in(), "HW_bo_attempt_2024-1.ipynb": ""})
    assert grade(folders.canvas(tmp_path / "room", handed_in(), "mallory_3_13_w.zip", inner)) == 0
    made = {path.name for path in (tmp_path / "results").iterdir()}
    assert "canvas.csv" in made and not {"moodle.csv", "blackboard.csv", "feedback_moodle.zip"}.intersection(made)


def test_there_are_forty_and_of_each_kind():
    assert len(CASES) >= 40
    kinds = {"overwriting", "inventing", "flooding", "bombing", "starving", "colliding", "injecting"}
    assert set(folders.KINDS) == kinds and all(len(cases) >= 5 for cases in folders.KINDS.values())


def test_a_late_hostile_name_changes_no_earlier_row(grade, tmp_path):
    folder = folders.plain(tmp_path / "room", handed_in())
    assert grade(folder) == 0
    folders.put(folder, {"ANN.ipynb": folders.OTHER, "ann\u200b.ipynb": folders.OTHER})
    assert grade(folder) == 0
    found = {row["submission"]: row["score"] for row in rows(tmp_path / "results/grades.csv")}
    assert found["ann"] == "10" and len(found) == 4
    assert len([line for line in lines(tmp_path / "results") if line["name"] == "ann"]) == 1  # not graded again


def test_a_fault_of_the_grader_has_an_exit_code_of_its_own(grade, tmp_path, monkeypatch, capsys):
    folder = folders.plain(tmp_path / "room", handed_in())
    monkeypatch.setattr(inbox, "find", lambda *more: 1 / 0)
    assert grade(folder) == command.CRASHED == 3
    told = capsys.readouterr().err
    assert "ZeroDivisionError" in told and "fault of the grader" in told
