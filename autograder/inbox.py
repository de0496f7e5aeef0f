"""Find the submissions: notebooks in folders and in zip files, as students, Canvas and Moodle leave them.

    kim.ipynb                                       kim
    kim/anything/a1.ipynb                           kim
    kim.zip                                         kim: a notebook in the student's own zip
    leekim_LATE_123_456_a1.ipynb                    leekim_123: a Canvas download, as zip or unpacked
    Kim Lee_4711_assignsubmission_file_/a1.ipynb    Kim Lee_4711: a Moodle download

Everything here comes from strangers. Zip members are read into memory, with a limit, and never unpacked to the path
they name; links are not followed; names become safe as file names and in spreadsheets before anything uses them.
"""

import hashlib
import io
import os
import re
import stat
import unicodedata
import zipfile
import zlib
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path

MAX_NOTEBOOK = 50 * 2**20  # bytes; also of what a zip member may grow to
MAX_ZIP = 500 * 2**20  # bytes of a zip that lies inside another zip
MAX_MEMBERS = 100_000
MAX_NAME = 80  # bytes of a name, so that name + ".html" is a file name everywhere

CANVAS = re.compile(r"(?P<name>[^_]+)(_LATE)?_(?P<id>\d+)_\d+_.+")
MOODLE = re.compile(r"(?P<name>.+)_(?P<id>\d+)_assignsubmission_\w+?_.*", re.IGNORECASE)
LITTER = re.compile(r"\.|__MACOSX$|Thumbs\.db$|desktop\.ini$", re.IGNORECASE)
WINDOWS_NAMES = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\.|$)", re.IGNORECASE)


class InboxError(Exception):
    """The submissions cannot be looked through at all; the message says what to do."""


class UnreadableFileError(Exception):
    """One submission cannot be read; the message says why."""


@dataclass(frozen=True)
class Submission:
    """One student's notebook. `read()` gives its bytes or raises UnreadableFileError; `problem`: none was found."""

    name: str
    source: str
    read: Callable[[], bytes] | None = None
    problem: str = ""
    canvas_id: str = ""


@dataclass(frozen=True)
class _File:
    """A file somewhere in a folder or a zip: where (relative, as parts of a path), when it changed, how it is read."""

    parts: tuple[str, ...]
    source: str
    changed: float
    read: Callable[[], bytes]
    problem: str = ""


def find(paths, notebook_name: str, assignment: str) -> tuple[list[Submission], list[str]]:
    """All submissions under `paths` (folders, zip files, notebooks), sorted by name, and remarks for the instructor.

    notebook_name: file name of the notebook that was handed out; of several notebooks of one student, the one that
    bears this name counts, else one with `assignment` ("a1") in its name, else the one changed last.
    Raises InboxError for a path that is not there, and for a zip that cannot be opened.
    """
    remarks: list[str] = []
    found: dict[tuple[str, str], list[_File]] = defaultdict(list)
    sure = set()  # whose files surely are a student's
    for path in map(Path, paths):
        if not path.exists():
            raise InboxError(f"{path}: no such file or folder. Give the folder or the zip file with the submissions.")
        for file in _class_files(path, remarks):
            name, canvas_id, certain = _owner(file.parts)
            found[name, canvas_id].append(file)
            sure |= {name} if certain else set()

    submissions = []
    for (name, canvas_id), files in found.items():
        notebooks = [file for file in files if file.parts[-1].lower().endswith(".ipynb") or file.problem]
        sources = ", ".join(sorted(file.source for file in files)[:5])
        if notebooks:
            rank = partial(_rank, notebook_name=notebook_name, assignment=assignment)
            best = max(notebooks, key=rank)
            if len(notebooks) > 1:
                remarks.append(f"{safe_name(name)}: {len(notebooks)} notebooks, and {best.source} counts")
            submissions.append(Submission(name, best.source, best.read, best.problem, canvas_id))
        elif name in sure:
            submissions.append(Submission(name, sources, None, f"there is no notebook, only {sources}", canvas_id))
        else:
            remarks.append(f"left out, since it is no notebook: {sources}")
    return _with_safe_names(submissions), [printable(remark) for remark in remarks]


def _class_files(path: Path, remarks) -> list[_File]:
    """All files of one folder, zip or notebook that was named on the command line."""
    if path.is_dir():
        return list(_in_folder(path, remarks))
    if path.suffix.lower() != ".zip":
        return [_File((path.name,), str(path), path.stat().st_mtime, partial(_read_file, path))]
    try:
        files = list(_in_zip(str(path), partial(_open, path), remarks))
    except UnreadableFileError as error:
        raise InboxError(f"{path}: {error}. Download it again.") from error
    if all(file.parts[0].casefold() == path.stem.casefold() and len(file.parts) > 1 for file in files):
        files = [_File(file.parts[1:], file.source, file.changed, file.read, file.problem) for file in files]
    return files


def _in_folder(root: Path, remarks):
    for folder, folders, names in os.walk(root):
        folders[:] = sorted(name for name in folders if not LITTER.match(name))
        for name in list(folders):
            if (Path(folder) / name).is_symlink():
                folders.remove(name)
                remarks.append(f"left out, since it is a link: {Path(folder, name)}")
        for name in sorted(names):
            path = Path(folder, name)
            if LITTER.match(name):
                continue
            parts, status = path.relative_to(root).parts, path.lstat()
            read = partial(_read_file, path)
            if not stat.S_ISREG(status.st_mode):
                problem = "it is a link or a device, not a file"
                yield _File(parts, str(path), status.st_mtime, read, problem if name.endswith(".ipynb") else "")
            elif name.lower().endswith(".zip"):
                yield from _student_zip(parts, str(path), status.st_mtime, partial(_open, path), remarks)
            else:
                yield _File(parts, str(path), status.st_mtime, read)


def _student_zip(parts, source, changed, opener, remarks, nested=False):
    """The files of a zip that was found, not named: one student's, unless an LMS packed it."""
    try:
        files = list(_in_zip(source, opener, remarks, nested))
    except UnreadableFileError as error:
        yield _File(parts, source, changed, opener, str(error))
        return
    whole_class = len(parts) == 1 and any(_is_lms(file.parts) for file in files)
    for file in files:
        place = () if whole_class else (*parts[:-1], parts[-1][: -len(".zip")])
        yield _File((*place, *file.parts), file.source, file.changed, file.read, file.problem)


def _in_zip(source, opener, remarks, nested=False):
    with _zip(opener) as archive:
        members = archive.infolist()
    if len(members) > MAX_MEMBERS:
        raise UnreadableFileError(f"it holds {len(members):,} files, and the limit is {MAX_MEMBERS:,}")
    last = {member.filename: member for member in members}  # of two members with one name the later counts
    if len(last) < len(members):
        remarks.append(f"{source}: {len(members) - len(last)} names appear twice, and the later file counts")
    for member in last.values():
        parts = tuple(part for part in member.filename.replace("\\", "/").split("/") if part not in ("", "."))
        outside = member.filename.startswith(("/", "\\")) or ".." in parts or re.match("[A-Za-z]:", member.filename)
        if member.is_dir() or not parts or any(LITTER.match(part) for part in parts if part != ".."):
            continue
        if outside:
            remarks.append(f"{source}: left out {member.filename[:100]}, since its name points out of the zip")
            continue
        try:
            changed = datetime(*member.date_time).timestamp()
        except (ValueError, OverflowError, OSError):
            changed = 0.0
        where, packed = f"{source}/{'/'.join(parts)}", parts[-1].lower().endswith(".zip")
        read = partial(_read_member, opener, member, MAX_ZIP if packed else MAX_NOTEBOOK)
        if packed and not nested:
            unpack = lambda read=read: io.BytesIO(read())  # noqa: E731
            yield from _student_zip(parts, where, changed, unpack, remarks, nested=True)
        else:
            yield _File(parts, where, changed, read)


def _open(path):
    return path.open("rb")


def _zip(opener) -> zipfile.ZipFile:
    try:
        return zipfile.ZipFile(opener())
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
        raise UnreadableFileError(f"it is not a zip file that can be opened ({error})") from error


def _read_member(opener, member, limit) -> bytes:
    try:
        if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise UnreadableFileError("it is compressed in an unusual way")
        with _zip(opener) as archive, archive.open(member) as file:
            return _limited(file, limit)  # what the zip says of its size may be a lie
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError, NotImplementedError) as error:
        raise UnreadableFileError(f"it cannot be taken out of the zip ({error})") from error


def _read_file(path) -> bytes:
    try:
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0))
        with os.fdopen(descriptor, "rb") as file:
            return _limited(file, MAX_NOTEBOOK)
    except OSError as error:
        raise UnreadableFileError(f"it cannot be opened ({error.strerror or error})") from error


def _limited(file, limit) -> bytes:
    content = file.read(limit + 1)
    if len(content) > limit:
        raise UnreadableFileError(f"it is larger than {limit >> 20} MB: clear the outputs first")
    return content


def _is_lms(parts) -> bool:
    return bool(MOODLE.fullmatch(parts[0]) or (len(parts) == 1 and CANVAS.fullmatch(parts[0])))


def _owner(parts) -> tuple[str, str, bool]:
    """(whose file this is, the student's number in Canvas, whether it surely is a student's)."""
    if match := MOODLE.fullmatch(parts[0]):
        return f"{match['name']}_{match['id']}", "", True
    if len(parts) > 1:
        if match := CANVAS.fullmatch(parts[0]):  # the student's own zip in a Canvas download
            return f"{match['name']}_{match['id']}", match["id"], True
        return parts[0], "", True
    if match := CANVAS.fullmatch(parts[0]):
        return f"{match['name']}_{match['id']}", match["id"], True
    return os.path.splitext(parts[0])[0], "", False


def _rank(file: _File, notebook_name: str, assignment: str):
    handed_out, stem = Path(notebook_name).stem.casefold(), Path(file.parts[-1]).stem.casefold()
    if match := CANVAS.fullmatch(stem):
        stem = stem[match.end("id") + 1 :].split("_", 1)[1]
    plain = re.sub(r"( ?\(\d+\)|-\d+|[-_ ]copy\d*)$", "", stem)  # what browsers, Canvas and JupyterLab add
    return not file.problem, plain == handed_out, assignment.casefold() in stem, file.changed, file.parts


def printable(text: str) -> str:
    """`text` without control characters: a file name or an error message must not steer the terminal."""
    return "".join(" " if unicodedata.category(letter)[0] == "C" else letter for letter in text)


def safe_name(text: str) -> str:
    """`text` as a name that is safe as a file name on every system, in a terminal and in a spreadsheet."""
    name = unicodedata.normalize("NFC", text.encode("utf-8", "replace").decode())
    name = "".join(letter for letter in name if unicodedata.category(letter)[0] != "C")
    name = re.sub(r'[/\\:*?"<>|]', "_", name).strip(" .")
    if not name or name[0] in "=+-@" or WINDOWS_NAMES.match(name):  # a spreadsheet would take =1+1 for a formula
        name = "_" + name[1:] if name and name[0] in "=+-@" else "_" + name
    if len(name.encode()) > MAX_NAME:
        name = name.encode()[: MAX_NAME - 9].decode(errors="ignore") + "~" + _mark(text)
    return name


def _mark(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:8]


def _with_safe_names(submissions) -> list[Submission]:
    """Names made safe; where two then differ at most in upper and lower case, each gets a mark of its own."""
    named = defaultdict(list)
    for submission in submissions:
        named[safe_name(submission.name).casefold()].append(submission)
    result = []
    for alike in named.values():
        for submission in alike:
            name = safe_name(submission.name)
            if len(alike) > 1:
                name = safe_name(f"{name[:60]}~{_mark(submission.name + submission.canvas_id)}")
            fields = {"source": printable(submission.source), "problem": printable(submission.problem)}
            result.append(Submission(name, read=submission.read, canvas_id=submission.canvas_id, **fields))
    return sorted(result, key=lambda submission: submission.name)
