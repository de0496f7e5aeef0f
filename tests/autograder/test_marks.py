"""Marks that a person gives: for answers in words, and in place of what the checks gave."""

import pytest
from classroom import rows
from made import Page, finding, graded, kept, table, tables, take

from autograder import feedback, gradebook, marks, records

HEAD = ["submission", "question", "points", "comment"]


def fill_in(path, **points):
    """Write points, {submission: points}, into a copy of manual.csv."""
    lines = rows(path)
    for line in lines:
        line["points"] = points.get(line["submission"], line["points"])
    return table(path, lines[0], *(line.values() for line in lines))


def grades(folder):
    return {row["submission"]: (row["score"], row["status"]) for row in rows(folder / "grades.csv")}


# Answers in words -----------------------------------------------------------------------------------------------------


def test_answers_to_mark_are_listed_with_their_text_and_marks_come_back(tmp_path):
    kept(tmp_path, graded("kim", text="Because\nof =this"), graded("lee", text="=HYPERLINK(1)"))
    tables(tmp_path)
    assert grades(tmp_path) == {"kim": ("4", "to mark"), "lee": ("4", "to mark")}
    kim, lee = rows(tmp_path / "manual.csv")
    assert (kim["max_points"], kim["points"], kim["text"]) == ("4", "", "Because\nof =this")
    assert lee["text"] == "'=HYPERLINK(1)"  # a spreadsheet shows it and does not follow it
    assert take(tmp_path, fill_in(tmp_path / "manual.csv", kim="3.5", lee="1")) == 2
    tables(tmp_path)
    assert grades(tmp_path) == {"kim": ("7.5", "graded"), "lee": ("5", "graded")}
    assert rows(tmp_path / "manual.csv")[0]["points"] == "3.5"
    assert take(tmp_path, tmp_path / "manual.csv") == 0


def test_an_answer_that_was_not_started_can_be_marked(tmp_path):
    kept(tmp_path, graded("max", text=""))
    tables(tmp_path)
    path = fill_in(tmp_path / "manual.csv", max="0")
    assert rows(path)[0]["text"] == "not started"
    assert take(tmp_path, path) == 1


@pytest.mark.parametrize("text", ['He said "no".', '"', 'a;"b', "x\ty", 'one, "two"; three\n"four"'])
def test_any_text_travels_through_the_table_and_back(text, tmp_path):
    kept(tmp_path, graded("kim", text=text))
    tables(tmp_path)
    assert take(tmp_path, fill_in(tmp_path / "manual.csv", kim="2")) == 1


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_marks_of_a_spreadsheet_in_another_language_are_read(delimiter, tmp_path):
    kept(tmp_path, graded("kim", text="x"))
    path = tmp_path / "marks.csv"
    lines = ["Submission|Question|Points|Comment", 'kim|q2|"2,5"|"Schön; ja, ""so"""']
    path.write_bytes(("\ufeff" + "\r\n".join(lines).replace("|", delimiter)).encode())
    assert take(tmp_path, path) == 1
    mark = marks.read_marks(tmp_path)["kim", "q2"]
    assert (mark["points"], mark["comment"]) == (2.5, 'Schön; ja, "so"')


def test_a_mark_is_void_when_the_student_changes_the_text(tmp_path):
    kept(tmp_path, graded("kim", text="first"))
    tables(tmp_path)
    old = tmp_path / "old.csv"
    old.write_bytes((tmp_path / "manual.csv").read_bytes())
    take(tmp_path, fill_in(old, kim="4"))
    kept(tmp_path, graded("kim", text="second"))
    tables(tmp_path)
    assert grades(tmp_path)["kim"] == ("4", "to mark")
    assert take(tmp_path, old) == 0  # the old file once more
    with pytest.raises(records.ResultsError, match="another text since"):
        take(tmp_path, fill_in(old, kim="3"))


# In place of an automatic mark ----------------------------------------------------------------------------------------


def test_an_override_is_kept_shown_and_survives_a_regrade(tmp_path):
    kept(tmp_path, graded("kim", 1.0))
    assert take(tmp_path, table(tmp_path / "over.csv", HEAD, ["kim", "q1", "6", "Accepted <in> person"])) == 1
    (entry,) = tables(tmp_path)
    assert grades(tmp_path)["kim"] == ("6", "graded")
    (row,) = rows(tmp_path / "grades.csv")
    assert row["q1"] == "6" and "q1 by hand, 6 for 1: Accepted <in> person" in row["remarks"]
    page = Page(feedback.page_of(entry, gradebook.Settings())).words
    assert "6 of 6 points" in page and "given by hand in place of 1. Accepted <in> person" in page
    kept(tmp_path, graded("kim", 2.0, key="another file"))
    tables(tmp_path)
    assert grades(tmp_path)["kim"] == ("6", "graded")
    assert take(tmp_path, tmp_path / "over.csv") == 0


def test_an_override_is_taken_back_with_the_word_auto(tmp_path):
    kept(tmp_path, graded("kim", 1.0))
    take(tmp_path, table(tmp_path / "over.csv", HEAD, ["kim", "q1", "6", "why"]))
    assert take(tmp_path, table(tmp_path / "over.csv", HEAD, ["kim", "q1", "auto", ""])) == 1
    assert marks.read_marks(tmp_path) == {}
    tables(tmp_path)
    assert grades(tmp_path)["kim"] == ("1", "graded")
    assert take(tmp_path, tmp_path / "over.csv") == 0


def test_extra_credit_comes_on_top_and_is_told(tmp_path):
    kept(tmp_path, graded("kim", 6.0), graded("lee", 3.0))
    take(tmp_path, table(tmp_path / "over.csv", HEAD, ["kim", "extra", "1.5", "The harder variant, too"]))
    entry, _ = tables(tmp_path)
    kim, lee = rows(tmp_path / "grades.csv")
    assert (kim["score"], kim["max_score"], kim["extra"], lee["extra"]) == ("7.5", "6", "1.5", "")
    assert "Extra: The harder variant, too+1.5" in Page(feedback.page_of(entry, gradebook.Settings())).words


def test_points_of_an_extra_question_are_not_part_of_what_can_be_reached():
    record = graded("kim", 6.0)
    more = {"id": "q3", "points": 2, "max_points": 3, "findings": [finding("more", 3, 2, "Nearly.")], "extra": True}
    record["questions"].append(more)
    final = marks.with_marks(record, {})
    assert (final["score"], final["max_score"]) == (8, 6)


# Tables that cannot be ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("kim,q2,5,", "'5' is not between 0 and 4 points"),
        ("kim,q2,-1,", "not between"),
        ("kim,q2,nan,", "not between"),
        ("kim,q2,good,", "not between"),
        ("kom,q2,1,", "no submission of that name"),
        ("kim,q9,1,", "no question of that name; there are q1, q2, extra"),
        ("kim,q1,1,", "say why, for the student, in the column comment"),
        ("kim,q1,7,why", "'7' is not between 0 and 6 points"),
        ("kim,extra,-1,why", "not between 0 and any number"),
        ("bad,q1,1,why", r"no result yet \(unreadable\)"),
    ],
)
def test_marks_that_cannot_be_are_named_and_none_of_the_file_is_kept(line, told, tmp_path):
    bad = {"name": "bad", "assignment": "t1", "status": "unreadable", "reason": "torn"}
    kept(tmp_path, graded("kim", text="x"), graded("lee", text="y"), bad)
    path = tmp_path / "marks.csv"
    path.write_text(f"submission,question,points,comment\nlee,q2,1,\n{line}\n")
    with pytest.raises(records.ResultsError, match=rf"marks\.csv, entry 2.*{told}"):
        take(tmp_path, path)
    assert marks.read_marks(tmp_path) == {}


def test_a_file_without_the_columns_or_without_text_is_named(tmp_path):
    path = tmp_path / "marks.csv"
    path.write_text("who,what\nkim,1\n")
    with pytest.raises(records.ResultsError, match="must name the columns"):
        take(tmp_path, path)
    path.write_bytes(b"\xff\xfe\0\0")
    with pytest.raises(records.ResultsError, match="cannot be read"):
        take(tmp_path, path)


@pytest.mark.parametrize("name", ["=1+1", ";=1+1", "＝1+1", "kim", "a\t@b"])
def test_names_that_a_table_made_harmless_are_found_again(name, tmp_path):
    kept(tmp_path, graded(name, text="x"))
    tables(tmp_path)
    cell = rows(tmp_path / "manual.csv")[0]["submission"]
    assert (cell == name) == (name == "kim")
    assert take(tmp_path, fill_in(tmp_path / "manual.csv", **{cell: "1"})) == 1
    assert list(marks.read_marks(tmp_path)) == [(name, "q2")]
