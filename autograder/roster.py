"""The roster: who is in the class, and whose a submission is.

A table of your own with any of the columns name, id, user, email, section, group, code, late_days, extension_days; or
the table that the learning platform gives you: Canvas's gradebook export, Moodle's grading worksheet, the download of
Blackboard's or Brightspace's gradebook. The return table then is that table, filled in.
"""

import re
import unicodedata
from collections import defaultdict
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from .records import ResultsError
from .tables import amount, read_table

# What a column is called, by us and by the platforms (in small letters).
COLUMNS = {
    "name": ("name", "student", "full name", "fullname", "student name"),
    "first": ("first name", "firstname", "given name"),
    "last": ("last name", "lastname", "surname", "family name"),
    "id": ("id", "orgdefinedid", "identifier", "student id", "id number", "student number"),
    "sis": ("sis user id",),
    "user": ("user", "username", "sis login id", "login"),
    "email": ("email", "email address", "e-mail"),
    "section": ("section", "sections"),
    "group": ("group", "groups", "team", "group name"),
    "code": ("code", "anonymous code", "anonymous id", "pseudonym"),
    "late_days": ("late_days", "late days"),
    "extension_days": ("extension_days", "extension days"),
}
FORMS = {  # by the columns that no other platform's table has together
    "moodle": {"identifier", "grade"},
    "brightspace": {"orgdefinedid", "username"},
    "canvas": {"student", "id", "section"},
    "blackboard": {"last name", "first name", "username"},
}


@dataclass(frozen=True)
class Person:
    """One line of the roster; late_days and extension_days are None where they are not given."""

    name: str
    id: str = ""
    user: str = ""
    email: str = ""
    section: str = ""
    group: str = ""
    code: str = ""
    sis: str = ""
    late_days: float | None = None
    extension_days: float = 0.0
    row: dict = field(default_factory=dict, compare=False, repr=False)

    @property
    def keys(self) -> set[str]:
        """All that may name this person in a download."""
        first, _, last = self.name.rpartition(" ")
        if "," in self.name:
            last, _, first = self.name.partition(",")
        told = {self.id, self.sis, self.user, self.email, self.email.partition("@")[0], self.code, self.name}
        return {squeezed(text) for text in (*told, first + last, last + first)} - {""}


def squeezed(text: str) -> str:
    """`text` as platforms shorten names in file names: small letters and digits, nothing between."""
    text = unicodedata.normalize("NFKC", text).casefold()
    return "".join(letter for letter in text if letter.isalnum())


@dataclass(frozen=True)
class Roster:
    """The class. form: the platform whose table this is, or "own"; columns: those of the file, in order."""

    people: tuple[Person, ...] = ()
    form: str = "own"
    columns: tuple[str, ...] = ()

    @cached_property
    def _by_key(self) -> dict[str, list[Person]]:
        found = defaultdict(list)
        for person in self.people:
            for key in person.keys:
                found[key].append(person)
        return found

    @cached_property
    def _by_group(self) -> dict[str, list[Person]]:
        found = defaultdict(list)
        for person in self.people:
            if person.group:
                found[squeezed(person.group)].append(person)
        return found

    def owners(self, name: str, student_id: str = "", lms: str = "") -> tuple[list[Person], str]:
        """(the people whose a submission of this name is: one, or a group; what is unclear about it, or "").

        student_id: the number that the platform gives, which counts before the name; not that of Brightspace (lms),
        of which nobody says whether it is the school's: it only tells apart people of one name.
        """
        plain = re.sub(r"~[0-9a-f]{8}$", "", name)  # what the inbox adds to names that are alike
        base, _, number = plain.rpartition("_")
        numbers = () if lms == "Brightspace" else (student_id, number if number.isdigit() else "")
        keys = [squeezed(key) for key in (*numbers, plain, base)]
        for key in filter(None, keys):
            if group := self._by_group.get(key):
                return group, ""
            people = self._by_key.get(key, [])
            if len(people) > 1 and number:
                people = [person for person in people if number in (person.id, person.sis)] or people
            if len(people) == 1:
                return people, ""
            if people:
                names = " and ".join(_told(person) for person in people)
                return [], f"{name} may be {names}: give the roster a column that tells them apart (id, user or code)"
        return [], f"{name} is not in the roster" if self.people else ""


def _told(person: Person) -> str:
    return f"{person.name} ({person.id or person.user or person.section or 'no id'})"


def read_roster(path) -> Roster:
    """The roster in a CSV file. ResultsError says what is wrong with it."""
    columns, rows = read_table(path, what="the roster")
    small = {name.casefold(): name for name in columns}
    places = {word: [small[name] for name in names if name in small] for word, names in COLUMNS.items()}
    if not (places["name"] or places["last"] or places["id"] or places["user"] or places["email"] or places["code"]):
        raise ResultsError(f"{path}: the roster needs a column that names people: name, id, user, email or code")
    form = next((form for form, needed in FORMS.items() if needed <= small.keys()), "own")
    people = []
    for line, row in enumerate(rows, 2):
        facts = {word: next((row[name].strip() for name in names if row[name].strip()), "") for word, names in
                 places.items()}  # fmt: skip
        if person := _person(facts, row, f"{Path(path).name}, entry {line - 1}"):
            people.append(person)
    if not people:
        raise ResultsError(f"{path}: the roster names nobody")
    return Roster(tuple(people), form, tuple(columns))


def _person(facts, row, where) -> Person | None:
    name = facts.pop("name")
    first, last = facts.pop("first"), facts.pop("last")
    name = name or f"{first} {last}".strip()
    facts["id"] = re.sub(r"^(Participant |#)", "", facts["id"])  # as Moodle and Brightspace write it
    facts["user"] = facts["user"].removeprefix("#")
    late, more = facts.pop("late_days"), facts.pop("extension_days")
    if "points possible" in name.casefold() or not (name or any(facts.values())):  # Canvas's line of maximum points
        return None
    for word, cell in (("late_days", late), ("extension_days", more)):
        if cell and (amount(cell) is None or amount(cell) < 0):
            raise ResultsError(f"{where}: {cell!r} in {word} is not a number of days")
    days = amount(late) if late else None
    return Person(name or facts["user"] or facts["code"] or facts["id"], **facts, late_days=days,
                  extension_days=amount(more) or 0.0 if more else 0.0, row=row)  # fmt: skip
