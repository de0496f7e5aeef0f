"""grades.csv, changes.csv, duplicates.csv: what an instructor reads of a class."""

import ast

import pytest
from classroom import rows
from made import graded, kept, table, tables, take

from autograder import changes, marks, normal_form, records, similar
from autograder import tables as csv_tables

LONG = """
def {name}({a}, {b}):
    {doc}
    {rows} = {a}.shape[0] * 2 + 1
    {columns} = {b}.shape[1] - 3
    {total} = 0
    for {i} in range({rows}):
        if {i} % 2 == 0:
            {total} += {a}[{i}].sum() * {b}[{i}].mean()
        else:
            {total} -= {a}[{i}].max() / ({columns} + 1)
    return {total}, [{x} ** 2 for {x} in range({columns}) if {x} > 1]
"""


def names(**chosen):
    return chosen


FIRST = names(name="f", a="a", b="b", doc="'''Do it.'''", rows="rows", columns="columns", total="total", i="i", x="x")
OTHER = names(name="f", a="left", b="right", doc="pass", rows="n", columns="m", total="s", i="k", x="value")


def form(source):
    return normal_form.normal_form(source)[0]


# grades.csv -----------------------------------------------------------------------------------------------------------


def test_grades_begin_with_the_same_four_columns_then_one_for_each_question(tmp_path):
    bad = {"name": "bad", "assignment": "t1", "status": "unreadable", "reason": "torn", "source": "in/bad.ipynb"}
    kept(tmp_path, graded("kim", 1 / 3, text=""), graded("lee, jr", 6.0, text=""), bad)
    tables(tmp_path)
    assert (tmp_path / "grades.csv").read_text(encoding="utf-8").splitlines() == [
        "submission,score,max_score,status,q1,q2,file,remarks",
        "bad,,10,unreadable,,,bad.ipynb,torn",
        "kim,0.33,10,to mark,0.33,,kim.ipynb,",
        '"lee, jr",6,10,to mark,6,,"lee, jr.ipynb",',
    ]


@pytest.mark.parametrize("text", ["=1+1", "+1-cmd", "@x", "-2+3", ";=1+1", "a;=1+1", "＝1+1", "a\n=1", "\t=1", " =1"])
def test_what_a_spreadsheet_could_compute_gets_an_apostrophe(text):
    for start in (text, f'"{text}"'):
        for cell in csv_tables.harmless(start).replace("\t", ";").replace("\n", ";").split(";"):
            assert cell.strip(' "')[:1] not in ("=", "+", "-", "@", "＝") or cell.startswith('"')
    assert csv_tables.harmless(text) != text


@pytest.mark.parametrize("text", ["-1", "+2.5", "-", "7", "kim@uni.edu", "a-b", "Kim Lee; jr"])
def test_numbers_and_plain_words_stay_as_they_are(text):
    assert csv_tables.harmless(text) == text


def test_rows_that_the_run_did_not_confirm_are_marked(tmp_path):
    kept(tmp_path, graded("kim"), graded("lee"))
    tables(tmp_path, {"lee": "not among the submissions"})
    kim, lee = rows(tmp_path / "grades.csv")
    assert (kim["status"], lee["status"], lee["score"]) == ("graded", "not confirmed", "4")
    assert "not among the submissions" in lee["remarks"]


# changes.csv ----------------------------------------------------------------------------------------------------------


def changed(folder, **new):
    """What changes when these records, {name: record}, come in."""
    tables(folder)
    before, old, old_marks = changes.scores_before(folder), records.latest(folder), marks.read_marks(folder)
    kept(folder, *new.values())
    if (folder / "over.csv").exists():
        take(folder, folder / "over.csv")
    tables(folder)
    now = rows(folder / "grades.csv")
    return changes.changes(before, now, old, records.latest(folder), old_marks, marks.read_marks(folder))


def test_a_change_is_told_with_its_reason(tmp_path):
    first = {"time": "1", "content": "c", "made_by": "m"}
    kept(tmp_path, *(graded(name, 4.0, **first) for name in ("file", "checks", "again", "same", "hand")))
    later = first | {"time": "2"}
    table(tmp_path / "over.csv", ["submission", "question", "points", "comment"], ["hand", "q1", "5", "good"])
    found = changed(
        tmp_path,
        file=graded("file", 6.0, **later | {"content": "d", "source": "in/file v2.ipynb"}),
        checks=graded("checks", 3.0, **later | {"made_by": "n"}),
        again=graded("again", 2.0, **later),
        same=graded("same", 4.0, **later | {"made_by": "n"}),
        new=graded("new", 1.0, **later),
    )
    assert {name: (before, now, why.split(" (")[0]) for name, before, now, why in found} == {
        "file": ("4", "6", "another file was handed in"),
        "checks": ("4", "3", "graded with other checks, another solution, grader, or other limits"),
        "again": ("4", "2", "graded again, on other hidden inputs"),
        "hand": ("4", "5", "q1 marked by hand"),
    }
    changes.write(tmp_path, found)
    assert len(rows(tmp_path / "changes.csv")) == 4
    assert "4 scores changed" in changes.lines(tmp_path, found)[0]


# duplicates.csv -------------------------------------------------------------------------------------------------------


def test_names_docstrings_comments_and_layout_hide_no_copy():
    copy = LONG.format(**OTHER).replace("= 0\n", "= 0  # start\n\n")
    assert form(LONG.format(**FIRST)) == form(copy)


def test_the_order_of_independent_statements_hides_no_copy():
    source = "def f(x):\n    a = x + 1\n    b = x * 2\n    return a - b"
    swapped = "def f(x):\n    b = x * 2\n    a = x + 1\n    return a - b"
    assert form(source) == form(swapped)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("def f(x):\n    a = x\n    x = 2\n    return a + x", "def f(x):\n    x = 2\n    a = x\n    return a + x"),
        ("def f(x):\n    x.pop()\n    y = x[0]\n    return y", "def f(x):\n    y = x[0]\n    x.pop()\n    return y"),
        ("def f(x, y):\n    return x - y", "def f(x, y):\n    return y - x"),
        ("def f(x):\n    return x + 1", "def f(x):\n    return x + 2"),
        ("def f(x):\n    return x.min()", "def f(x):\n    return x.max()"),
        ("def f(x):\n    return sum(x)", "def f(x):\n    return max(x)"),
        ("def f(x):\n    return x", "def g(x):\n    return x"),
    ],
)  # fmt: skip
def test_answers_that_say_something_else_are_not_alike(one, other):
    assert form(one) != form(other)


def test_what_is_no_python_or_endless_is_passed_over():
    assert normal_form.normal_form("def f(:") is None
    assert normal_form.normal_form("x = " + "+".join("1" * 5000)) is None
    assert normal_form.forms({"q1": "def f(:", "q2": "x = 1"}).keys() == {"q2"}


def answered(**students):
    """Records of students with these answers, {name: {question: source}}."""
    return {name: {"name": name, "answers": normal_form.forms(answers)} for name, answers in students.items()}


def test_pairs_are_found_question_by_question():
    long, renamed = LONG.format(**FIRST), LONG.format(**OTHER)
    mine = long.replace("** 2", "** 3")
    known = answered(kim={"q1": long, "q2": mine}, lee={"q1": renamed, "q2": long}, sam={"q1": mine, "q2": mine})
    assert similar.pairs(known) == [(("kim", "lee"), ["q1"]), (("kim", "sam"), ["q2"])]


def test_short_answers_are_forced_and_left_out():
    short = "def double(x):\n    return 2 * x"
    assert similar.pairs(answered(weak1={"q1": short}, weak2={"q1": short})) == []


def test_how_one_writes_it_is_left_out_but_a_long_answer_never():
    middling = "def f(x):\n    a = x.reshape(2)\n    b = a.sum(axis=0) * 2\n"
    middling += "    c = b.max() - b.min()\n    return a / c + 1 - b"
    assert similar.SHORT <= normal_form.normal_form(middling)[1] < similar.LONG
    few = answered(**{f"s{number}": {"q1": middling, "q2": middling} for number in range(3)})
    many = answered(**{f"s{number}": {"q1": middling, "q2": middling} for number in range(9)})
    assert similar.pairs(answered(kim={"q1": middling}, lee={"q1": middling})) == []  # too little to tell
    assert len(similar.pairs(few)) == 3 and similar.pairs(many) == []
    long = 3 * LONG.format(**FIRST)
    assert normal_form.normal_form(long)[1] >= similar.LONG
    all_long = answered(**{f"s{number}": {"q1": long} for number in range(9)})
    assert len(similar.pairs(all_long)) == 36


def test_the_table_names_the_pairs(tmp_path):
    source = LONG.format(**FIRST)
    assert isinstance(ast.parse(source), ast.Module)
    answers = normal_form.forms({"q1": source})
    kept(tmp_path, graded("kim", answers=answers), graded("lee", answers={}), graded("sam", answers=answers))
    kept(tmp_path, graded("old", answers={"number": 3, "digest": "of an earlier version"}))
    tables(tmp_path)
    assert rows(tmp_path / "duplicates.csv") == [
        {"submissions": "kim · sam", "equal answers": "1", "questions": "q1"}
    ]  # fmt: skip
