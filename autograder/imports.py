"""Which modules of the course the hidden checks and the solution import: a result depends on these, and on no others.

Read from the source, nothing is executed. Modules of Python itself are left out, as is what the grader brings; what is
installed beside them counts by its version, and what lies in a folder of its own, such as the course's helpers in a
clone, is followed from file to file.
"""

import ast
import contextlib
import functools
import importlib.metadata
import importlib.util
import json
import sys
from pathlib import Path

from .sandbox.readable import python_folders

OWN = {"autograder"}


def followed(checks, notebook) -> tuple[dict[str, Path], dict[str, str]]:
    """({module: its file}, {installed package: its version}) of all that two files import, directly or through others.

    checks: a Python file; notebook: the solution.
    """
    modules: dict[str, Path] = {}
    versions: dict[str, str] = {}
    waiting = [*_imported(Path(checks).read_text(encoding="utf-8"), "")]
    cells = json.loads(Path(notebook).read_text(encoding="utf-8")).get("cells", [])
    for cell in cells:
        if cell.get("cell_type") == "code":
            waiting += _imported("".join(cell["source"]), "")
    seen: set[str] = set()
    while waiting:
        name = waiting.pop()
        top = name.partition(".")[0]
        if name in seen or top in sys.stdlib_module_names or top in OWN:
            continue
        seen.add(name)
        path = _file_of(name)
        if path is None:  # a name inside a module, or a module that is not there: whatever holds it is in the list
            continue
        if any(path.is_relative_to(folder) for folder in python_folders()):
            versions[top] = _version(top)
            continue
        modules[name] = path
        package = name if path.name == "__init__.py" else name.rpartition(".")[0]
        waiting += _imported(path.read_text(encoding="utf-8"), package)
        waiting += [part for part in [name.rpartition(".")[0]] if part]
    return modules, versions


def packages(modules: dict[str, Path]) -> list[str]:
    """The folders of the packages that these modules belong to: what a submission may read, to import the same."""
    found = set()
    for name, path in modules.items():
        depth = name.count(".") + (path.name == "__init__.py")
        if depth:
            found.add(str(path.parents[depth - 1]))
    return sorted(found)


def _imported(source: str, package: str) -> list[str]:
    """Names that the import statements of a source, magics left out, may mean: of `from a import b`, `a` and `a.b`."""
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError):
        lines = [line for line in source.splitlines() if line.lstrip()[:1] not in ("%", "!", "?")]
        return _imported("\n".join(lines), package) if len(lines) < len(source.splitlines()) else []
    names = []
    for node in _statements(tree):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            above = package.split(".")[: len(package.split(".")) - node.level + 1] if node.level else []
            module = ".".join([*above, *([node.module] if node.module else [])])
            names += [module, *(f"{module}.{alias.name}" for alias in node.names)]
    return names


def _statements(tree):
    """All statements below a node; what they are made of is left out, a tenth of the time of ast.walk."""
    for field in ("body", "orelse", "finalbody", "handlers", "cases"):
        parts = getattr(tree, field, ())
        for part in parts if isinstance(parts, list) else ():
            yield part
            yield from _statements(part)


def _file_of(name: str) -> Path | None:
    """A module's file, found without importing what it lies in; None where there is none, or it is not Python."""
    top, *parts = name.split(".")
    try:
        spec = importlib.util.find_spec(top)
    except (ImportError, ValueError):
        return None
    if spec is None or not spec.origin or not spec.origin.endswith(".py"):
        return None
    path = Path(spec.origin).resolve()
    for part in parts:
        if path.name != "__init__.py":
            return None
        beside = [path.parent / f"{part}.py", path.parent / part / "__init__.py"]
        path = next((found for found in beside if found.is_file()), None)
        if path is None:
            return None
    return path


@functools.cache
def _distributions():
    return importlib.metadata.packages_distributions()  # reads the list of files of everything installed


def _version(package: str) -> str:
    with contextlib.suppress(importlib.metadata.PackageNotFoundError):
        found = importlib.metadata.distribution(package)  # most have their package's name
        if Path(found.locate_file(package)).is_dir():
            return found.version
    names = _distributions().get(package)
    return importlib.metadata.version(names[0]) if names else ""
