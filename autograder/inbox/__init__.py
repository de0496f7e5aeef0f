"""The inbox: which submissions there are, in the folders, zips and notebooks that the instructor named.

    kim.ipynb                                       kim
    kim/anything/a1.ipynb                           kim
    kim.zip                                         kim: a notebook in the student's own zip
    leekim_LATE_123_456_a1.ipynb                    leekim_123: a Canvas download, as zip or unpacked
    Kim Lee_4711_assignsubmission_file/a1.ipynb     Kim Lee_4711: a Moodle download

DOWNLOADS.md has the whole table. A class is what stands on the command line, one level of it; whatever lies inside a
student's own zip or folder is that student's, whatever it is called. Read in this order:

    names.py      whose an outermost file is: what each learning platform calls its files
    listing.py    the files of a class, and the Opener, through which everything with content goes
    opening.py    the Opener's confined child: zips and notebooks of strangers are opened there and nowhere else
    choosing.py   which of a student's notebooks counts, and what travels with it
    safe.py       names made safe to print, to put into tables, to call files
"""

import json
import os
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

from ..sandbox.forkserver import GraderError
from . import choosing, listing, names
from .choosing import Work
from .listing import InboxError
from .opening import UnreadableFileError
from .safe import file_names, printable, row_names, safe_name

MAX_REMARKS = 5  # on one student
A_DOWNLOAD = "a platform's download of several students"
__all__ = [
    "InboxError",
    "Submission",
    "UnreadableFileError",
    "file_names",
    "find",
    "find_one",
    "printable",
    "row_names",
    "safe_name",
]


@dataclass(frozen=True)
class Submission:
    """One student's notebook. `read()` gives its bytes or raises UnreadableFileError; `problem`: why it cannot.

    source: which file it is, to be told; files: {relative path: bytes} of the .py files beside it. Of a platform's
    download: lms, which platform; student_id, its number for the student, and canvas_id, that of Canvas; outer, its own
    name for the file, or for the folder, with "/" at the end; late, whether it says so; handed_in, when.
    """

    name: str
    source: str
    read: Callable[[], bytes] | None = None
    problem: str = ""
    canvas_id: str = ""
    files: dict[str, bytes] = field(default_factory=dict)
    lms: str = ""
    student_id: str = ""
    outer: str = ""
    late: bool = False
    handed_in: str = ""


@dataclass
class _Student:
    """One owner's files, {outermost name: (its owner, its files)}, in which of the named paths, and what is wrong."""

    owner: names.Owner
    place: int
    parts: dict[str, tuple[names.Owner, list]] = field(default_factory=dict)
    problem: str = ""


def find(
    paths, notebook_name: str, assignment: str, answers=(), sandbox: bool = True
) -> tuple[list[Submission], list[str]]:
    """All submissions under `paths` (folders, zip files, notebooks), sorted by name, and remarks for the instructor.

    notebook_name: file name of the notebook that was handed out; assignment: its short name ("a1"); answers: the names
    that its answers define; they tell which of several notebooks of one student counts. sandbox: False opens strangers'
    files in a child without walls.

    Raises InboxError for a path that is not there, a class's zip that cannot be opened, and what is not clear;
    RefusedError where nothing can be confined and sandbox is True.
    """
    work, remarks = Work(assignment, notebook_name, tuple(answers)), []
    paths = list({os.path.realpath(path): Path(path) for path in paths}.values())
    for path in paths:
        if not path.exists():
            raise InboxError(f"{path}: no such file or folder. Give the folder or the zip file with the submissions.")
    opener = listing.Opener(paths, sandbox)
    students: dict[tuple, _Student] = {}
    for number, path in enumerate(paths):
        for student in _students(path, number, opener, work, remarks):
            key = (student.owner.lms, student.owner.name) if student.owner.lms else (number, student.owner.name)
            known = students.setdefault(key, student)
            if known is not student:
                both = " and ".join(sorted({str(paths[known.place]), str(paths[number])}))
                known.problem = f"it is in {both}, and which of them counts is not clear: name only one of them"
    called = row_names(_unlike(students.values(), paths))
    result = [
        _named(_carefully(student, opener, work, remarks), name)
        for student, name in zip(students.values(), called, strict=True)
    ]
    downloads = [each for each in result if A_DOWNLOAD in each.problem]
    if downloads and len(downloads) == len(result):
        told = ". ".join(f"{each.source}: {each.problem}" for each in downloads[:MAX_REMARKS])
        raise InboxError(printable(told))
    return sorted(result, key=lambda each: each.name), [printable(remark) for remark in remarks]


def find_one(path, notebook_name: str, assignment: str, answers=(), sandbox: bool = True) -> Submission:
    """The submission that a folder holds, all of which is one student's. Raises as `find`."""
    if not Path(path).is_dir():
        raise InboxError(f"{path}: no such folder. Give the folder with the submission.")
    work, opener = Work(assignment, notebook_name, tuple(answers)), listing.Opener([path], sandbox)
    student = _Student(names.Owner("submission"), 0)
    student.parts[""] = student.owner, listing.in_folder(Path(path), [])
    return _named(_submission(student, opener, work, []), "submission")


def _students(path: Path, number: int, opener, work, remarks) -> list[_Student]:
    """The students of one class."""
    entries, root = listing.class_files(path, opener, work, remarks)
    groups: dict[str, list] = defaultdict(list)
    for entry in entries:
        if not any(names.SAKAI_FEEDBACK in part for part in entry.parts):
            groups[entry.parts[0]].append(entry)
    outer = {name: any(len(entry.parts) > 1 for entry in group) for name, group in groups.items()}
    owners = names.owners(outer, root, _submitters(groups, opener, remarks))
    students: dict[str, _Student] = {}
    left_out: list[str] = []
    for name, group in groups.items():
        owner = owners[name]
        work_of_somebody = owner.lms or outer[name] or group[0].is_notebook or group[0].is_zip
        if not work_of_somebody and not _is_helper_of(name, outer):
            left_out += [name] * (name != names.GRADESCOPE_METADATA)
            continue
        if owner.note:
            remarks.append(f"{owner.name}: {owner.note}")
        student = students.setdefault(owner.name, _Student(owner, number))
        student.parts[name] = owner, group
    if left_out:
        some = ", ".join(left_out[:MAX_REMARKS]) + ", …" * (len(left_out) > MAX_REMARKS)
        remarks.append(f"{path}: left out {len(left_out)} that are no notebooks: {some}")
    for student in students.values():
        _settle(student, outer, remarks)
    return list(students.values())


def _is_helper_of(name: str, outer) -> bool:
    """Whether a plain file is the .py beside one notebook: kim.py beside kim.ipynb."""
    return name.endswith(".py") and any(
        names.NOTEBOOK.search(other) and names.stem(other) == names.stem(name) for other in outer
    )


def _submitters(groups, opener, remarks) -> dict:
    """Who handed in what, as Gradescope's metadata tell."""
    metadata = groups.get(names.GRADESCOPE_METADATA)
    if not metadata or len(metadata[0].parts) > 1:
        return {}
    try:
        return json.loads(opener.ask({"submitters": list(metadata[0].place)}, own=False)[1])
    except UnreadableFileError as error:
        remarks.append(f"{metadata[0].source} tells no names: {error}")
        return {}


def _settle(student: _Student, outer, remarks) -> None:
    """Of several attempts keep the last, by the platform's own mark; without such a mark, two files of one owner stay
    ungraded: what a date says, anybody can have written."""
    if not all(owner.lms for owner, _ in student.parts.values()):
        works = [name for name in student.parts if outer[name] or not name.endswith(".py")]
        if len(works) > 1:
            several = " and ".join(sorted(works))
            student.problem = f"{several} would be one student's, and which of them counts is not clear: keep one"
        return
    attempts = {owner.attempt for owner, _ in student.parts.values()}
    if len(attempts) > 1 and any(attempt.startswith("?") for attempt in attempts):
        student.problem = f"there are {len(attempts)} attempts, and their dates cannot be read: keep the last"
    elif len(attempts) > 1:
        remarks.append(f"{student.owner.name}: {len(attempts)} attempts, and the last counts ({max(attempts)})")
        student.parts = {name: part for name, part in student.parts.items() if part[0].attempt == max(attempts)}
        student.owner = next(iter(student.parts.values()))[0]


def _carefully(student: _Student, opener, work, remarks) -> Submission:
    """One student's submission. Whatever goes wrong over it is that student's problem, and nobody else's."""
    own: list[str] = []
    try:
        submission = _submission(student, opener, work, own)
    except GraderError:
        raise
    except Exception as error:
        problem = f"it cannot be looked through ({type(error).__name__}: {error})"
        submission = Submission(student.owner.name, ", ".join(student.parts), None, problem)
    more = [f"{safe_name(student.owner.name)}: {len(own) - MAX_REMARKS} more remarks"] * (len(own) > MAX_REMARKS)
    remarks += own[:MAX_REMARKS] + more
    return submission


def _submission(student: _Student, opener, work, remarks) -> Submission:
    owner, files, parts, outer = student.owner, [], {}, {}
    for name, (part, group) in student.parts.items():
        inside = listing.in_own_zips(group, opener, remarks)
        parts |= dict.fromkeys((entry.source for entry in inside), part)
        outer |= dict.fromkeys((entry.source for entry in inside), name + "/" * any(len(e.parts) > 1 for e in group))
        files += inside

    def own_name(entry) -> str:
        return (len(entry.parts) == 1 and parts[entry.source].file) or entry.parts[-1]

    def order(entry) -> int:
        return parts[entry.source].order

    def unreadable(source, problem):
        return Submission(owner.name, source, None, problem, **about)

    about = {"canvas_id": owner.id if owner.lms == "Canvas" else "", "lms": owner.lms, "student_id": owner.id}
    about |= {"late": any(part.late for part, _ in student.parts.values()), "handed_in": names.moment(owner)}
    sources = ", ".join(sorted(entry.source for entry in files)[:5]) or ", ".join(
        entry.source for _, group in student.parts.values() for entry in group[:5]
    )
    if student.problem:
        return unreadable(sources, student.problem)
    if people := [] if owner.lms else names.people_in([entry.parts[1:] for entry in files if len(entry.parts) > 1]):
        some = ", ".join(people[:MAX_REMARKS]) + ", …" * (len(people) > MAX_REMARKS)
        problem = f"it holds {A_DOWNLOAD} ({some}): name that folder or zip itself, or leave one student's files in it"
        first = next(iter(student.parts.values()))[1][0]
        return unreadable(first.source.removesuffix("/".join(["", *first.parts[1:]])), problem)
    notebooks = [entry for entry in files if entry.is_notebook]
    broken = [entry for entry in files if entry.problem and not entry.is_notebook]
    if not notebooks and broken:
        return unreadable(broken[0].source, broken[0].problem)
    if not notebooks:
        there = files or [entry for _, group in student.parts.values() for entry in group]
        only = ", ".join("/".join(entry.parts) for entry in there[:MAX_REMARKS])
        return unreadable(sources, f"there is no notebook, only {only}")
    chosen = choosing.best(notebooks, own_name, order, work, opener)
    if len(notebooks) > 1:
        remarks.append(f"{safe_name(owner.name)}: {len(notebooks)} notebooks, and {chosen.source} counts")
    if chosen.problem:
        return unreadable(chosen.source, chosen.problem)
    helpers = choosing.helpers(chosen, files, own_name, opener)
    about["outer"] = outer[chosen.source] if owner.lms else ""
    return Submission(owner.name, chosen.source, lambda: opener.read(chosen.place), files=helpers, **about)


def _unlike(students, paths) -> list[str]:
    """The students' names, each another than all others: two sections may each have a kim."""
    places = defaultdict(set)
    for student in students:
        places[names.composed(student.owner.name)].add(student.place)
    sections = [_section(path) for path in paths]
    result = []
    for student in students:
        name, section = student.owner.name, sections[student.place]
        if sections.count(section) > 1:
            section = f"{section} {student.place + 1}"
        result.append(f"{name} ({section})" if len(places[names.composed(name)]) > 1 else name)
    return result


def _section(path: Path) -> str:
    path = path.absolute()
    return listing.stem_of(path.name) if path.is_dir() or path.suffix.lower() == ".zip" else path.parent.name


def _named(submission: Submission, name: str) -> Submission:
    texts = {key: printable(getattr(submission, key)) for key in ("source", "problem", "outer")}
    return replace(submission, name=name, **texts)
