"""Which files a class has: those of the folders, zips and notebooks that were named on the command line.

Folders are looked through here, names and sizes only. Whatever has content goes through the Opener, whose confined
child does the opening.
"""

import json
import os
import re
import stat
import threading
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from ..sandbox.child import Child
from ..sandbox.messages import MessageError
from . import names
from .opening import Limits, UnreadableFileError

MAX_NOTEBOOK, MAX_ZIP, MAX_TABLE, MAX_MEMBERS = 50 * 2**20, 250 * 2**20, 16 * 2**20, 100_000  # of a class
MAX_OWN_TABLE, MAX_OWN_FILES, MAX_DEPTH = 4 * 2**20, 10_000, 30  # of one student
MAX_PART, MAX_OWN_PART = 1000, 255  # letters of a file's or folder's name in a class's zip, and in a student's
MAX_ZIPS = 20  # that are looked into for one student
SECONDS, CPU_SECONDS, MEMORY_MB = 60, 3600, 1024
LITTER = re.compile(r"\.|__MACOSX$|Thumbs\.db$|desktop\.ini$", re.IGNORECASE)
# What a browser, a system or a drive adds to a download's name: (1), -2, Copy of, -20240131T101500Z-001.
ADDED = re.compile(r"^copy of |( ?\(\d+\)|[-_ ]copy( ?\d+)?|-\d{8}T\d{6}Z(-\d+)*(-\d{3})?|-\d{1,3})+$", re.IGNORECASE)


CLASS_FOLDER = re.compile(r"submissions|submitted|abgaben", re.IGNORECASE)  # nobody is called like that


class InboxError(Exception):
    """The submissions cannot be looked through at all; the message says what to do."""


@dataclass(frozen=True)
class Entry:
    """A file: its path inside the class as parts, where it is told to be, when it changed, and its place (opening.py).

    problem: why it cannot be read, if that is known.
    """

    parts: tuple[str, ...]
    source: str
    changed: float
    place: tuple
    problem: str = ""

    @property
    def is_notebook(self) -> bool:
        return bool(names.NOTEBOOK.search(self.parts[-1]))

    @property
    def is_zip(self) -> bool:
        return self.parts[-1].lower().endswith(".zip")


class Opener:
    """A confined child that opens files below some paths; where it ends over one of them, another takes its place."""

    def __init__(self, paths, sandbox: bool = True):
        self.readable, self.sandbox = [os.path.realpath(path) for path in paths], sandbox
        self.child, self.lock = None, threading.RLock()  # workers take their submissions from several threads

    def ask(self, request: dict, own: bool = True) -> tuple[dict, bytes]:
        """The child's answer. own: within the limits of one student's file, not of a class.

        UnreadableFileError says what is wrong with the file; GraderError that no child can be had.
        """
        table, members = (MAX_OWN_TABLE, MAX_OWN_FILES) if own else (MAX_TABLE, MAX_MEMBERS)
        limits = asdict(Limits(MAX_NOTEBOOK, MAX_ZIP, table, members))
        with self.lock:
            for last in (False, True):  # a child that has ended by itself, such as for its age, is no file's fault
                try:
                    if self.child is None:
                        options = {"sandbox": self.sandbox, "readable": self.readable, "light": True}
                        target = f"{__package__}.opening:serve"
                        self.child = Child(target, memory_mb=MEMORY_MB, seconds=CPU_SECONDS, **options)
                    head, body = self.child.ask(request | {"limits": limits}, seconds=SECONDS, most=MAX_ZIP)
                    break
                except (EOFError, TimeoutError, MessageError) as error:
                    why = "takes too long" if isinstance(error, TimeoutError) else "needs too much memory or time"
                    self.close()
                    if last or isinstance(error, TimeoutError):
                        raise UnreadableFileError(f"it cannot be opened: that {why}") from error
        if "problem" in head:
            raise UnreadableFileError(str(head["problem"])[:500])
        return head, body

    def read(self, place) -> bytes:
        """The bytes of a file."""
        return self.ask({"read": list(place)})[1]

    def close(self) -> None:
        """End the child."""
        with self.lock:
            if self.child is not None:
                self.child.end()
                self.child = None


def class_files(path: Path, opener: Opener, work, remarks) -> tuple[list[Entry], str]:
    """The files of the class at a path that was named, and the name of the folder in which they stand.

    A zip or folder that holds nothing but one folder, or one zip, is looked into as long as that is a class. work: what
    was handed out (choosing.Work).
    """
    root = path.name
    if path.is_dir():
        entries = in_folder(path, remarks)
    elif path.suffix.lower() == ".zip":
        root = stem_of(path.name)
        entries = in_class_zip(opener, (str(path.resolve()),), str(path), remarks)
    else:
        return [Entry((path.name,), str(path), path.stat().st_mtime, (str(path.resolve()),))], root
    for _ in range(3):
        entries, root = without_wrapping(entries, root, work)
        zips = [entry for entry in entries if entry.is_zip and not entry.problem]
        if len(entries) != 1 or not zips or len(zips[0].parts) > 1 or names.is_lms(zips[0].parts[0], False):
            break
        inner = _in_single_zip(zips[0], opener, work, remarks)
        if inner is None:
            break
        entries, root = inner, stem_of(zips[0].parts[0])
    return entries, root


def stem_of(name: str) -> str:
    """kim of "kim (1).zip" and "kim-20240131T101500Z-001.zip"."""
    return ADDED.sub("", os.path.splitext(name)[0]) or name


def in_class_zip(opener, place, source, remarks) -> list[Entry]:
    """The files of a zip that is a class. InboxError where it cannot be opened."""
    try:
        return in_zip(opener, place, source, remarks, own=False)
    except UnreadableFileError as error:
        raise InboxError(f"{source}: {error}. Download it again.") from error


def _in_single_zip(entry, opener, work, remarks) -> list[Entry] | None:
    """The files of the only zip of a class, if that zip is the class itself; None where it is one student's.

    InboxError where that is not clear.
    """
    try:
        inner = in_zip(opener, entry.place, entry.source, remarks, own=False)
    except UnreadableFileError:
        return None
    inside, _ = without_wrapping(inner, stem_of(entry.parts[-1]), work)
    outer = _outermost(inside)
    if any(names.is_lms(name, folder) for name, folder in outer.items()):
        return inner
    several = len({names.stem(name) for name in outer}) > 1
    if not several or any(work.is_no_student(name) for name in outer):
        return None
    raise InboxError(
        f"{entry.source} is the only thing there, and it is not clear whether it holds a class or one student's files: "
        "name that zip itself for a class, or give the student's folder"
    )


def _counts(entry) -> bool:
    return entry.is_notebook or entry.is_zip or entry.parts[-1] == names.GRADESCOPE_METADATA


def _outermost(entries) -> dict[str, bool]:
    """{name: whether it is a folder} of what holds notebooks, zips, or what a platform puts beside them."""
    return {entry.parts[0]: len(entry.parts) > 1 for entry in entries if _counts(entry)}


def without_wrapping(entries, root: str, work) -> tuple[list[Entry], str]:
    """Entries without the folders around a class: one folder that holds all of it, once or several times."""
    outer = _outermost(entries)
    if outer.get("submitted") and names.NBGRADER.intersection(outer):  # nbgrader's course folder
        return _below(entries, "submitted"), "submitted"
    if len(outer) != 1 or not all(outer.values()):
        return entries, root
    (top,) = outer
    if names.is_lms(top, True):
        return entries, root
    below = _below(entries, top)
    deeper, name = without_wrapping(below, top, work)
    inside = _outermost(below)
    if any(names.is_lms(name, folder) for name, folder in inside.items()) or deeper is not below:
        return deeper, name
    named = top.casefold() == root.casefold() or bool(CLASS_FOLDER.search(top))
    if any(work.is_no_student(name) for name in inside) or (len(inside) < 2 and not named):
        return entries, root
    if not named and any(work.name.casefold() in file.casefold() for file in inside):
        raise InboxError(
            f"all there is stands in the folder {top}, and it is not clear whether that is a class or one student's: "
            f"name the folder {top} itself for a class, or leave the student's one notebook that counts"
        )
    return below, top


def _below(entries, top: str) -> list[Entry]:
    return [
        replace(entry, parts=entry.parts[1:]) for entry in entries if len(entry.parts) > 1 and entry.parts[0] == top
    ]


# Folders and zips ----------------------------------------------------------------------------------------------------


def in_folder(root: Path, remarks) -> list[Entry]:
    """The files below a folder; links are not followed, and one student's folder cannot hold more than it may."""
    found: list[Entry] = []
    real = root.resolve()  # the root itself may be a link: that one was named
    for name in sorted(os.listdir(root)):
        if LITTER.match(name):
            continue
        own: list[Entry] = []
        waiting, links, deep = [(name,)], 0, 0
        while waiting and len(own) <= MAX_OWN_FILES:
            parts = waiting.pop()
            path = root.joinpath(*parts)
            try:
                status = path.lstat()
                if stat.S_ISDIR(status.st_mode):
                    inside = sorted(entry for entry in os.listdir(path) if not LITTER.match(entry))
                    if len(parts) >= MAX_DEPTH:
                        deep += 1
                    else:
                        waiting += [(*parts, entry) for entry in reversed(inside[: MAX_OWN_FILES + 1])]
                    continue
            except OSError as error:
                remarks.append(f"left out, since it cannot be looked at ({error.strerror}): {path}")
                continue
            entry = Entry(parts, str(path), status.st_mtime, (str(real.joinpath(*parts)),))
            if not stat.S_ISREG(status.st_mode):
                if not entry.is_notebook:
                    links += 1
                    continue
                entry = replace(entry, problem="it is a link or a device, not a file")
            own.append(entry)
        if len(own) > MAX_OWN_FILES:
            own = [Entry((name, "…"), str(root / name), 0.0, (), f"it holds more than {MAX_OWN_FILES:,} files")]
        for number, why in ((links, "links or devices"), (deep, "folders that lie too deep")):
            if number:
                remarks.append(f"{root / name}: left out {number} {why}")
        found += own
    return found


def in_zip(opener, place, source, remarks, own=True) -> list[Entry]:
    """The files of a zip, which is not unpacked. UnreadableFileError."""
    found = []
    head, body = opener.ask({"list": list(place)}, own)
    if head["twice"]:
        remarks.append(f"{source}: {head['twice']} names appear twice, and the later file counts")
    outside = []
    for index, name, changed in json.loads(body):
        parts = tuple(part for part in name.replace("\\", "/").split("/") if part not in ("", "."))
        if any(LITTER.match(part) for part in parts if part != ".."):
            continue
        too_long = max(map(len, parts), default=0) > (MAX_OWN_PART if own else MAX_PART)
        if not parts or too_long or name.startswith(("/", "\\")) or ".." in parts or re.match("[A-Za-z]:", name):
            outside.append(name)
            continue
        parts = (*parts[:MAX_DEPTH], parts[-1]) if len(parts) > MAX_DEPTH else parts
        found.append(Entry(parts, f"{source}/{'/'.join(parts)}", changed, (*place, index)))
    if outside:
        why = "whose names are empty, point out of the zip or are too long"
        remarks.append(f"{source}: left out {len(outside)} files, {why}, such as {outside[0][:100]!r}")
    return found


def in_own_zips(entries, opener, remarks) -> list[Entry]:
    """One student's files, with those in the student's zips in the zips' places, to the second zip inside another."""
    found, waiting, opened = [], list(entries), 0
    outermost = min((len(entry.place) for entry in entries if not entry.problem), default=0)
    while waiting:
        entry = waiting.pop(0)
        if not entry.is_zip or entry.problem or opened == MAX_ZIPS or len(entry.place) > outermost + 1:
            found.append(entry)
            continue
        opened += 1
        try:
            inside = in_zip(opener, entry.place, entry.source, remarks)
        except UnreadableFileError as error:
            found.append(replace(entry, problem=str(error)))
            continue
        folder = (*entry.parts[:-1], entry.parts[-1][: -len(".zip")])
        waiting += [replace(each, parts=(*folder, *each.parts)) for each in inside]
    return found
