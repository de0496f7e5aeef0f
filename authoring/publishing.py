"""Publish the course without what students must not see: `python course.py publish FOLDER`.

What is private has the attribute `export-ignore` in .gitattributes, and so no archive that git makes holds it. Only
what is committed is published, as files without history: the public repository must be another one, since a branch of
this one would carry every solution in its past.
"""

import ast
import io
import json
import re
import shutil
import subprocess
import tarfile
import tempfile
from pathlib import Path

from .notebooks import read
from .releasing import ROOT, stale

REGION = re.compile(r"### BEGIN (?:SOLUTION|HIDDEN TESTS|MARK SCHEME)\n(.*?)### END", re.DOTALL)
INSTRUCTORS = re.compile(r"<!-- for instructors and contributors -->\n.*?<!-- end -->\n", re.DOTALL)  # of README.md
TELLING = 60  # characters; a shorter passage, such as `return x + 1`, can be alike by chance


class PublishError(Exception):
    """Nothing was published; the text says why and what to do."""


def publish(folder, root=ROOT) -> list[str]:
    """Write the last commit of the course at `root`, without what is private, into `folder`; the files' names.

    folder: new or empty, or a clean git clone of the public repository, whose files are replaced.

    Raises PublishError, and changes nothing, when `root` or `folder` is not as it must be, when an assignment is not
    what its solution generates, or when something private stands in a file that would be published.
    """
    root, folder = Path(root).resolve(), Path(folder).resolve()
    private(root)
    clone = _checked(folder, root)
    with tempfile.TemporaryDirectory() as place:
        tree, whole = Path(place, "public"), Path(place, "whole")
        tree.mkdir()
        with tarfile.open(fileobj=io.BytesIO(_git(root, "archive", "HEAD"))) as archive:
            archive.extractall(tree, filter="data")
        _git(root, "clone", "--quiet", "--shared", str(root), str(whole))  # the last commit, with what is private
        if old := stale(whole):
            names = ", ".join(path.name for path in old)
            raise PublishError(f"{names}: not what the solution generates; run `python course.py release`, and commit")
        for readme in tree.glob("README*.md"):
            readme.write_text(INSTRUCTORS.sub("", readme.read_text(encoding="utf-8")), encoding="utf-8", newline="\n")
        if found := leaks(tree, secrets(whole)):
            raise PublishError("these files would show what is private:\n" + "\n".join(found))
        if clone:
            _git(folder, "rm", "-rq", "--ignore-unmatch", ".")
        shutil.copytree(tree, folder, dirs_exist_ok=True)
        return sorted(path.relative_to(tree).as_posix() for path in tree.rglob("*") if path.is_file())


def private(root) -> list[str]:
    """The files and folders of the clone `root` that .gitattributes keeps from archives. PublishError if none is there.

    A pattern that fits nothing is refused: a folder that was renamed would else go out unnoticed.
    """
    path = Path(root) / ".gitattributes"
    lines = path.read_text(encoding="utf-8").splitlines() if path.is_file() else []
    names = [line.split()[0].lstrip("/") for line in lines if line.split()[1:] == ["export-ignore"]]
    missing = [name for name in names if not (Path(root) / name).exists()]
    if "solutions" not in names or missing:
        wrong = f"it has no {', '.join(missing)}" if missing else "it does not name solutions"
        raise PublishError(f".gitattributes, export-ignore: name what is private and there ({wrong})")
    return names


def secrets(tree) -> dict[str, tuple[str, str]]:
    """{passage: (where it stands, where it must not)}: solutions' regions and explanations, and the hidden checks.

    A solution may be told by a notebook that teaches the same, and so must not stand in assignments/; the rest nowhere.
    """
    found = {}
    for path in Path(tree).glob("solutions/*.ipynb"):
        for cell in read(path).cells:
            about = f"{path.name}, cell {cell.id}"
            if "solution-only" in cell.metadata.get("tags", []):
                found[_squeezed(cell.source)] = about, ""
            for region in REGION.findall(cell.source):
                found[_squeezed(region)] = about, "assignments/"
    for path in Path(tree).glob("solutions/checks/*.py"):
        text = path.read_text(encoding="utf-8")
        for node in ast.parse(text).body:
            if isinstance(node, ast.FunctionDef):
                found[_squeezed(ast.get_source_segment(text, node))] = f"{path.name}, {node.name}", ""
    return {passage: about for passage, about in found.items() if len(passage) >= TELLING}


def leaks(tree, passages) -> list[str]:
    """One line for each of the `passages`, as `secrets` gives them, that stands in a file of `tree`."""
    found = []
    for path in sorted(path for path in Path(tree).rglob("*") if path.is_file()):
        name = path.relative_to(tree).as_posix()
        text = _squeezed(_words(path))
        found += [f"{name}: {what}" for passage, (what, only) in passages.items() if passage in text and only in name]
    return found


def _words(path) -> str:
    """The text of a file; of a notebook, what its cells hold and put out."""
    text = path.read_text(encoding="utf-8", errors="replace")
    if path.suffix != ".ipynb":
        return text
    return "\n".join("".join(part) for part in _strings(json.loads(text)))


def _strings(value):
    if isinstance(value, str):
        yield value
    elif isinstance(value, list) and all(isinstance(line, str) for line in value):
        yield "".join(value)  # as nbformat writes the lines of one text
    elif isinstance(value, list | dict):
        for part in value.values() if isinstance(value, dict) else value:
            yield from _strings(part)


def _squeezed(text) -> str:
    """`text` without spaces and line breaks: indented or wrapped anew, a passage is the same."""
    return "".join(text.split())


def _checked(folder, root) -> bool:
    """Whether `folder` is a clone to be filled anew, not a new folder. PublishError when it can be neither."""
    if _git(root, "rev-parse", "--show-toplevel", fails="").decode().strip() != str(root):
        raise PublishError(f"{root} is no git clone: what is published is the last commit, so there must be one")
    if strays := _git(root, "ls-files", "-ci", "--exclude-standard").decode().splitlines():
        raise PublishError(f".gitignore keeps these out of the course: take them out of git: {', '.join(strays)}")
    if folder == root or root in folder.parents or folder in root.parents:
        raise PublishError(f"{folder} is the course itself, or lies in or around it: name a folder elsewhere")
    if not folder.exists() or (folder.is_dir() and not any(folder.iterdir())):
        return False
    if not (folder / ".git").exists():
        raise PublishError(f"{folder} is not empty: name a new folder, or a clone of the public repository")
    if _git(folder, "status", "--porcelain"):
        raise PublishError(f"{folder} holds changes that are not committed: commit or remove them first")
    if _git(folder, "log", "--all", "--format=%H", "--", *private(root), fails=""):
        raise PublishError(f"the history of {folder} holds the solutions: students need a repository of its own")
    return True


def _git(folder, *arguments, fails=None) -> bytes:
    """What git puts out in `folder`; where it fails, `fails`, or PublishError when that is None."""
    try:
        return subprocess.run(["git", "-C", str(folder), *arguments], check=True, capture_output=True).stdout
    except FileNotFoundError as error:
        raise PublishError("git is not installed here, and only what it holds is published") from error
    except subprocess.CalledProcessError as error:
        if fails is not None:
            return fails.encode()
        said = error.stderr.decode(errors="replace").strip()
        raise PublishError(f"git {arguments[0]} in {folder}: {said}") from error


def run(folder) -> None:
    """Publish this course into `folder`, and say what to do next."""
    files = publish(folder)
    print(f"Published {len(files)} files of the last commit in {folder}, without {', '.join(private(ROOT))}.")
    print("Commit and push them there, in a repository of its own: the history of this one holds the solutions.")
