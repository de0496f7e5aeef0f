"""What a child may open: Python, its packages and this one, less what is private."""

import functools
import importlib.util
import os
import site
import sys
import sysconfig
from pathlib import Path


@functools.cache
def python_folders() -> tuple[str, ...]:
    """The folders that Python, its packages and this one live in."""
    known = sysconfig.get_paths()
    folders = [known[name] for name in ("stdlib", "platstdlib", "purelib", "platlib")]
    folders += [os.path.join(sys.base_prefix, "lib"), *site.getsitepackages(), site.getusersitepackages()]
    folders += [path for path in sys.path if path.endswith("-packages")]  # those that a .pth file added
    folders.append(str(Path(__file__).resolve().parents[1]))
    return tuple(dict.fromkeys(os.path.realpath(folder) for folder in folders if os.path.isdir(folder)))


def files_of(module: str) -> list[str]:
    """The files that hold a module's source: what a child must not open when it must not import the module."""
    try:
        spec = importlib.util.find_spec(module)
    except (ImportError, ValueError):
        return []
    if spec is None or not spec.origin or not os.path.exists(spec.origin):
        return []
    if spec.submodule_search_locations:
        return [os.path.realpath(folder) for folder in spec.submodule_search_locations]
    source = Path(spec.origin).resolve()
    compiled = source.parent.glob(f"__pycache__/{source.stem}.*")  # by any Python, at any level of optimisation
    return [str(source), *map(str, compiled)]


def open_without(folders, private) -> tuple[list[str], list[str]]:
    """(paths to open, folders to list): all under `folders` but for the `private` paths.

    Landlock can only add. A folder with something private in it is taken apart: its other entries are granted one by
    one, and its listing, because Python's import needs it; so a private file's name can be seen there, nothing more.
    """
    private = [Path(path) for path in private]
    granted, listed, waiting = [], [], [Path(folder) for folder in folders]
    while waiting:
        path = waiting.pop()
        if any(path == closed or closed in path.parents for closed in private):
            continue
        if any(path in closed.parents for closed in private):
            listed.append(str(path))
            waiting += sorted(path.iterdir())
        else:
            granted.append(str(path))
    return granted, listed
