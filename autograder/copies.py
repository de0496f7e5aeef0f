"""The course's own functions under another name: what an answer must not import, it must not bring along either.

A function or class is known by its form (normal_form.py), so neither its name, nor its comments, nor the way on which
its text comes to be compiled matters: a cell, `%%writefile`, a .py file beside the notebook, `exec` of a string.
This is a rule of the course and no wall: whoever takes a function apart and writes it anew has copied by hand, which
no grader sees.
"""

import ast
import functools
import os
import sys
import threading
from pathlib import Path

from .cells import as_python
from .normal_form import normal_form
from .notebook import parse_notebook, read_bytes
from .sandbox.readable import files_of

LEAST = 50  # nodes of the syntax tree, about four lines: what is shorter, two people may well write alike


def own_forms(source) -> dict[str, str]:
    """{form: name} of the functions and classes in Python source, or in a syntax tree, that are long enough."""
    tree = source if isinstance(source, ast.AST) else ast.parse(source)
    found = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            alone = ast.parse(ast.unparse(node))
            alone.body[0].name = "it"
            form = normal_form(ast.unparse(alone))
            if form and form[1] >= LEAST:
                found[form[0]] = node.name
    return found


@functools.lru_cache(maxsize=8)  # the same for a whole class
def forbidden_forms(forbidden: tuple[str, ...], notebook: Path) -> dict[str, str]:
    """{form: module} of what the forbidden modules define, but for what stands in the solution, the file `notebook`."""
    found = {}
    for module in forbidden:
        for place in map(Path, files_of(module)):
            for path in sorted(place.rglob("*.py")) if place.is_dir() else [place] * (place.suffix == ".py"):
                found |= dict.fromkeys(own_forms(path.read_text(encoding="utf-8")), module)
    for cell in parse_notebook(read_bytes(notebook), "the solution").cells:
        if cell.cell_type == "code":
            for form in own_forms(as_python(cell.source)):
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
            told = f"`{name}` is the course's own, from {module}, which answers cannot use here under any name"
            raise ImportError(told, name=module)

    sys.addaudithook(look)
