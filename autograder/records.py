"""What is known of each submission: results.jsonl and marks.jsonl, files that only grow.

One JSON object a line, on the disk before the next submission is looked at; the last line of a name counts. Whatever
ends the grader, the lines before stay whole; a torn last line is passed over, and its submission graded again.
Every table and page is made anew from these two files.
"""

import contextlib
import hashlib
import json
import os
import posixpath
from pathlib import Path

from .imports import followed

RESULTS = "results.jsonl"
MARKS = "marks.jsonl"
# The parts of the grader that look at results and do not make them: a change there grades nothing again.
AROUND = {
    *("__main__", "command", "options", "batch", "solution", "inbox", "scale", "records", "marks", "gradebook"),
    *("roster", "lateness", "tables", "pages", "reports", "changes", "returns", "results", "similar", "statistics"),
    *("feedback", "gradescope", "languages", "leaderboard"),
}


class ResultsError(Exception):
    """The results folder cannot be used; the message says what to do."""


def code_version(checks, notebook) -> str:
    """A digest of the code that makes a result: this package without its outer parts, and what the checks import."""
    root = Path(__file__).parent
    made_by = {path.relative_to(root).as_posix(): path for path in root.rglob("*.py")}
    made_by = {name: path for name, path in made_by.items() if Path(name).parts[0].removesuffix(".py") not in AROUND}
    modules, versions = followed(checks, notebook)
    digest = hashlib.sha256(json.dumps(versions, sort_keys=True).encode())
    for name, path in sorted((made_by | modules).items()):
        digest.update(name.encode() + b"\0" + hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()[:16]


def parts_of(assignment) -> dict[str, Path]:
    """{name: path} of the files that decide: the solution, the checks, and data beside them ("a1_data.npz")."""
    checks = assignment.checks
    beside = {path.name: path for path in sorted(checks.parent.glob(f"{checks.stem}_*")) if path.is_file()}
    return {"solution": assignment.notebook, checks.name: checks, **beside}


def as_data(assignment) -> dict:
    """An assignment to be laid out elsewhere: {"files": {place: bytes}, "checks": their place}, paths with "/".

    The solution lies where the checks look for it, however many folders above theirs.
    """
    solution, checks, *beside = parts_of(assignment).values()
    relative = Path(os.path.relpath(solution, checks.parent)).as_posix()
    folder = "/".join(["assignment", *["in"] * relative.split("/").count("..")])
    files = {f"{folder}/{path.name}": path.read_bytes() for path in (checks, *beside)}
    files[posixpath.normpath(f"{folder}/{relative}")] = solution.read_bytes()
    return {"files": files, "checks": f"{folder}/{checks.name}"}


def assignment_digest(assignment, options: dict) -> str:
    """A digest of everything but the submission that a result depends on.

    options: what the command was told about running it: limits, sandbox, seed.
    """
    version = code_version(assignment.checks, assignment.notebook)
    return hashlib.sha256(json.dumps([version, options, parts_digest(assignment)], sort_keys=True).encode()).hexdigest()


def parts_digest(assignment) -> str:
    """A digest of the files that decide: solution, checks, data beside them."""
    digest = hashlib.sha256()
    for name, path in parts_of(assignment).items():
        digest.update(name.encode() + b"\0" + hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def key_of(content: bytes, assignment_digest: str, files: dict[str, bytes] | None = None) -> str:
    """What a result was made from: the same key, the same result. files: what lay beside the notebook."""
    beside = [f"{name}\0{hashlib.sha256(data).hexdigest()}\0" for name, data in sorted((files or {}).items())]
    return hashlib.sha256(assignment_digest.encode() + "".join(beside).encode() + content).hexdigest()[:32]


class JsonLines:
    """An append-only file of JSON objects, one a line."""

    def __init__(self, path):
        self.path = Path(path)

    def read(self) -> list[dict]:
        """All whole lines that hold an object; what a crash tore is passed over."""
        if not self.path.exists():
            return []
        found = []
        for line in self.path.read_bytes().split(b"\n"):
            with contextlib.suppress(ValueError, RecursionError):
                value = json.loads(line)
                if isinstance(value, dict):
                    found.append(value)
        return found

    def append(self, value: dict) -> None:
        """Add one line; returns when the disk has it."""
        text = json.dumps(value, ensure_ascii=False, allow_nan=False)
        line = text.encode("utf-8", "backslashreplace") + b"\n"  # half of a character becomes JSON's \udXXX
        with self.path.open("ab") as file:
            if file.tell() and not self._ends_whole():
                line = b"\n" + line
            file.write(line)
            file.flush()
            os.fsync(file.fileno())

    def _ends_whole(self) -> bool:
        with self.path.open("rb") as file:
            file.seek(-1, os.SEEK_END)
            return file.read(1) == b"\n"


def latest(folder) -> dict[str, dict]:
    """{name of a submission: its last record}, sorted by name."""
    records = {}
    for record in JsonLines(Path(folder) / RESULTS).read():
        if isinstance(record.get("name"), str) and "status" in record:
            records[record["name"]] = record
    return dict(sorted(records.items()))


def write_atomically(path, content: str | bytes) -> None:
    """Put `content` at `path` so that a reader, or a crash, finds the old file or the new one and nothing between.

    For what is made anew on every run: it does not wait for the disk.
    """
    path = Path(path)
    content = content.encode("utf-8", "replace") if isinstance(content, str) else content
    with contextlib.suppress(OSError):
        if path.read_bytes() == content:
            return
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.new")
    temporary.write_bytes(content)
    temporary.replace(path)


@contextlib.contextmanager
def locked(folder):
    """Keep other graders out of a results folder. The system lets go when this process ends, however it ends."""
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / ".lock").open("a+b") as file:
        try:
            if os.name == "nt":
                import msvcrt

                file.seek(0)
                msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
            else:
                import fcntl

                fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise ResultsError(
                f"another grader works in {folder} at the moment: wait for it, or give this one a folder of its own"
            ) from error
        yield
