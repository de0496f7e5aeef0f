"""The confined side: what opens a stranger's files. It has the standard library alone and knows nothing of the class.

Sizes, numbers and ratios are read from a zip's own table of contents, and held against the limits of the request,
before anything is built from them; while a member is unpacked the limit is held against what really comes.
"""

import ast
import contextlib
import io
import json
import os
import re
import stat
import warnings
import zipfile
from dataclasses import dataclass
from datetime import datetime

try:
    import resource
except ImportError:  # Windows
    resource = None

MAX_MEMORY = 2**30  # bytes of address space: beyond it a request fails, and the next one is answered
MAX_RATIO = 100  # of a zip inside a zip, which is compressed already; a notebook of zeros may reach 1000
PIECE = 2**20
MAX_CELL, MAX_CELLS = 10**6, 3000


class UnreadableFileError(Exception):
    """One file cannot be read; the message says why."""


@dataclass(frozen=True)
class Limits:
    """What a file may hold. file, zip: bytes of a notebook, and of a zip inside another; table: bytes of a zip's table
    of contents; members: files in a zip."""

    file: int
    zip: int
    table: int
    members: int


def serve(channel) -> None:
    """Answer requests, one at a time, for ever. The answer's head is {"problem": why} where there is nothing to give.

    {"list": place, "limits": …}: {"twice": number}, and what a zip holds, [[index, name, changed], …] as JSON.
    {"read": place, "limits": …}: the bytes of a file.
    {"answered": place, "names": […], "limits": …}: {"answered": how many of the names a notebook gives a value}.
    {"submitters": place, "limits": …}: {folder: [[name, id], …]} of Gradescope's metadata in the body, as JSON.

    A place is a path, then the index of a member of that zip, then of a member of the zip that this one is, …
    """
    if resource is not None:
        most = resource.getrlimit(resource.RLIMIT_AS)[1]
        limit = MAX_MEMORY if most == resource.RLIM_INFINITY else min(most, MAX_MEMORY)
        resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    warnings.simplefilter("ignore")
    opened = Opened()
    while True:
        request, _ = channel.receive(head_most=2**22)
        channel.send(*respond(opened, request))


def respond(opened, request) -> tuple[dict, bytes]:
    """What is answered to a request, whatever the file holds: a problem of the file never is one of this process."""
    try:
        return opened.answer(request)
    except UnreadableFileError as error:
        return {"problem": str(error)}, b""
    except MemoryError:
        return {"problem": "reading it needs too much memory"}, b""
    except Exception as error:  # whatever a stranger's bytes do to a library
        return {"problem": f"it cannot be read ({_words(error)})"}, b""


def _words(error) -> str:
    text = " ".join(str(error).split())[:200] or type(error).__name__
    return text.encode(errors="replace").decode()


class Opened:
    """Answers requests; the zip inside a zip that was opened last stays in memory for the next one."""

    def __init__(self):
        self.last: tuple[tuple, bytes] = ((), b"")

    def answer(self, request) -> tuple[dict, bytes]:
        limits = Limits(**request["limits"])
        if "list" in request:
            found, twice = self.listing(request["list"], limits)
            return {"twice": twice}, json.dumps(found).encode()
        if "read" in request:
            return {}, self.content(request["read"], limits)
        if "answered" in request:
            return {"answered": answered(self.content(request["answered"], limits), request["names"])}, b""
        return {}, json.dumps(submitters(self.content(request["submitters"], limits))).encode()

    def listing(self, place, limits) -> tuple[list, int]:
        """[[index, name, seconds since 1970 or 0], …] of a zip's files, and how many have the name of a later one."""
        with self.archive(place, limits) as archive:
            members = archive.infolist()
        if len(members) > limits.members:
            raise UnreadableFileError(f"it holds {len(members):,} files, and the limit is {limits.members:,}")
        last = {member.filename: index for index, member in enumerate(members)}
        files = [[index, name, _changed(members[index])] for name, index in last.items() if not name.endswith("/")]
        return files, len(members) - len(last)

    def content(self, place, limits) -> bytes:
        """The bytes of a file, or of a zip's member."""
        if len(place) == 1:
            with _open(place[0]) as file:
                return _limited(file, limits.file)
        with self.archive(place[:-1], limits) as archive:
            return _member(archive, place[-1], limits.file)

    @contextlib.contextmanager
    def archive(self, place, limits):
        """The zip at a place, open for as long as it is needed."""
        if len(place) > 1 and tuple(place) != self.last[0]:
            self.last = ((), b"")  # its memory first
            with self.archive(place[:-1], limits) as archive:
                self.last = tuple(place), _member(archive, place[-1], limits.zip, MAX_RATIO)
        with _open(place[0]) if len(place) == 1 else io.BytesIO(self.last[1]) as file:
            try:
                archive = zipfile.ZipFile(_Table(file, limits.table))
            except UnreadableFileError:
                raise
            except Exception as error:
                raise UnreadableFileError(f"it is not a zip file that can be opened ({_words(error)})") from error
            yield archive


def _open(path):
    """A regular file, opened without following a link. OSError becomes UnreadableFileError."""
    try:
        flags = [getattr(os, name, 0) for name in ("O_NOFOLLOW", "O_NONBLOCK", "O_BINARY")]
        file = os.fdopen(os.open(os.fsdecode(path), os.O_RDONLY | sum(flags)), "rb")
    except OSError as error:
        raise UnreadableFileError(f"it cannot be opened ({error.strerror or error})") from error
    if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
        file.close()
        raise UnreadableFileError("it is no file")
    return file


class _Table:
    """A file that gives no more than `most` bytes at a time: a longer table of contents is never built."""

    def __init__(self, file, most: int):
        self.file, self.most = file, most
        self.seek, self.tell, self.seekable = file.seek, file.tell, file.seekable

    def read(self, size: int | None = -1) -> bytes:
        wanted = self.most + 1 if size is None or size < 0 else size
        if size is not None and size > self.most:
            raise UnreadableFileError("its table of contents is too long")
        data = self.file.read(wanted)
        if len(data) > self.most:
            raise UnreadableFileError("its table of contents is too long")
        return data


def _member(archive, index: int, limit: int, ratio: float = float("inf")) -> bytes:
    """The bytes of a zip's member. What the zip says of its size is looked at first, and may be a lie."""
    member = archive.infolist()[index]
    if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise UnreadableFileError("it is compressed in an unusual way")
    if member.flag_bits & 1:
        raise UnreadableFileError("it is locked with a password")
    if member.file_size > limit:
        raise UnreadableFileError(_too_large(limit))
    if member.file_size > PIECE and member.file_size > ratio * member.compress_size:
        raise UnreadableFileError("it is packed far more tightly than files of its kind can be")
    try:
        with archive.open(member) as file:
            return _limited(file, limit)
    except UnreadableFileError:
        raise
    except Exception as error:
        raise UnreadableFileError(f"it cannot be taken out of the zip ({_words(error)})") from error


def _limited(file, limit: int) -> bytes:
    pieces, size = [], 0
    while piece := file.read(min(PIECE, limit + 1 - size)):
        pieces.append(piece)
        size += len(piece)
        if size > limit:
            raise UnreadableFileError(_too_large(limit))
    return b"".join(pieces)


def _too_large(limit: int) -> str:
    return f"it is larger than {limit >> 20} MB: clear the outputs first"


def _changed(member) -> float:
    try:
        return datetime(*member.date_time).timestamp()
    except (ValueError, OverflowError, OSError):
        return 0.0


# What is in a file ---------------------------------------------------------------------------------------------------


def answered(data: bytes, names) -> int:
    """How many of these names a notebook gives a value of its own: of several notebooks the one with most counts."""
    document = json.loads(data)
    cells = [cell for sheet in document.get("worksheets", [document]) for cell in sheet["cells"]][:MAX_CELLS]
    sources = [cell.get("source", cell.get("input", "")) for cell in cells if cell.get("cell_type") == "code"]
    found: set[str] = set()
    for source in sources:
        text = "".join(map(str, source)) if isinstance(source, list) else str(source)
        if len(text) <= MAX_CELL:
            found |= _given(text)
    return len(found.intersection(names))


def _given(source: str) -> set[str]:
    """Names that a cell defines or assigns, without stubs: a body of nothing but a docstring, `...`, pass or raise."""
    plain = re.sub(r"^\s*[%!].*$", "pass", source, flags=re.MULTILINE)
    try:
        body = ast.parse(plain).body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return set(re.findall(r"^(?:def|class)\s+(\w+)", source, flags=re.MULTILINE))
    names: set[str] = set()
    for node in body:
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef() if not all(map(_empty, node.body)):
                names.add(node.name)
            case ast.Assign() | ast.AnnAssign() if node.value is not None and not _empty(ast.Expr(node.value)):
                targets = node.targets if isinstance(node, ast.Assign) else [node.target]
                names |= {part.id for target in targets for part in ast.walk(target) if isinstance(part, ast.Name)}
            case ast.Import() | ast.ImportFrom():
                names |= {alias.asname or alias.name.split(".")[0] for alias in node.names}
    return names


def _empty(node) -> bool:
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
        return node.value.value is ... or isinstance(node.value.value, str)
    if isinstance(node, ast.Raise):
        return "NotImplementedError" in ast.dump(node)
    return isinstance(node, ast.Pass)


def submitters(data: bytes) -> dict[str, list]:
    """{folder: [[name, student's id], …]} of Gradescope's submission_metadata.yml.

    Only the lines of this file's own indentation count: a submission's output, which stands in the file as well, is
    indented further.
    """
    found: dict[str, list] = {}
    folder, people = "", False
    for line in data.decode("utf-8", "replace").splitlines():
        if match := re.fullmatch(r"(submission_\d+):", line):
            folder, people = match[1], False
            found.setdefault(folder, [])
        elif re.match(r"  :\w+:", line):
            people = line.strip() == ":submitters:"
        elif people and (match := re.fullmatch(r"  (- |  ):(\w+):(?: (.*))?", line)):
            if match[1] == "- ":
                found[folder].append({})
            if found[folder]:
                found[folder][-1][match[2]] = _scalar(match[3] or "")
    return {name: [[who.get("name", ""), who.get("sid", "")] for who in people] for name, people in found.items()}


def _scalar(text: str) -> str:
    if len(text) > 1 and text[0] == text[-1] == "'":
        return text[1:-1].replace("''", "'")
    if len(text) > 1 and text[0] == text[-1] == '"':
        try:
            return str(json.loads(text))
        except ValueError:
            return text[1:-1]
    return "" if text in ("null", "~") else text
