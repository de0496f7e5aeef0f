"""Which of a student's files is graded, and which of the others go with it."""

import re
from dataclasses import dataclass
from pathlib import Path

from . import names
from .opening import UnreadableFileError

MAX_HELPERS, MAX_HELPER_BYTES = 30, 256 * 2**10  # in number, and of all together
MAX_COMPARED = 20  # notebooks of one student whose content is compared


@dataclass(frozen=True)
class Work:
    """What was handed out: the assignment's name ("a1"), its notebook's file name, the names that answers define."""

    name: str
    notebook: str
    answers: tuple[str, ...] = ()

    def is_handed_out(self, file: str) -> bool:
        """Whether a file bears the name of the notebook that was handed out, or that name with what browsers add."""
        plain = re.sub(r"( ?\(\d+\)|-\d+|[-_ ]copy ?\d*)+$", "", names.stem(file).casefold())
        return plain == Path(self.notebook).stem.casefold()

    def is_no_student(self, name: str) -> bool:
        """Whether no student is called like that: the notebook's name, the assignment's, a new file's in Jupyter."""
        stem = names.stem(name).casefold()
        return self.is_handed_out(name) or stem == self.name.casefold() or stem.startswith("untitled")


def best(notebooks, own_name, order, work: Work, opener):
    """The entry that counts of a student's notebooks (listing.Entry), which all belong to one attempt.

    own_name: what the student called an entry; order: the platform's own mark of which came later. It is the one that
    can be read, then that answers most questions, then that bears the name of what was handed out, then of the
    assignment, then the later one by the platform's mark, then by the time of its last change.
    """
    compared = len(notebooks) > 1 and len(notebooks) <= MAX_COMPARED and bool(work.answers)

    def rank(entry):
        stem = names.stem(own_name(entry)).casefold()
        named = work.name.casefold() in stem or work.name.casefold() in (part.casefold() for part in entry.parts[:-1])
        number = _answered(entry, work, opener) if compared and not entry.problem else 0
        handed_out, late = work.is_handed_out(own_name(entry)), (order(entry), entry.changed)
        return not entry.problem, number, handed_out, named, *late, entry.parts

    return max(notebooks, key=rank)


def _answered(entry, work, opener) -> int:
    try:
        return int(opener.ask({"answered": list(entry.place), "names": work.answers})[0]["answered"])
    except UnreadableFileError:
        return -1


def helpers(chosen, entries, own_name, opener) -> dict[str, bytes]:
    """{relative path: bytes} of the .py files beside the chosen notebook and in folders there: few and small."""
    folder = chosen.parts[:-1]
    found: dict[str, bytes] = {}
    size = 0
    for entry in sorted(entries, key=lambda entry: entry.parts):
        inside = entry.parts[len(folder) :]
        if entry.parts[: len(folder)] != folder or not inside or entry.problem:
            continue
        path = [*inside[:-1], own_name(entry)]
        if not path[-1].endswith(".py") or not all(part.removesuffix(".py").isidentifier() for part in path):
            continue
        try:
            data = opener.read(entry.place)
        except UnreadableFileError:
            continue
        size += len(data)
        if len(found) == MAX_HELPERS or size > MAX_HELPER_BYTES:
            break
        found["/".join(path)] = data
    return found
