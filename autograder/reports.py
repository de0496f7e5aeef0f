"""Tables for the instructor: grades.csv, manual.csv (and its way back, marks.py) and duplicates.csv.

All of them are made anew from results.jsonl and marks.jsonl, so that none can be half of one run and half of another.
"""

from pathlib import Path

from . import similar
from .gradebook import GRADES, NOT_HANDED_IN, Entry, Settings, missing
from .marks import manual_questions, mark_of, read_marks, shown
from .tables import number, write_table

MANUAL, DUPLICATES = "manual.csv", "duplicates.csv"
FIRST = ["submission", "score", "max_score", "status"]
PERSON = ("name", "id", "section", "group", "code")
MANUAL_COLUMNS = ["submission", "question", "max_points", "points", "comment", "text"]


def write_tables(folder, questions, known, entries: list[Entry], settings: Settings) -> None:
    """grades.csv, manual.csv and duplicates.csv in `folder`.

    questions: of the assignment, in order; known: the records.
    """
    folder = Path(folder)
    columns, rows = grades(questions, entries, settings)
    write_table(folder / GRADES, columns, rows)
    rows = list(_to_mark(known, read_marks(folder)))
    if rows or (folder / MANUAL).exists():
        write_table(folder / MANUAL, MANUAL_COLUMNS, rows)
    rows = [[" · ".join(names), len(shared), ", ".join(shared)] for names, shared in similar.pairs(known)]
    if rows or (folder / DUPLICATES).exists():
        write_table(folder / DUPLICATES, ["submissions", "equal answers", "questions"], rows)


def grades(questions, entries: list[Entry], settings: Settings) -> tuple[list[str], list[list]]:
    """(columns, rows) of grades.csv: a row for each submission, then one for each person who has not handed in."""
    people = settings.roster.people
    shows = [word for word in PERSON if any(getattr(person, word) for person in people)]
    late = any(entry.days for entry in entries)
    extra = any(entry.final["extra"] for entry in entries)
    columns = [*FIRST, *(question.id for question in questions), *["extra"] * extra]
    columns += [*["late_days", "penalty"] * late, *shows, "file", "remarks"]
    most = next((number(entry.max_score) for entry in entries if entry.max_score is not None), "")
    rows = []
    for entry in entries:
        found = {question["id"]: question["points"] for question in entry.final["questions"]}
        row = [entry.name, _points(entry.score), most, entry.status, *(_points(found.get(q.id)) for q in questions)]
        row += [_points((entry.final["extra"] or {}).get("points"))] * extra
        row += [number(entry.days), number(entry.penalty)] * late
        row += [" · ".join(filter(None, (getattr(person, word) for person in entry.people))) for word in shows]
        rows.append([*row, Path(entry.final.get("source", "")).name, "; ".join(entry.remarks)])
    for person in missing(entries, settings.roster):
        blank = [""] * (len(questions) + extra + 2 * late)
        row = [person.name, "", most, NOT_HANDED_IN, *blank, *(getattr(person, word) for word in shows), "", ""]
        rows.append(row)
    return columns, rows


def _points(points) -> str:
    return "" if points is None else number(points)


def _to_mark(known, marks):
    for record in known.values():
        for question in manual_questions(record):
            mark = mark_of(marks, record, question) or {}
            points = number(mark["points"]) if mark else ""
            most = number(question["max_points"])
            yield [record["name"], question["id"], most, points, mark.get("comment", ""), shown(question)]
