"""The leaderboard: who chose a nickname is on it, with the design and nothing else, and no nickname harms the table."""

import json
import unicodedata
from pathlib import Path
from types import SimpleNamespace

import nbformat
import numpy as np
import pytest
from classroom import make_assignment, rows
from made import Page, finding, graded, kept
from submissions import graded as graded_by_the_engine
from submissions import with_answers

from autograder import gradebook, inbox, leaderboard, results, tables
from autograder.answers import Answer
from autograder.questions import load_assignment

ROOT = Path(__file__).resolve().parents[2]
TAGS = {"html", "head", "meta", "title", "style", "body", "main", "h1", "p", "table", "caption", "thead", "tbody", "tr"}
TAGS |= {"th", "td", "bdi"}
ATTRIBUTES = {"lang", "charset", "name", "content", "http-equiv", "class", "scope"}
HOSTILE = {
    "formula": '=HYPERLINK("http://evil.example","prize")',
    "full-width formula": "＝1+1",
    "formula behind a tab": "\t=1+1",
    "formula behind a semicolon": ";=1+1",
    "formula behind marks that nobody sees": "\u200b\u2060@SUM(1)",
    "tag": "<script>alert(1)</script>",
    "end of the table": "</th></tr></table><h1>kim</h1>",
    "attribute": '" onmouseover="alert(1)',
    "template": "{{ 7 * 7 }}{% raw %}",
    "10,000 characters": "kim" * 3334,
    "one letter with 10,000 accents": "k" + "\u0301" * 10_000,
    "letters that unfold": "\ufdfa" * 100,
    "right to left": "\u202emik\u202c",
    "isolate that never ends": "\u2067kim",
    "terminal": "\x1b[31mkim\x07\x00",
    "two lines": "kim\r\n1,lee,99.9,1,1",
    "line separator": "kim\u2028lee\u0085x",
    "half of a character": "kim\ud800",
    "private use": "kim\ue000\U000f0000",
}


def design(nickname, accuracy=0.75, parameters=46_216, macs=2_889_972):
    return {"nickname": nickname, "accuracy": accuracy, "parameters": parameters, "macs": macs}


def student(name, *wanted, **more):
    """A result of a student whose design has asked for a row."""
    record = graded(name, 6.0, **more)
    record["questions"][0]["findings"] += [
        finding("leaderboard", 0, 0, "This is what the class sees.") | {"board": row} for row in wanted
    ]
    return record


def written(folder, *records, unconfirmed=None):
    """(rows of the table, the page) of a class."""
    kept(folder, *records)
    entries = gradebook.entries(folder, gradebook.load(folder), unconfirmed)
    leaderboard.write(folder, "t1", entries)
    return rows(folder / leaderboard.TABLE), Page((folder / leaderboard.PAGE).read_text(encoding="utf-8"))


def test_the_best_design_stands_first_and_equal_ones_share_a_place(tmp_path):
    made = [
        student("ann", design("newt", 0.74)),
        student("bo", design("owl", 0.7612)),
        student("cy", design("fox", 0.7608, macs=2_000_000)),
        student("di", design("bee", 0.7612, macs=1_000_000)),
    ]
    table, page = written(tmp_path, *made)
    assert list(table[0]) == leaderboard.COLUMNS
    assert [tuple(row.values()) for row in table] == [
        ("1", "bee", "76.1", "46216", "1000000"),
        ("1", "fox", "76.1", "46216", "2000000"),
        ("1", "owl", "76.1", "46216", "2889972"),
        ("4", "newt", "74.0", "46216", "2889972"),
    ]
    words = [page.words.find(name) for name in ("bee", "fox", "owl", "newt")]
    assert words == sorted(words) and words[0] > 0 and "46,216" in page.words


def test_only_those_are_on_it_who_chose_a_nickname_and_nothing_else_tells_of_them(tmp_path):
    made = [student("ann_12345", design("newt")), student("bo_67890"), student("cy_13579", design(" \u200b "))]
    written(tmp_path, *made)
    for path in (tmp_path / leaderboard.TABLE, tmp_path / leaderboard.PAGE):
        text = path.read_text(encoding="utf-8")
        assert "newt" in text
        assert not [word for word in ("ann", "bo_", "cy_", "424242", ".ipynb") if word in text]
    assert len(rows(tmp_path / leaderboard.TABLE)) == 1


def test_every_run_writes_it_and_its_author_is_told(tmp_path):
    assignment, folder = load_assignment(make_assignment(tmp_path) / "t1.py"), tmp_path / "results"
    folder.mkdir()
    kept(folder, student("ann", design("newt")))
    results.write(folder, assignment, gradebook.load(folder))
    assert [row["nickname"] for row in rows(folder / leaderboard.TABLE)] == ["newt"]
    assert (folder / leaderboard.PAGE).is_file()
    assert "what the class sees" in (folder / "feedback/ann.html").read_text(encoding="utf-8")


def test_without_nicknames_there_is_no_table(tmp_path):
    kept(tmp_path, student("ann"), student("bo", design("")))
    leaderboard.write(tmp_path, "t1", gradebook.entries(tmp_path))
    assert not [path for path in tmp_path.iterdir() if "leaderboard" in path.name]


def test_who_takes_the_nickname_away_leaves_the_table(tmp_path):
    assert len(written(tmp_path, student("ann", design("newt")))[0]) == 1
    assert written(tmp_path, student("ann"))[0] == []


def test_what_is_not_confirmed_is_not_shown(tmp_path):
    table, _ = written(
        tmp_path, student("ann", design("newt")), student("bo", design("owl")), unconfirmed={"bo": "old"}
    )
    assert [row["nickname"] for row in table] == ["newt"]


def test_equal_nicknames_are_told_apart(tmp_path):
    names = ["kim", "KIM", "ｋｉｍ", "ki\u200bm", "kim (2)", "lee"]
    made = [student(f"s{n}", design(name, 0.76 - n / 1000)) for n, name in enumerate(names)]
    table, _ = written(tmp_path, *made)
    shown = [row["nickname"] for row in table]
    assert shown == ["kim", "KIM (2)", "kim (3)", "kim (4)", "kim (2) (2)", "lee"]
    assert len({name.casefold() for name in shown}) == len(names)


@pytest.mark.parametrize("text", ["kim", "김민수", "Zoë", "Đặng", "שלום", "नमस्ते", "🦊 fox", "o'neil & co"])
def test_an_honest_nickname_stays_as_it_is(text):
    assert leaderboard.plain(text) == unicodedata.normalize("NFKC", text)


@pytest.mark.parametrize("text", ["", "   ", "\u200b\u200d", "\u3164\u2800", "\u202e", "\x00\x1b", "\ud800"])
def test_a_nickname_that_shows_nothing_is_none(text):
    assert leaderboard.plain(text) == ""


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_no_nickname_harms_the_table_or_its_neighbours(text, tmp_path):
    honest = student("ann", design("newt", 0.7)), student("bo", design("owl", 0.8))
    table, page = written(tmp_path, *honest, student("eve", design(text)))
    shown = leaderboard.plain(text)
    assert 0 < len(shown) <= leaderboard.LONGEST and "\u0301" * 4 not in unicodedata.normalize("NFD", shown)
    assert [row["nickname"] for row in table] == ["owl", tables.harmless(shown), "newt"]
    assert table[1]["nickname"][:1] not in ("=", "+", "-", "@")
    assert {name for name, _ in page.tags} == TAGS and len(page.named("bdi")) == 3
    assert {word for _, attributes in page.tags for word in attributes} <= ATTRIBUTES
    assert " ".join(shown.split()) in page.words
    for path in (tmp_path / leaderboard.TABLE, tmp_path / leaderboard.PAGE):
        written_text = path.read_text(encoding="utf-8").replace("\n", " ")
        assert inbox.printable(written_text) == written_text


@pytest.mark.parametrize("nickname", ["=kim", "k" * 10_000])
def test_a_nickname_in_the_notebook_reaches_the_table(nickname, tmp_path):
    """From the cell to the files, with a network that trains in a moment."""
    notebook = nbformat.read(ROOT / "solutions/a6_design_a_network.ipynb", as_version=4)
    small = "layers.Flatten(), layers.Dense(10)"
    build = f"def build():\n    return keras.Sequential([keras.Input((28, 28, 1)), {small}])"
    submission = with_answers(notebook, {"a6-q4": build, "nickname": f"nickname = {nickname!r}"})
    result = graded_by_the_engine(submission, tmp_path, ROOT / "solutions/checks/a6.py", questions=["a6-q4"])
    (question,) = result["questions"]
    (row,) = [each["board"] for each in question["findings"] if "board" in each]
    assert row["parameters"] == row["macs"] + 10 == 7850 and 0.3 < row["accuracy"] < 0.66
    assert question["max_points"] == sum(each["points"] for each in question["findings"])
    record = {"name": "ann", "assignment": "a6", "status": "graded", "canvas_id": ""} | result
    table, _ = written(tmp_path, json.loads(json.dumps(record)))
    assert [each["nickname"] for each in table] == [tables.harmless(nickname[: leaderboard.LONGEST])]


def test_an_empty_nickname_asks_for_no_row(a6):
    empty = [
        None,
        Answer(),
        Answer(np.array("")),
        Answer(np.array(" ")),
        Answer(np.array(7)),
        Answer(np.array(["kim"])),
    ]
    cost = SimpleNamespace(parameters=1, macs=1)
    assert [a6.on_the_board(answer, 0.7, cost) for answer in empty] == [[]] * len(empty)
    assert a6.on_the_board(Answer(np.array("kim")), None, cost) == []
    (asked,) = a6.on_the_board(Answer(np.array("kim")), 0.7, cost)
    assert asked.points == asked.earned == 0 and asked.board["nickname"] == "kim" and "kim" not in asked.message
