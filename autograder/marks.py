"""Marks that a person gives: for answers in words, and in place of a mark that the checks gave.

Both come in tables with the columns submission, question, points and comment. A mark for an answer in words holds for
the text that was read: when the student hands in another, it is void. A mark in place of an automatic one ("override")
needs a reason, is kept whatever is handed in or graded later, and goes with the points "auto". A row for the question
"extra" gives points beyond all questions. marks.jsonl holds them all; the last line on a question counts.
"""

import hashlib
from dataclasses import dataclass
from pathlib import Path

from .questions import NOT_STARTED
from .records import MARKS, JsonLines, ResultsError
from .tables import amount, harmless, number, read_table

GRADED = ("graded", "partly run")  # what the engine says of a submission that has points
EXTRA = "extra"
BACK = "auto"  # in the column `points`: the automatic mark counts again


@dataclass(frozen=True)
class Row:
    """One line of a table of marks: `where` names it in messages; text is None where the table has no such column."""

    where: str
    name: str
    question: str
    points: str
    comment: str
    text: str | None


def text_digest(text: str) -> str:
    """What ties a mark to the words that it was given for."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def manual_questions(record) -> list[dict]:
    """The questions of a record that a person has to mark."""
    return [question for question in record.get("questions", ()) if question.get("manual")]


def read_marks(folder) -> dict:
    """{(submission, question): mark}, each mark {points, comment, …}; marks that were taken back are left out."""
    marks = {(mark["name"], mark["question"]): mark for mark in JsonLines(Path(folder) / MARKS).read()}
    return {where: mark for where, mark in marks.items() if mark["points"] is not None}


def shown(question) -> str:
    """What a student wrote in words, as the table manual.csv shows it."""
    return harmless(question.get("text") or NOT_STARTED)


# From a table to marks ----------------------------------------------------------------------------------------------


def rows_of(path) -> list[Row]:
    """The filled-in rows of a table of marks. ResultsError for a file that is none."""
    path = Path(path)
    _, lines = read_table(path, "submission", "question", "points", what="the marks")
    rows = []
    for place, line in enumerate(lines, 1):
        cells = {name.casefold(): cell for name, cell in line.items()}
        name, question, points = (cells[word].strip() for word in ("submission", "question", "points"))
        comment = (cells.get("comment") or cells.get("reason") or "").strip()
        where = f"{path.name}, entry {place} ({name}, {question})"
        if points:
            rows.append(Row(where, name, question, points, comment, cells.get("text")))
    return rows


def check_rows(rows, names, questions) -> None:
    """ResultsError for the first row that cannot be, before anything is graded.

    names: of all submissions; questions: those of the assignment.
    """
    known = {harmless(name) for name in names} | set(names)
    asked = {question.id: question for question in questions}
    for row in rows:
        if row.name not in known:
            raise ResultsError(f"{row.where}: there is no submission of that name")
        if row.question == EXTRA:
            _value(row, 0, None)
        elif row.question not in asked:
            there = ", ".join([*asked, EXTRA])
            raise ResultsError(f"{row.where}: there is no question of that name; there are {there}")
        else:
            _value(row, 0, asked[row.question].points)
        automatic = row.question == EXTRA or not asked[row.question].manual
        if automatic and not row.comment and row.points.casefold() != BACK:
            raise ResultsError(
                f"{row.where}: this changes an automatic mark: say why, for the student, in the column comment"
            )


def _value(row: Row, least: float, most: float | None) -> float | None:
    if row.points.casefold() == BACK:
        return None
    value = amount(row.points)
    if value is None or value < least or (most is not None and value > most):
        most = "any number" if most is None else number(most)
        raise ResultsError(f"{row.where}: {row.points!r} is not between {number(least)} and {most} points")
    return value


def take_marks(folder, rows, records) -> int:
    """Keep the marks of `rows`; returns how many are new.

    Raises ResultsError, which names the row, when there is nothing to mark or the text has changed since; no mark of
    the table is then kept.
    """
    known, new = read_marks(folder), []
    for row in rows:
        mark = _mark_from(row, records, known)
        before = known.get((mark["name"], mark["question"])) if mark else None
        if mark and not (before == mark or (before is None and mark["points"] is None)):
            new.append(mark)
    for mark in new:
        JsonLines(Path(folder) / MARKS).append(mark)
    return len(new)


def _mark_from(row: Row, records, known) -> dict | None:
    """The mark that a row gives, or None for one that was taken in before."""
    by_name = {harmless(name): name for name in records}
    record = records.get(by_name.get(row.name, row.name))
    if record is None:
        raise ResultsError(f"{row.where}: there is no submission of that name")
    if record["status"] not in GRADED:
        raise ResultsError(f"{row.where}: this submission has no result yet ({record['status']}), so no mark to change")
    mark = {"name": record["name"], "question": row.question, "comment": row.comment}
    if row.question == EXTRA:
        return mark | {"points": _value(row, 0, None), "override": True}
    found = [question for question in record["questions"] if question["id"] == row.question]
    if not found:
        raise ResultsError(f"{row.where}: that submission has no question of that name")
    (question,) = found
    value = _value(row, 0, question["max_points"])
    if not question.get("manual"):
        return mark | {"points": value, "override": True}
    if row.text is not None and row.text.split() != shown(question).split():
        if known.get((record["name"], row.question), {}).get("points") == value:
            return None
        raise ResultsError(f"{row.where}: the student has handed in another text since; mark the new one")
    return mark | {"points": value, "text": text_digest(question.get("text", ""))}


# From marks to the final points -------------------------------------------------------------------------------------


def mark_of(marks, record, question) -> dict | None:
    """The mark by hand that counts for a question, if there is one; one for an earlier text does not."""
    mark = marks.get((record["name"], question["id"]))
    if not mark or (question.get("manual") and mark.get("text") != text_digest(question.get("text", ""))):
        return None
    return mark


def with_marks(record, marks) -> dict:
    """A record as it is with the marks given by hand: score, max_score, status and its questions' points.

    A question gets `mark` (the mark by hand or None) and `points`, None while a person's are missing; `automatic` are
    the points that an override replaces. extra: the mark for points beyond the questions, or None.
    status: "to mark" where a mark is missing, else what it was. Score None where there is nothing to score.
    """
    if record["status"] not in GRADED:
        return record | {"score": None, "max_score": record.get("max_score"), "questions": [], "extra": None}
    questions = []
    for question in record["questions"]:
        mark = mark_of(marks, record, question)
        points = mark["points"] if mark else None if question.get("manual") else question["points"]
        questions.append(question | {"points": points, "mark": mark, "automatic": question["points"]})
    extra = marks.get((record["name"], EXTRA))
    score = sum(question["points"] or 0 for question in questions) + (extra["points"] if extra else 0)
    most = sum(question["max_points"] for question in questions if not question.get("extra"))
    missing = any(question["points"] is None for question in questions)
    status = "to mark" if missing else record["status"]
    return record | {
        "score": score, "max_score": most, "status": status, "questions": questions, "extra": extra
    }  # fmt: skip
