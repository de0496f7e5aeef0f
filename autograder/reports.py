"""Tables from the records: grades.csv, canvas.csv, manual.csv and its way back, and who handed in the same.

All of them are made anew from results.jsonl and marks.jsonl, so that none can be half of one run and half of another.
"""

import csv
import hashlib
import io
from collections import defaultdict
from pathlib import Path

from .questions import NOT_STARTED
from .records import MARKS, JsonLines, ResultsError, write_atomically

GRADES, CANVAS, MANUAL, DUPLICATES = "grades.csv", "canvas.csv", "manual.csv", "duplicates.csv"
GRADED = ("graded", "partly run")  # what the engine says of a submission that has points
MANUAL_COLUMNS = ["submission", "question", "max_points", "points", "comment", "text"]


def number(points) -> str:
    """Points as people write them: 7.5, 10."""
    return f"{round(float(points), 2):.2f}".rstrip("0").rstrip(".")


# Marks given by hand ------------------------------------------------------------------------------------------------


def _text_digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def manual_questions(record):
    """The questions of a record that a person has to mark."""
    return [question for question in record.get("questions", ()) if question.get("manual")]


def read_marks(folder) -> dict:
    """{(submission, question): mark}, each mark {points, comment, text: digest of the text it was given for}."""
    return {(mark["name"], mark["question"]): mark for mark in JsonLines(Path(folder) / MARKS).read()}


def mark_of(marks, record, question) -> dict | None:
    """The mark of a question, unless the student has changed the text since."""
    mark = marks.get((record["name"], question["id"]))
    return mark if mark and mark["text"] == _text_digest(question.get("text", "")) else None


def take_marks(folder, path, records) -> int:
    """Keep the marks that stand in the CSV file `path` (columns of manual.csv); returns how many are new.

    Raises ResultsError, which names the line, for points outside of what the question allows and for names that are
    unknown; no mark of the file is then kept.
    """
    path = Path(path)
    try:
        text = path.read_bytes().decode("utf-8-sig")
        dialect = csv.Sniffer().sniff(text.splitlines()[0], ",;\t") if text.strip() else "excel"
        lines = list(csv.DictReader(io.StringIO(text, newline=""), dialect=dialect))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise ResultsError(f"{path}: the marks cannot be read ({error}); save them as CSV in UTF-8") from error
    if lines and not {"submission", "question", "points"} <= set(lines[0]):
        raise ResultsError(f"{path}: the first line must name the columns submission, question and points")
    known, new = read_marks(folder), []
    for row, line in enumerate(lines, 2):
        name, question_id, points = (str(line.get(word) or "").strip() for word in ("submission", "question", "points"))
        if not points:
            continue
        where = f"{path.name}, entry {row - 1} ({name}, {question_id})"
        if name not in records:
            raise ResultsError(f"{where}: there is no submission of that name")
        found = [question for question in manual_questions(records[name]) if question["id"] == question_id]
        if not found:
            raise ResultsError(f"{where}: that submission has no question of that name to be marked by hand")
        (question,) = found
        try:
            value = float(points.replace(",", "."))
        except ValueError:
            value = -1
        if not 0 <= value <= question["max_points"]:
            raise ResultsError(f"{where}: {points!r} is not between 0 and {number(question['max_points'])} points")
        mark = {"points": value, "comment": str(line.get("comment") or "").strip()}
        mark |= {"name": name, "question": question_id, "text": _text_digest(question.get("text", ""))}
        if line.get("text") is not None and line["text"].split() != _shown(question).split():
            if known.get((name, question_id), {}).get("points") == value:
                continue  # an old file, taken in before
            raise ResultsError(f"{where}: the student has handed in another text since; mark the new one")
        if known.get((name, question_id)) != mark:
            new.append(mark)
    for mark in new:
        JsonLines(Path(folder) / MARKS).append(mark)
    return len(new)


def with_marks(record, marks) -> dict:
    """A record with score, max_score and status as they are with the marks given by hand.

    status: "to mark" where a mark is missing, else what it was. Score None where there is nothing to score.
    """
    if record["status"] not in GRADED:
        return record | {"score": None, "max_score": record.get("max_score")}
    score, missing = 0.0, False
    for question in record["questions"]:
        if question.get("manual"):
            mark = mark_of(marks, record, question)
            missing |= mark is None
            score += mark["points"] if mark else 0
        else:
            score += question["points"]
    most = sum(question["max_points"] for question in record["questions"])
    return record | {"score": score, "max_score": most, "status": "to mark" if missing else record["status"]}


# Tables -------------------------------------------------------------------------------------------------------------


def _shown(question) -> str:
    """What a student wrote, as a spreadsheet shows it instead of computing it."""
    text = question.get("text") or NOT_STARTED
    return "'" + text if text[:1] in ("=", "+", "-", "@", "\t", "\r") else text


def _table(path, columns, lines) -> None:
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerows([columns, *lines])
    write_atomically(path, text.getvalue())


def duplicates(records) -> list[tuple[list[str], int]]:
    """[(names, number of answers)] of submissions whose answers are the same but for comments and layout."""
    groups = defaultdict(list)
    for record in records.values():
        answers = record.get("answers") or {}
        if answers.get("number"):
            groups[answers["digest"], answers["number"]].append(record["name"])
    return sorted((sorted(names), many) for (_, many), names in groups.items() if len(names) > 1)


def write_tables(folder, assignment: str, records, marks) -> None:
    """grades.csv, canvas.csv, manual.csv and duplicates.csv in `folder`."""
    folder = Path(folder)
    final = [with_marks(record, marks) for record in records.values()]
    most = next((number(record["max_score"]) for record in final if record["max_score"] is not None), "")
    scores = ["" if record["score"] is None else number(record["score"]) for record in final]
    rows = [[record["name"], score, most, record["status"]] for record, score in zip(final, scores, strict=True)]
    _table(folder / GRADES, ["submission", "score", "max_score", "status"], rows)

    rows = [["    Points Possible", "", "", "", "", most]]
    for record, score in zip(final, scores, strict=True):
        known = score if record["status"] in GRADED else ""  # Canvas keeps a grade where the new one is empty
        rows.append([record["name"], record.get("canvas_id", ""), "", "", "", known])
    _table(folder / CANVAS, ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", assignment], rows)

    rows = []
    for record in records.values():
        for question in manual_questions(record):
            mark = mark_of(marks, record, question) or {}
            points = number(mark["points"]) if mark else ""
            text = _shown(question)
            rows.append(
                [record["name"], question["id"], number(question["max_points"]), points, mark.get("comment", ""), text]
            )
    if rows or (folder / MANUAL).exists():
        _table(folder / MANUAL, MANUAL_COLUMNS, rows)

    rows = [[" · ".join(names), many] for names, many in duplicates(records)]
    if rows or (folder / DUPLICATES).exists():
        _table(folder / DUPLICATES, ["submissions", "equal answers"], rows)
