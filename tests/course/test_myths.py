"""Statements are marked one by one, explained, and belong to a notebook that exists."""

import re
from pathlib import Path

import pytest

from course_utils import checks
from course_utils.checks.myths import STATEMENTS

RIGHT = {number: statement.true for number, statement in enumerate(STATEMENTS, start=1)}


def test_without_answers_the_statements_are_listed_and_not_solved(capsys):
    checks.myths()
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == len(STATEMENTS) >= 12
    solved = zip(lines, STATEMENTS, strict=True)
    assert not any("True" in line or "False" in line or s.reason in line for line, s in solved)


def test_empty_answers_are_not_yet(capsys):
    checks.myths(dict.fromkeys(RIGHT))
    out = capsys.readouterr().out
    assert out.startswith(f"not yet: {len(RIGHT)} of {len(RIGHT)}") and len(out.splitlines()) == 1


def test_right_answers_are_ok_and_explained(capsys):
    checks.myths(RIGHT)
    out = capsys.readouterr().out
    assert out.splitlines()[-1] == f"ok: all {len(RIGHT)} are right" and "WRONG" not in out
    assert all(f"{s.reason} (notebook {s.notebook})" in out for s in STATEMENTS)


@pytest.mark.parametrize("number", RIGHT)
def test_each_wrong_answer_is_found(number, capsys):
    checks.myths({**RIGHT, number: not RIGHT[number]})
    lines = capsys.readouterr().out.splitlines()
    assert [int(line.split(".")[0]) for line in lines if "WRONG" in line] == [number]
    assert lines[-1] == f"{len(RIGHT) - 1} of {len(RIGHT)} are right"


def test_a_part_is_marked_and_the_rest_counted(capsys):
    checks.myths({1: RIGHT[1]})
    out = capsys.readouterr().out
    assert " 1. right" in out and f"not yet: {len(RIGHT) - 1} of" in out


@pytest.mark.parametrize("answers", [{0: True}, {99: False}, {1: "yes"}, {1: 1}])
def test_other_answers_are_refused(answers):
    with pytest.raises(AssertionError, match=r"numbered from 1|write True or False"):
        checks.myths(answers)


def test_there_are_true_and_false_ones_and_every_notebook_exists():
    assert {True, False} == set(RIGHT.values())
    numbers = {
        re.match(r"\d\d", path.name)[0] for path in (Path(__file__).resolve().parents[2] / "notebooks").glob("*.ipynb")
    }
    assert {statement.notebook for statement in STATEMENTS} <= numbers
