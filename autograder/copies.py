"""The course's own functions under another name: what an answer must not import, it must not bring along either.

A function or class is known by what its syntax tree is made of, so neither names, comments, annotations, the order of
statements, nor the way on which its text comes to be compiled matters: a cell, `%%writefile`, a .py file beside the
notebook, `exec` of a string. This is a rule of the course and no wall: whoever takes a function apart and writes it
anew has copied by hand, which no grader sees.
"""

import ast
import functools
import hashlib
import json
import os
import sys
import threading
from pathlib import Path

from .cells import as_python
from .sandbox.readable import files_of
from .sentences import say

LEAST = 50  # nodes of the syntax tree, about four lines: what is shorter, two people may well write alike
TOLD = {ast.Constant: "value", ast.Attribute: "attr", ast.keyword: "arg", ast.alias: "name"}


def own_forms(source) -> dict[str, str]:
    """{form: name} of the functions and classes in Python source, or in a syntax tree, that are long enough."""
    tree = source if isinstance(source, ast.AST) else ast.parse(source)
    found = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            parts = _parts(node)
            if len(parts) >= LEAST:
                found[hashlib.sha256("\n".join(sorted(parts)).encode(errors="replace")).hexdigest()[:16]] = node.name
    return found


def _parts(node) -> list[str]:
    """A word for each node: its kind, and of constants, attributes, arguments and imports what they say."""
    found, waiting = [], [node]
    while waiting:
        part = waiting.pop()
        alone = isinstance(part, ast.Expr) and isinstance(part.value, ast.Constant)  # a docstring
        if alone or isinstance(part, ast.expr_context | ast.Pass):
            continue
        kind = type(part)
        if kind is ast.AnnAssign:
            if part.value is None:
                continue
            kind = ast.Assign
        found.append(f"{kind.__name__} {getattr(part, TOLD.get(kind, ''), '')!r}")
        for field, value in ast.iter_fields(part):
            if field not in ("annotation", "returns"):
                waiting += [one for one in (value if isinstance(value, list) else [value]) if isinstance(one, ast.AST)]
    return found


@functools.lru_cache(maxsize=8)  # the same for a whole class
def forbidden_forms(forbidden: tuple[str, ...], notebook: Path) -> dict[str, str]:
    """{form: module} of what the forbidden modules define, but for what stands in the solution, the file `notebook`."""
    found = {}
    for module in forbidden:
        for place in map(Path, files_of(module)):
            for path in sorted(place.rglob("*.py")) if place.is_dir() else [place] * (place.suffix == ".py"):
                found |= dict.fromkeys(own_forms(path.read_text(encoding="utf-8")), module)
    for cell in json.loads(notebook.read_text(encoding="utf-8"))["cells"]:
        source = "".join(cell["source"])
        if cell["cell_type"] == "code" and "def " in source:
            for form in own_forms(as_python(source)):
                found.pop(form, None)
    return found


def refuse(forms: dict[str, str]) -> None:
    """From here on, source that holds one of these forms is not compiled in this process: ImportError.

    But for what is read from a file outside of the folder where it works: in the sandbox, those are the course's own.
    """
    looking, here = threading.local(), os.getcwd()

    def is_theirs(source, name) -> bool:
        path = os.path.realpath(name) if isinstance(name, str | bytes) else here
        try:
            return os.fsdecode(path).startswith(here) or Path(os.fsdecode(path)).read_bytes() != source
        except (OSError, ValueError):
            return True

    def look(event, arguments):
        if event != "compile" or getattr(looking, "now", False):  # what is parsed here is compiled as well
            return
        looking.now = True
        try:
            if not is_theirs(*arguments):
                return
            found = {name: forms[form] for form, name in own_forms(arguments[0]).items() if form in forms}
        except Exception:  # no Python, or too deep: compiling it says so
            return
        finally:
            looking.now = False
        for name, module in found.items():
            told = say(
                "`{name}` is the course's own, from {module}, which answers cannot use here under any name",
                name=name,
                module=module,
            )
            raise ImportError(told, name=module)

    sys.addaudithook(look)
