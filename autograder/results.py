"""After grading: all tables and pages of a results folder, and what is said of the run."""

from pathlib import Path

from . import (
    changes,
    feedback,
    gradebook,
    gradescope,
    inbox,
    leaderboard,
    marks,
    records,
    reports,
    returns,
    similar,
    statistics,
)
from .gradebook import Entry, Settings, missing
from .marks import GRADED
from .tables import number

NAMED = 8  # people or pairs that are printed; the tables have them all


def write(
    folder, assignment, settings: Settings, unconfirmed=None, before=None, old=None, old_marks=None, answers=None
) -> list[str]:
    """Write everything; returns what there is to say of scores that changed.

    before: grades.csv as it was; old, old_marks: records and marks as they were. answers: an Attachment that goes out
    with the pages of feedback.
    """
    known = records.latest(folder)
    made = gradebook.entries(folder, settings, unconfirmed)
    names = feedback.titles(assignment.notebook)
    reports.write_tables(folder, assignment.questions, known, made, settings)
    feedback.write_pages(folder, assignment.notebook, made, settings, answers, assignment.checks)
    gradescope.write(folder, assignment, known, marks.read_marks(folder))
    statistics.write(folder, assignment.name, assignment.questions, made, names)
    leaderboard.write(folder, assignment.name, made)
    returns.write(folder, assignment.name, made, settings)
    if before is None:
        return []
    columns, rows = reports.grades(assignment.questions, made, settings)
    rows = [dict(zip(columns, map(str, row), strict=True)) for row in rows]
    found = changes.changes(before, rows, old or {}, known, old_marks or {}, marks.read_marks(folder))
    changes.write(folder, found)
    return changes.lines(folder, found)


def summary(folder, settings: Settings, names, unconfirmed=None) -> bool:
    """Say how it went and what is left to do; whether all of `names` have a result."""
    made = {entry.name: entry for entry in gradebook.entries(folder, settings, unconfirmed)}
    mine = [made[name] for name in names if name in made]
    scores = [entry.score for entry in mine if entry.score is not None]
    mean = f", {number(sum(scores) / len(scores))} points on average" if scores else ""
    print(f"{len(scores)} graded{mean}. Results: {folder}")
    troubled = [entry for entry in mine if entry.final["status"] not in (*GRADED, "to mark")]
    for entry in troubled:
        told = {"unreadable": "could not be read", "failed": "could not be graded, through no fault of the student"}
        *_, reason = str(entry.final.get("reason", "")).strip().splitlines() or [""]
        print(inbox.printable(f"  {entry.name} {told[entry.final['status']]}: {reason}"))
    to_mark = sum(entry.final["status"] == "to mark" for entry in mine)
    if to_mark:
        table = Path(folder) / reports.MANUAL
        print(f"  {to_mark} with answers to mark by hand: fill in {table}, then run this again.")
    _tell(_of_the_class(list(made.values()), settings))
    _tell([f"  {sentence}." for sentence in returns.untold(list(made.values()), settings)])
    _tell([f"  The same answers to {', '.join(shared)}: {' and '.join(pair)}"
           for pair, shared in similar.pairs(records.latest(folder))], f"all in {reports.DUPLICATES}")  # fmt: skip
    return not troubled and len(mine) == len(names)


def _of_the_class(made: list[Entry], settings: Settings) -> list[str]:
    """Rows that this run does not stand for, and what the roster shows."""
    told = [f"  {each.name} is not confirmed: {each.unconfirmed}" for each in made if each.unconfirmed]
    told += [f"  {remark}" for each in made if not each.people for remark in each.remarks if "roster" in remark]
    if away := [person.name for person in missing(made, settings.roster)]:
        more = f" and {len(away) - NAMED} more" if len(away) > NAMED else ""
        told.append(f"  {len(away)} have not handed in: {'; '.join(away[:NAMED])}{more}")
    return told


def _tell(lines, where=f"all in {reports.GRADES}") -> None:
    for line in lines[:NAMED]:
        print(inbox.printable(line))
    if len(lines) > NAMED:
        print(f"  … and {len(lines) - NAMED} more, {where}")
