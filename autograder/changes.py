"""Whose mark a run changed, and why: the table that stood before beside the one that stands now."""

from pathlib import Path

from .records import ResultsError
from .reports import GRADES
from .tables import read_table, write_table

CHANGES = "changes.csv"
COLUMNS = ["submission", "before", "now", "why"]
TOLD = 12  # changes that are printed; the table has them all


def scores_before(folder) -> dict[str, dict[str, str]]:
    """{submission: its row of grades.csv} as the last run left it; {} where there is none."""
    path = Path(folder) / GRADES
    if not path.is_file():
        return {}
    try:
        _, rows = read_table(path, "submission", "score", what="the grades of the last run")
    except ResultsError:
        return {}  # someone has rewritten the table; it is made anew
    return {row["submission"]: row for row in rows}


def changes(before: dict, rows: list[dict], old: dict, new: dict, old_marks: dict, new_marks: dict) -> list[list[str]]:
    """[submission, score before, score now, why] of each score that is another one than before.

    before, rows: rows of grades.csv, then and now; old, new: records; marks: given by hand, by (submission, question).
    """
    found = []
    for row in rows:
        name = row["submission"]
        last = before.get(name)
        if last is None or last["score"] == row["score"] or (not last["score"] and name not in old):
            continue
        reasons = [_regraded(old.get(name, {}), new.get(name, {}))]
        marked = {question for (who, question), mark in new_marks.items() if who == name} | {
            question for (who, question) in old_marks if who == name
        }
        for question in sorted(marked):
            one, other = (marks.get((name, question)) for marks in (old_marks, new_marks))
            if one != other:
                reasons.append(f"{question} marked by hand" if other else f"{question}: the mark by hand taken back")
        if last.get("penalty", "") != row.get("penalty", ""):
            reasons.append(f"penalty for lateness {last.get('penalty') or 0}, now {row.get('penalty') or 0}")
        found.append([name, last["score"] or "none", row["score"] or "none", "; ".join(filter(None, reasons))])
    return found


def _regraded(old: dict, new: dict) -> str:
    """Why a submission was graded again, or "" if it was not."""
    if old.get("content") != new.get("content"):
        return f"another file was handed in ({Path(new.get('source', '')).name})"
    if old.get("made_by") != new.get("made_by"):
        return "graded with other checks, another solution, grader, or other limits"
    return "graded again, on other hidden inputs" if old.get("time") != new.get("time") else ""


def write(folder, found: list[list[str]]) -> None:
    """changes.csv: those of the last run that changed anything."""
    if found:
        write_table(Path(folder) / CHANGES, COLUMNS, found)


def lines(folder, found: list[list[str]]) -> list[str]:
    """What is printed of the changes."""
    if not found:
        return []
    told = [f"  {name}: {before} → {now}: {why}" for name, before, now, why in found[:TOLD]]
    rest = [f"  … and {len(found) - TOLD} more"] if len(found) > TOLD else []
    scores = "score" if len(found) == 1 else "scores"
    return [f"{len(found)} {scores} changed (all in {Path(folder) / CHANGES}):", *told, *rest]
