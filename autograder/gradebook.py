"""The class as it stands: one entry for each submission, with everything that tables and pages tell of it.

Everything here is made anew from the records, the marks given by hand, the roster and the rule for lateness.
"""

import json
from dataclasses import dataclass, field, replace
from pathlib import Path

from .lateness import Rule, days_late, in_words
from .marks import GRADED, read_marks, with_marks
from .records import ResultsError, latest, write_atomically
from .roster import Person, Roster, read_roster
from .tables import number, read_table

SETTINGS, ROSTER, GRADES = "settings.json", "roster.csv", "grades.csv"
NOT_CONFIRMED, NOT_HANDED_IN = "not confirmed", "not handed in"


@dataclass(frozen=True)
class Settings:
    """What the instructor said about a class once, kept in the results folder."""

    rule: Rule = field(default_factory=Rule)
    roster: Roster = field(default_factory=Roster)


@dataclass(frozen=True)
class Entry:
    """One submission. final: its record with the marks by hand; score: what counts in the end, or None.

    unconfirmed: why the last run does not stand for this result, or "".
    """

    name: str
    final: dict
    score: float | None
    max_score: float | None
    status: str
    people: tuple[Person, ...] = ()
    days: float = 0.0
    penalty: float = 0.0
    unconfirmed: str = ""
    remarks: tuple[str, ...] = field(default=())

    @property
    def counts(self) -> bool:
        """Whether it has a score that may be handed on."""
        return self.score is not None and not self.unconfirmed


def load(folder) -> Settings:
    """The settings of a results folder."""
    folder = Path(folder)
    try:
        rule = Rule(**json.loads((folder / SETTINGS).read_text(encoding="utf-8")))
    except FileNotFoundError:
        rule = Rule()
    except (ValueError, TypeError) as error:
        raise ResultsError(f"{folder / SETTINGS} is damaged ({error}): delete it, and give the rule again") from error
    return Settings(rule, read_roster(folder / ROSTER) if (folder / ROSTER).is_file() else Roster())


def keep(folder, rule: dict, roster_path) -> Settings:
    """Settings with what was given now in place of what was kept before; rule: {part: value or None}."""
    folder = Path(folder)
    if roster_path:
        read_roster(roster_path)
        write_atomically(folder / ROSTER, Path(roster_path).read_bytes())
    settings = load(folder)
    given = {name: value for name, value in rule.items() if value is not None}
    if given:
        settings = replace(settings, rule=replace(settings.rule, **given))
        write_atomically(folder / SETTINGS, json.dumps(settings.rule.as_dict(), indent=1) + "\n")
    return settings


def entries(folder, settings: Settings | None = None, unconfirmed=None) -> list[Entry]:
    """All submissions of a results folder, by name. unconfirmed: {name: why}."""
    settings, marks = settings or load(folder), read_marks(folder)
    made = [
        entry(record, marks, settings, (unconfirmed or {}).get(name, "")) for name, record in latest(folder).items()
    ]
    return _owned_once(made)


def entry(record, marks, settings: Settings | None = None, unconfirmed: str = "") -> Entry:
    """One record as an entry."""
    settings = settings or Settings()
    final = with_marks(record, marks)
    number_given = record.get("student_id") or record.get("canvas_id") or ""
    people, unclear = settings.roster.owners(record["name"], number_given, record.get("lms") or "")
    remarks = [unclear] if unclear else []
    days = days_late(record, settings.rule, people)
    score, penalty = final["score"], 0.0
    if days:
        remarks.append(f"{in_words(days)} late")
    if score is not None:
        penalty = min(score, settings.rule.cost(days, final["max_score"]))
        score -= penalty
        remarks += [
            f"{question['id']} by hand, {number(question['points'])} for {number(question['automatic'])}: "
            f"{question['mark']['comment']}"
            for question in final["questions"]
            if question["mark"] and question["mark"].get("override")
        ]
    if final["extra"]:
        remarks.append(f"extra {number(final['extra']['points'])}: {final['extra']['comment']}")
    if record["status"] not in GRADED:
        remarks += str(record.get("reason", "")).strip().splitlines()[-1:]
    remarks = [unconfirmed, *remarks]
    status = NOT_CONFIRMED if unconfirmed else final["status"]
    return Entry(
        record["name"], final, score, final["max_score"], status, tuple(people), days, penalty, unconfirmed,
        tuple(filter(None, remarks)),
    )  # fmt: skip


def _owned_once(made: list[Entry]) -> list[Entry]:
    """Where two submissions are one person's, both say so and neither is handed on: the instructor has to choose."""
    holders: dict[Person, list[str]] = {}
    for each in made:
        for person in each.people:
            if not each.unconfirmed:
                holders.setdefault(person, []).append(each.name)
    result = []
    for each in made:
        others = sorted({name for person in each.people for name in holders.get(person, ())} - {each.name})
        if others and not each.unconfirmed:
            told = f"{' and '.join(others)} is the same person's: leave one of them out"
            each = replace(each, status=NOT_CONFIRMED, unconfirmed=told, remarks=(told, *each.remarks))
        result.append(each)
    return result


def not_confirmed(known, keys) -> dict[str, str]:
    """{submission: why a run does not stand for its result}; keys: {submission that it found: key of its result}."""
    why = {}
    for name, record in known.items():
        if name not in keys:
            why[name] = "not among the submissions of the last run; these points are of an earlier one"
        elif record.get("key") != keys[name]:
            why[name] = "not graded yet as it is now; these points are of an earlier file or of other checks"
    return why


def not_confirmed_in(folders) -> dict[str, str]:
    """{submission: why} of those that the tables of all these folders call not confirmed."""
    why, stands = {}, set()
    for folder in folders:
        if (path := Path(folder) / GRADES).is_file():
            for row in read_table(path, "submission", "status", what="the scores")[1]:
                if row["status"] == NOT_CONFIRMED:
                    why.setdefault(row["submission"], (row.get("remarks") or NOT_CONFIRMED).partition("; ")[0])
                else:
                    stands.add(row["submission"])
    return {name: told for name, told in why.items() if name not in stands}


def missing(made: list[Entry], roster: Roster) -> list[Person]:
    """People of the roster without a submission."""
    there = {person for each in made for person in each.people}
    return [person for person in roster.people if person not in there]
