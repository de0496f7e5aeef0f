"""The grader's command: what it grades and what it leaves, what it says, and that every notebook is read."""

import base64
import json
import os
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import nbformat
import pytest
from classroom import STUBS, WRONG_ADD, hand_in, handed_in, lines, make_assignment, notebook, quick_python, rows, run

from autograder import command, inbox, scale, solution
from autograder.imports import followed
from autograder.sandbox import forkserver

ROOT = Path(__file__).resolve().parents[2]
RELEASE = ROOT / "assignments/a1_one_by_one_convolution.ipynb"
SOLUTION = ROOT / "solutions/a1_one_by_one_convolution.ipynb"


@pytest.fixture
def room(tmp_path):
    """A folder with the assignment t1."""
    make_assignment(tmp_path)
    return tmp_path


def words(room, *more):
    checks = ("--checks", room / "course/checks", "--out", room / "results")
    return [str(word) for word in ("grade", "t1", room / "submissions", *checks, "--no-sandbox", *more)]


@pytest.fixture
def quick(monkeypatch, room):
    """quick(*options): the command with a stand-in for the workers, which gives 10 points to right notebooks.

    Returns the exit code; `quick.graded` are the names that were graded then. `quick.outcomes` {name: outcome}
    replaces what comes out.
    """

    def stand_in(tasks, workers):
        for tag, task in tasks:
            if task["name"] == solution.NAME:
                yield tag, call.outcomes.get(task["name"]) or result(10)
                continue
            outcome = call.outcomes.get(task["name"])
            if isinstance(outcome, BaseException):
                raise outcome
            call.graded.append(task["name"])
            yield tag, outcome or result(10 if task["notebook"] == right else 4)

    def call(*options, given=None):
        call.graded = []
        return command.main(given or words(room, *options))

    right = base64.b64encode(handed_in().encode()).decode()
    call.outcomes = {}
    monkeypatch.setattr(scale, "on_this_machine", stand_in)
    return call


def result(points, **more):
    """What the engine says of a submission of t1."""
    message = "" if points == 10 else "It is off by one."
    findings = [{"check": "one added", "points": 10, "earned": points, "message": message}]
    question = {"id": "t1-q1", "points": points, "max_points": 10, "findings": findings}
    outcome = {
        "status": "graded",
        "seed": 1,
        "score": points,
        "max_score": 10,
        "questions": [question],
        "sandbox": ["x"],
    }
    return outcome | {"answers": {"t1-q1": {"form": str(points), "size": 200}}} | more


def also_by_hand(room):
    """Give t1 a third question, t1-why, which a person marks."""
    path = room / "course/checks/t1.py"
    path.write_text(path.read_text() + "QUESTIONS += (Question('t1-why', 5, manual=True),)\n")


def scores(room):
    return {row["submission"]: row["score"] for row in rows(room / "results/grades.csv")}


# What is graded, and what is left -------------------------------------------------------------------------------------


def test_what_is_graded_and_unchanged_is_left(quick, room, capsys):
    hand_in(room, kim={}, lee=WRONG_ADD)
    assert quick() == 0 and quick.graded == ["kim", "lee"]
    assert quick() == 0 and quick.graded == []
    assert "2 are graded and unchanged" in capsys.readouterr().out
    hand_in(room, lee={}, sam={})
    assert quick() == 0 and quick.graded == ["lee", "sam"]
    assert scores(room) == {"kim": "10", "lee": "10", "sam": "10"}
    assert [line["name"] for line in lines(room / "results")] == ["kim", "lee", "lee", "sam"]
    assert quick("--again") == 0 and quick.graded == ["kim", "lee", "sam"]


@pytest.mark.parametrize("changed", ["checks/t1.py", "t1_tiny.ipynb"])
def test_new_checks_or_a_new_solution_grade_everything_again(changed, quick, room):
    hand_in(room, kim={})
    quick()
    path = room / "course" / changed
    path.write_text(path.read_text() + "\n")
    quick()
    assert quick.graded == ["kim"]


def test_an_interruption_at_any_submission_keeps_what_is_graded(quick, room, capsys):
    hand_in(room, ann={}, kim=WRONG_ADD, lee={})
    quick.outcomes = {"lee": KeyboardInterrupt()}
    assert quick() == 130
    assert "start it again to go on" in capsys.readouterr().err
    assert scores(room) == {"ann": "10", "kim": "4"}  # the tables are there as well
    quick.outcomes = {}
    assert quick() == 0
    assert quick.graded == ["lee"]
    assert scores(room) == {"ann": "10", "kim": "4", "lee": "10"}


def test_what_failed_is_tried_again_the_next_time(quick, room, capsys):
    hand_in(room, ann={}, kim={})
    quick.outcomes = {"kim": {"status": "failed", "reason": "Traceback:\nZeroDivisionError"}}
    assert quick() == 1
    assert "kim could not be graded, through no fault of the student: ZeroDivisionError" in capsys.readouterr().out
    assert scores(room) == {"ann": "10", "kim": ""}
    quick.outcomes = {}
    assert quick() == 0 and quick.graded == ["kim"]


def test_a_machine_that_cannot_confine_ends_the_run_and_records_nothing(quick, room, capsys):
    hand_in(room, ann={}, kim={})
    quick.outcomes = {"ann": {"status": "refused", "reason": "this machine cannot confine a submission"}}
    assert quick() == 2
    assert "this machine cannot confine" in capsys.readouterr().err
    assert scores(room) == {}


def test_what_cannot_be_read_is_named_with_the_reason_and_not_tried_again(quick, room, capsys):
    inbox = hand_in(room, ann={})
    (inbox / "kim").mkdir()
    (inbox / "kim/a1.pdf").touch()
    (inbox / "bo").mkdir()
    (inbox / "bo/my work.ipynb").write_text("nonsense")
    quick.outcomes = {"bo": {"status": "unreadable", "reason": "bo.ipynb is not a notebook"}}
    assert quick() == 1
    out = capsys.readouterr().out
    assert "bo could not be read: my work.ipynb is not a notebook" in out  # the file as its owner called it
    assert re.search(r"kim could not be read: .*there is no notebook, only .*a1\.pdf", out)
    assert quick() == 1 and quick.graded == []
    assert scores(room) == {"ann": "10", "bo": "", "kim": ""}
    assert "could not be graded" in (room / "results/feedback/kim.html").read_text()


def test_duplicates_are_pointed_out(quick, room, capsys):
    hand_in(room, ann={}, kim={}, lee=WRONG_ADD)
    quick()
    assert "The same answers to t1-q1: ann and kim" in capsys.readouterr().out


def test_marks_written_into_the_results_folder_are_kept_and_merged(quick, room, capsys):
    manual = {"id": "t1-why", "points": 0, "max_points": 5, "findings": [], "manual": True, "text": "Since 1×1."}
    also_by_hand(room)
    hand_in(room, kim={})
    quick.outcomes = {"kim": (outcome := result(10))}
    outcome["questions"].append(manual)
    quick()
    assert "1 with answers to mark by hand" in capsys.readouterr().out
    table = room / "results/manual.csv"
    table.write_text(table.read_text().replace("t1-why,5,,", "t1-why,5,3,Nearly."))
    quick()
    assert (scores(room), quick.graded) == ({"kim": "13"}, [])
    assert "Nearly." in (room / "results/feedback/kim.html").read_text()
    marks = room / "marks.csv"
    marks.write_text("submission,question,points\nkim,t1-why,4\n")
    quick("--manual", marks)
    assert scores(room) == {"kim": "14"}
    marks.write_text("submission,question,points\nkim,t1-why,6\n")
    assert quick("--manual", marks) == 2
    assert "'6' is not between 0 and 5 points" in capsys.readouterr().err
    assert scores(room) == {"kim": "14"}


def test_shards_share_the_work_and_merge_into_the_same_result(quick, room):
    hand_in(room, **{f"s{number}": {} if number % 2 else WRONG_ADD for number in range(9)})
    quick()
    whole = {path.name: path.read_bytes() for path in (room / "results").glob("*.csv")}
    seen = []
    for number in (1, 2, 3):
        out = ["--out", str(room / f"part{number}"), "--shard", f"{number}/3"]
        quick(given=[*words(room), *out])
        seen += quick.graded
    assert sorted(seen) == sorted(f"s{number}" for number in range(9))
    parts = [str(room / f"part{number}") for number in (1, 2, 3)]
    merge = ["merge", *parts, "--out", str(room / "all"), "--checks", str(room / "course/checks")]
    assert command.main(merge) == 0
    assert {path.name: path.read_bytes() for path in (room / "all").glob("*.csv")} == whole
    assert len(list((room / "all/feedback").iterdir())) == 9
    before = lines(room / "all")
    assert command.main(merge) == 0 and lines(room / "all") == before


def test_of_two_results_on_one_student_the_later_is_merged(quick, room):
    hand_in(room, kim=WRONG_ADD)
    quick(given=[*words(room), "--out", str(room / "old")])
    path = room / "old/results.jsonl"
    path.write_text(re.sub(r'"time": "[^"]*"', '"time": "2020-01-01T00:00:00Z"', path.read_text()))
    hand_in(room, kim={})
    quick(given=[*words(room), "--out", str(room / "new")])
    for order in (["old", "new"], ["new", "old"]):
        out = room / "-".join(order)
        folders = [str(room / name) for name in order]
        command.main(["merge", *folders, "--out", str(out), "--checks", str(room / "course/checks")])
        assert [row["score"] for row in rows(out / "grades.csv")] == ["10"]


# What it says ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (["grade", "t9", "{in}", "--out", "{out}", "--checks", "{checks}"], "that folder has checks for: t1"),
        (["grade", "../t1", "{in}", "--out", "{out}", "--checks", "{checks}"], "is no assignment"),
        (["grade", "t1", "{in}/absent", "--out", "{out}", "--checks", "{checks}"], "no such file or folder"),
        (["grade", "t1", "{in}", "--out", "{out}", "--checks", "{checks}"], "no notebook"),
        (["merge", "{in}", "--out", "{out}"], "is no results folder"),
    ],
)
def test_what_cannot_be_done_is_explained_and_nothing_is_made(given, told, room, capsys):
    places = {"in": hand_in(room), "out": room / "results", "checks": room / "course/checks"}
    assert command.main([word.format(**places) for word in given]) == 2
    assert told in capsys.readouterr().err
    assert not (room / "results/results.jsonl").exists()


@pytest.mark.parametrize("option", [["--shard", "0/3"], ["--shard", "4/3"], ["--shard", "x"], ["--workers", "0"]])
def test_options_that_make_no_sense_are_refused(option, room, capsys):
    with pytest.raises(SystemExit) as stop:
        command.main(words(room, *option))
    assert stop.value.code == 2 and option[0] in capsys.readouterr().err


def test_checks_that_cannot_be_loaded_are_named(quick, room, capsys):
    hand_in(room, kim={})
    (room / "course/checks/t1.py").write_text("1 / 0")
    assert quick() == 2
    assert "t1.py cannot be used: division by zero" in capsys.readouterr().err


def test_a_results_folder_of_another_assignment_is_refused(quick, room, capsys):
    hand_in(room, kim={})
    quick()
    (room / "course/checks/t2.py").write_text((room / "course/checks/t1.py").read_text())
    given = words(room)
    given[1] = "t2"
    assert quick(given=given) == 2
    assert "holds results of t1" in capsys.readouterr().err


def test_every_command_and_option_has_help(capsys):
    (subcommands,) = [action for action in command.parser()._actions if action.choices]
    assert {"grade", "merge", "gradescope"} <= set(subcommands.choices)
    for name, parser in subcommands.choices.items():
        assert all(action.help for action in parser._actions), name
        with pytest.raises(SystemExit) as stop:
            command.main([name, "--help"])
        assert stop.value.code == 0 and "%(" not in capsys.readouterr().out


def test_control_characters_of_a_name_do_not_reach_the_terminal(quick, room, capsys):
    inbox = hand_in(room)
    (inbox / "a\x1b[31mb").mkdir()
    (inbox / "a\x1b[31mb/x\x1b]0;title\x07.pdf").touch()
    quick.outcomes = {}
    assert quick() == 1
    captured = capsys.readouterr()
    assert "\x1b" not in captured.out + captured.err and "\x07" not in captured.out


# What a result depends on ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("option", [["--seconds", "7"], ["--total-seconds", "70"], ["--memory-mb", "2000"]])
def test_other_limits_grade_anew(option, quick, room):
    hand_in(room, kim={})
    quick(*option)
    quick()
    assert quick.graded == ["kim"]
    quick()
    assert quick.graded == []


def test_a_result_without_the_sandbox_does_not_stand_for_a_confined_one(quick, room):
    hand_in(room, kim={})
    quick()
    confined = [word for word in words(room) if word != "--no-sandbox"]
    quick(given=confined)
    assert quick.graded == ["kim"]


def test_only_what_the_checks_import_grades_anew(quick, room, monkeypatch):
    package = room / "helpers_of_t1"
    package.mkdir()
    for name in ("__init__", "used", "within", "unused"):
        (package / f"{name}.py").write_text("from . import within\n" if name == "used" else "x = 1\n")
    monkeypatch.syspath_prepend(room)
    checks = room / "course/checks/t1.py"
    checks.write_text(checks.read_text() + "import helpers_of_t1.used\n")
    hand_in(room, kim={})
    quick()
    for name, graded in [("unused", []), ("used", ["kim"]), ("within", ["kim"]), ("__init__", ["kim"])]:
        with (package / f"{name}.py").open("a") as file:
            file.write("# a remark\n")
        quick()
        assert quick.graded == graded, name


def test_a_remark_in_the_courses_training_loop_regrades_nobody():
    """The hidden checks of a1 … a5 import nothing of it, so it is not part of what makes a result."""
    for name in ("a1", "a2", "a3", "a4", "a5"):
        (solution_of,) = (ROOT / "solutions").glob(f"{name}_*.ipynb")
        modules, _ = followed(ROOT / f"solutions/checks/{name}.py", solution_of)
        assert not [module for module in modules if module.startswith("course_utils.training")], name


# Marks, and whose changed ---------------------------------------------------------------------------------------------


def test_an_override_comes_by_either_option_and_survives_a_regrade(quick, room, capsys):
    hand_in(room, kim=WRONG_ADD, lee={})
    over = room / "over.csv"
    over.write_text("submission,question,points,comment\nkim,t1-q1,4,accepted in the lab\n")
    for option in ("--override", "--manual"):
        assert quick(option, over) == 0
    assert scores(room) == {"kim": "4", "lee": "10"}
    over.write_text("submission,question,points,comment\nkim,t1-q1,3,one less\n")
    quick("--override", over)
    assert "kim: 4 → 3: t1-q1 marked by hand" in capsys.readouterr().out
    hand_in(room, kim={})
    quick()
    assert quick.graded == ["kim"] and scores(room)["kim"] == "3"
    assert "one less" in (room / "results/feedback/kim.html").read_text()


def test_marks_can_come_with_the_first_run(quick, room):
    also_by_hand(room)
    manual = {"id": "t1-why", "points": 0, "max_points": 5, "findings": [], "manual": True, "text": 'So "it" is.'}
    quick.outcomes = {"kim": (outcome := result(10))}
    outcome["questions"].append(manual)
    hand_in(room, kim={})
    marks = room / "marks.csv"
    marks.write_text("submission,question,points,comment\nkim,t1-why,4,fine\n")
    assert quick("--manual", marks) == 0
    assert scores(room) == {"kim": "14"}


def test_marks_that_cannot_be_stop_the_run_before_anything_is_graded(quick, room, capsys):
    hand_in(room, kim={})
    marks = room / "marks.csv"
    marks.write_text("submission,question,points,comment\nkom,t1-q1,4,why\n")
    assert quick("--manual", marks) == 2 and quick.graded == []
    assert "there is no submission of that name" in capsys.readouterr().err


def test_whose_score_changed_is_told_with_the_reason(quick, room, capsys):
    hand_in(room, kim=WRONG_ADD, lee=WRONG_ADD, sam={})
    quick()
    assert "scores changed" not in capsys.readouterr().out
    hand_in(room, kim={})
    quick()
    assert "kim: 4 → 10: another file was handed in (kim.ipynb)" in capsys.readouterr().out
    path = room / "course/checks/t1.py"
    path.write_text(path.read_text() + "\n")
    quick.outcomes = {"lee": result(7)}
    quick()
    out = capsys.readouterr().out
    assert "1 score changed" in out and "lee: 4 → 7: graded with other checks" in out
    assert [row["submission"] for row in rows(room / "results/changes.csv")] == ["lee"]


def test_explanations_go_out_with_the_pages_only_when_they_are_asked_for(quick, room, capsys):
    def made(name, title, **label):
        cell = nbformat.v4.new_markdown_cell(title, metadata={"nbgrader": label} if label else {})
        nbformat.write(nbformat.v4.new_notebook(cells=[cell]), room / name)
        return room / name

    page = room / "results/feedback/kim.html"
    hand_in(room, kim=handed_in(WRONG_ADD))
    given = made("t1_tiny_answers.ipynb", "# t1 · Tiny (answers)\n\nBecause two halves make a whole.")
    assert quick() == 0 and "Explanations" not in page.read_text()
    assert quick("--answers", str(given)) == 0
    (address,) = re.findall(r'<a download="t1_tiny_answers.ipynb" href="data:[^,]+base64,([^"]+)"', page.read_text())
    assert base64.b64decode(address) == given.read_bytes()
    assert quick() == 0 and "Explanations" not in page.read_text()
    refused = {
        made("t2_answers.ipynb", "# t2 · Other (answers)"): "its title is not that of t1",
        made("t1_tiny.ipynb", "# t1 · Tiny", grade_id="t1-q1"): "its cells are graded ones",
        room / "missing.ipynb": "not a notebook that can be read",
        room / "results/grades.csv": "not a notebook that can be read",
    }
    for path, told in refused.items():
        capsys.readouterr()
        assert quick("--answers", str(path)) == 2 and told in capsys.readouterr().err
        assert "Explanations" not in page.read_text()


def test_rows_that_a_run_does_not_confirm_are_marked_and_not_handed_on(quick, room, capsys):
    hand_in(room, kim={}, lee=WRONG_ADD)
    quick()
    (room / "submissions/lee.ipynb").unlink()
    assert quick() == 0
    assert "lee is not confirmed: not among the submissions of the last run" in capsys.readouterr().out
    found = {row["submission"]: row["status"] for row in rows(room / "results/grades.csv")}
    assert found == {"kim": "graded", "lee": "not confirmed"}
    assert {row["Student"]: row["t1"] for row in rows(room / "results/canvas.csv")}["lee"] == ""
    merge = ["merge", str(room / "results"), "--out", str(room / "all"), "--checks", str(room / "course/checks")]
    for _ in range(2):  # merging, once or again, confirms nothing
        assert command.main(merge) == 0
        assert {row["submission"]: row["status"] for row in rows(room / "all/grades.csv")} == found
        assert {row["Student"]: row["t1"] for row in rows(room / "all/canvas.csv")}["lee"] == ""
    assert "lee is not confirmed: not among" in capsys.readouterr().out
    path = room / "all/results.jsonl"  # times are whole seconds, and all of this takes less
    path.write_text(re.sub(r'"time": "[^"]*"', '"time": "2020-01-01T00:00:00Z"', path.read_text()))
    hand_in(room, lee={})
    assert quick() == 0 and command.main(merge) == 0
    assert scores(room) == {row["submission"]: row["score"] for row in rows(room / "all/grades.csv")}
    assert {row["status"] for row in rows(room / "all/grades.csv")} == {"graded"}


def test_a_roster_shows_who_is_missing_and_is_kept(quick, room, capsys):
    hand_in(room, kim={})
    roster = room / "roster.csv"
    roster.write_text("name,user\nKim Lee,kim\nSam Moe,sam\n")
    quick("--roster", roster)
    assert "1 have not handed in: Sam Moe" in capsys.readouterr().out
    roster.unlink()
    quick()
    assert {row["submission"]: row["status"] for row in rows(room / "results/grades.csv")} == {
        "kim": "graded", "Sam Moe": "not handed in"
    }  # fmt: skip


def test_lateness_that_the_download_tells_reaches_results_that_stand(quick, room, monkeypatch):
    hand_in(room, kim={})
    quick()
    find = inbox.find

    def late(*given):
        found, remarks = find(*given)
        for submission in found:
            object.__setattr__(submission, "late", True)
        return found, remarks

    monkeypatch.setattr(inbox, "find", late)
    quick("--late-penalty", "20")
    assert quick.graded == [] and scores(room) == {"kim": "8"}
    assert "1 day late" in (room / "results/feedback/kim.html").read_text()


# The solution ---------------------------------------------------------------------------------------------------------


def test_a_solution_without_cell_ids_is_named_before_anyone_is_graded(quick, room, capsys):
    hand_in(room, kim={})
    path = room / "course/t1_tiny.ipynb"
    document = json.loads(path.read_text())
    document["nbformat_minor"] = 0
    for cell in document["cells"]:
        del cell["id"]
    path.write_text(json.dumps(document))
    assert quick() == 2 and quick.graded == []
    told = capsys.readouterr().err
    assert f"the solution {path} has 3 cells without an id" in told and "JupyterLab" in told


@pytest.mark.parametrize(
    ("text", "told"),
    [("{", "is no notebook that can be read"), ('{"cells": []}', "no solution cell with the grade_id t1-q1, t1-q2")],
)
def test_a_broken_solution_is_named(text, told, quick, room, capsys):
    hand_in(room, kim={})
    (room / "course/t1_tiny.ipynb").write_text(text)
    assert quick() == 2 and told in capsys.readouterr().err


def test_a_solution_whose_cell_fails_stops_the_run_before_the_first_student(room):
    hand_in(room, kim={}, lee={})
    path = room / "course/t1_tiny.ipynb"
    path.write_text(handed_in({"t1-q2": "def add(x):\n    return x + helper"}))
    done = run(*words(room))
    assert done.returncode == 2
    assert f"the solution {path} itself does not run" in done.stderr and "t1-q2: It did not give" in done.stderr
    assert not (room / "results/results.jsonl").exists()


def test_a_solution_that_was_right_before_is_not_run_again(quick, room):
    hand_in(room, kim={})
    quick()
    hand_in(room, lee={})
    quick.outcomes = {solution.NAME: {"status": "failed", "reason": "would stop the run"}}
    assert quick() == 0 and quick.graded == ["lee"]
    assert quick("--seconds", "5") == 2


# Without the sandbox --------------------------------------------------------------------------------------------------


def test_checks_that_a_submission_rewrites_give_it_no_score(room):
    checks = room / "course/checks/t1.py"
    trick = f"path = {str(checks)!r}\ntext = open(path).read().replace('2 * inputs', '7 * inputs')\n"
    trick += "open(path, 'w').write(text)\ndef double(x):\n    return 7 * x"
    hand_in(room, kim={"t1-q1": trick})
    done = run(*words(room, "--workers", "1"))
    assert done.returncode == 1
    assert "the hidden checks or the solution have changed since the run began" in done.stdout
    (row,) = rows(room / "results/grades.csv")
    assert (row["score"], row["status"]) == ("", "failed")


def test_help_and_refusal_say_what_grading_without_confinement_means(capsys):
    for name in ("grade", "gradescope-run"):
        with pytest.raises(SystemExit):
            command.main([name, "--help"])
        assert "give itself any score" in " ".join(capsys.readouterr().out.split())
    assert "give itself any score" in forkserver.REFUSED


# The whole, with workers, on notebooks from everywhere ----------------------------------------------------------------


def as_dict(changed=None) -> dict:
    return json.loads(handed_in(changed))


def colab() -> str:
    """As Colab saves: format 4.0, ids in the metadata, sources as lists, its own entries."""
    document = as_dict()
    document.update(nbformat_minor=0, metadata={"colab": {"provenance": []}, "accelerator": "GPU"})
    for cell in document["cells"]:
        cell["metadata"] |= {"id": cell.pop("id"), "outputId": "x", "colab": {"base_uri": "https://localhost:8080/"}}
        cell["source"] = "".join(cell["source"]).splitlines(keepends=True)
    return json.dumps(document)


def vs_code() -> str:
    """As VS Code saves: no ids, no labels, no kernelspec, one entry of its own in each cell."""
    document = as_dict()
    document.update(nbformat_minor=2, metadata={"language_info": {"name": "python"}})
    for cell in document["cells"]:
        del cell["id"]
        cell["metadata"] = {"vscode": {"languageId": "python"}}
    return json.dumps(document)


def old(minor) -> str:
    document = as_dict()
    document["nbformat_minor"] = minor
    for cell in document["cells"]:
        del cell["id"]
    return json.dumps(document)


def loud(before, inside="pass") -> str:
    return handed_in({"t1-q1": f"{before}\ndef double(x):\n    {inside}\n    return 2 * x"})


RIGHT = {
    "plain": handed_in(),
    "colab": colab(),
    "vscode": vs_code(),
    "nbformat3": nbformat.writes(notebook(), version=3),
    **{f"nbformat4{minor}": old(minor) for minor in range(5)},
    "byteorder": "\ufeff" + handed_in(),
    "prints": loud("print('x' * 100_000)", "print('hello')"),
    "warns": loud("import warnings\nwarnings.warn('careful')", "warnings.warn('again')"),
    "logs": loud("import logging\nlogging.basicConfig()\nlogging.error('no')", "logging.error('again')"),
    "stderr": loud("import os, sys\nprint('no', file=sys.stderr)", "os.write(2, b'raw')"),
    "magics": loud("%matplotlib inline\n!ls"),
}
OTHERS = {"wrong": handed_in(WRONG_ADD), "untouched": handed_in(STUBS), "broken": "nonsense", "empty": ""}


@pytest.fixture(scope="module")
def classroom(tmp_path_factory):
    """A class graded by two workers: (folder, the finished command)."""
    folder = tmp_path_factory.mktemp("class")
    make_assignment(folder)
    hand_in(folder, **RIGHT, **OTHERS)
    return folder, run(*words(folder, "--workers", "2", "--seed", "3"), cwd=folder / "submissions")


@pytest.mark.parametrize("name", RIGHT)
def test_a_right_answer_keeps_its_points_whatever_it_prints_and_whoever_saved_it(name, classroom):
    folder, _ = classroom
    (row,) = [row for row in rows(folder / "results/grades.csv") if row["submission"] == name]
    assert (row["score"], row["status"]) == ("10", "graded")


def test_the_others_get_what_they_earned(classroom):
    folder, done = classroom
    found = {row["submission"]: (row["score"], row["status"]) for row in rows(folder / "results/grades.csv")}
    assert {name: found[name] for name in OTHERS} == {
        "wrong": ("4", "graded"),
        "untouched": ("0", "graded"),
        "broken": ("", "unreadable"),
        "empty": ("", "unreadable"),
    }
    assert done.returncode == 1 and "broken could not be read: broken.ipynb is not a notebook" in done.stdout


def test_progress_and_missing_sandbox_are_told_and_nothing_else(classroom):
    _, done = classroom
    number = len(RIGHT) + len(OTHERS)
    told = " ".join(done.stderr.split())
    assert told.count("Not confined: each submission runs with your rights.") == 1
    assert "can give itself any score" in told and f"{number}/{number}" in told
    assert "Traceback" not in done.stdout + done.stderr


def test_feedback_explains_the_loss_and_shows_no_check(classroom):
    folder, _ = classroom
    page = (folder / "results/feedback/wrong.html").read_text()
    assert "5 of 5 values differ" in page
    assert "decide_add" not in page and "rng" not in page and "compare" not in page


def test_an_answer_in_words_is_listed_marked_and_told(room):
    also_by_hand(room)
    answered = notebook()
    cell = nbformat.v4.new_markdown_cell("Because <of> the bias.", id="t1-why")
    label = {"schema_version": 3, "task": False, "solution": True, "grade": True, "locked": False, "points": 5}
    cell.metadata["nbgrader"] = label | {"grade_id": "t1-why"}
    answered.cells.append(cell)
    hand_in(room, kim=nbformat.writes(answered))
    assert run(*words(room)).returncode == 0
    (row,) = rows(room / "results/manual.csv")
    assert (row["question"], row["max_points"], row["text"]) == ("t1-why", "5", "Because <of> the bias.")
    assert rows(room / "results/grades.csv")[0]["status"] == "to mark"
    (room / "marks.csv").write_text("submission,question,points,comment\nkim,t1-why,4,Of which one?\n")
    done = run(*words(room, "--manual", room / "marks.csv"))
    assert "1 marks taken in" in done.stdout and "1 are graded and unchanged" in done.stdout
    (row,) = rows(room / "results/grades.csv")
    assert list(row.items())[:4] == [
        ("submission", "kim"), ("score", "14"), ("max_score", "15"), ("status", "graded")
    ]  # fmt: skip
    assert (row["t1-q1"], row["t1-q2"], row["t1-why"], row["file"]) == ("4", "6", "4", "kim.ipynb")
    assert "Of which one?" in (room / "results/feedback/kim.html").read_text()


def test_a_file_called_numpy_in_the_folder_is_not_imported(tmp_path):
    make_assignment(tmp_path)
    inbox = hand_in(tmp_path, kim={})
    trap = f"open({str(tmp_path / 'trapped')!r}, 'w')\nraise SystemExit"
    for name in ("numpy", "nbformat", "json", "keras", "argparse"):
        (inbox / f"{name}.py").write_text(trap)
    given = words(tmp_path, "--workers", "1")
    assert run(*given, cwd=inbox).returncode == 0
    assert not (tmp_path / "trapped").exists()


def test_gradescope_grades_a_folder_and_always_leaves_results(room):
    hand_in(room, kim=WRONG_ADD)
    given = ["--checks", room / "course/checks", "--out", room / "results.json", "--no-sandbox"]
    assert run("gradescope-run", "t1", room / "submissions", *given).returncode == 0
    form = json.loads((room / "results.json").read_text())
    assert form["score"] == 4 and [test["score"] for test in form["tests"]] == [4, 0]
    (room / "submissions/kim.ipynb").unlink()
    run("gradescope-run", "t1", room / "submissions", *given)
    assert "no notebook" in json.loads((room / "results.json").read_text())["output"]
    (room / "course/checks/t1.py").write_text("1 / 0")
    assert run("gradescope-run", "t1", room / "submissions", *given).returncode != 0
    form = json.loads((room / "results.json").read_text())
    assert form["score"] == 0 and "Traceback" not in json.dumps(form)


@pytest.mark.skipif(os.name == "nt", reason="Gradescope's machines run Linux")
def test_the_package_grades_as_gradescope_calls_it(room):
    there = room / "autograder"
    out = room / "package.zip"
    assert run("gradescope", "t1", "--checks", room / "course/checks", "--out", out).returncode == 0
    with zipfile.ZipFile(out) as archive:
        archive.extractall(there / "source")
    for folder in ("submission", "results", "venv/bin"):
        (there / folder).mkdir(parents=True)
    (there / "submission/work.ipynb").write_text(handed_in(WRONG_ADD))
    python = there / "venv/bin/python"
    python.write_text(f'#!/bin/sh\nexec {quick_python()} "$@"\n')
    python.chmod(0o755)
    script = (there / "source/run_autograder").read_text().rstrip() + " --no-sandbox\n"  # as its comment tells
    surroundings = os.environ | {"AUTOGRADER": str(there)}
    done = subprocess.run(["bash", "-c", script], env=surroundings, cwd=there, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    form = json.loads((there / "results/results.json").read_text())
    assert form["score"] == 4, done.stdout
    assert "5 of 5 values differ" in form["tests"][1]["output"]


# Other programs -------------------------------------------------------------------------------------------------------


def test_nbgrader_validates_the_release():
    """Its own `validate` complains of the open questions only. That the solution's tests pass, nbval shows."""
    found = pytest.importorskip("nbgrader.validator").Validator().validate(str(RELEASE))
    assert set(found) == {"failed"}  # not "changed", which would say that a locked cell was edited
    tests = [cell for cell in nbformat.read(RELEASE, 4).cells if cell.metadata.get("nbgrader", {}).get("grade")]
    assert [cell["source"].strip() for cell in found["failed"]] == [cell.source.strip() for cell in tests]


def test_a1_is_graded_by_the_command_with_keras(tmp_path):
    for name, path in (("kim", SOLUTION), ("lee", RELEASE)):
        (tmp_path / f"{name}.ipynb").write_bytes(path.read_bytes())
    given = ["grade", "a1", tmp_path, "--out", tmp_path / "results", "--workers", "1"]
    done = subprocess.run([sys.executable, "-P", "-m", "autograder", *map(str, given)], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert scores(tmp_path) == {"kim": "100", "lee": "0"}
