"""What a child can leave: its folder, removed whatever it did in it, and processes, found."""

import contextlib
import os
import shutil
import tempfile


def parents() -> dict[int, int]:
    """{number of a process: its parent's} of all that this one sees. Only Linux tells; elsewhere it is empty."""
    found = {}
    for name in os.listdir("/proc") if os.path.isdir("/proc") else ():
        if name.isdigit():
            try:
                with open(f"/proc/{name}/stat", encoding="ascii", errors="replace") as file:
                    found[int(name)] = int(file.read().rsplit(")", 1)[1].split()[1])
            except (OSError, ValueError, IndexError):
                continue  # it has just ended
    return found


def below(pid: int) -> list[int]:
    """The processes under `pid`, its children first, then theirs."""
    known, found = parents(), [pid]
    for parent in found:
        found += [child for child, its in known.items() if its == parent]
    return found[1:]


@contextlib.contextmanager
def private_folder(parent: str):
    """A new folder in `parent` that only this user can enter; afterwards it is gone, with all that was put into it."""
    folder = tempfile.mkdtemp(dir=parent)
    try:
        yield folder
    finally:
        remove(folder)


def remove(folder: str) -> None:
    """Remove `folder` and everything in it, folders nested too deep for `shutil.rmtree` included.

    Nobody else may be at work in it. A folder that cannot be removed, such as a mount point, stays, and is empty.
    """
    with contextlib.suppress(OSError, RecursionError):
        shutil.rmtree(folder)
    with contextlib.suppress(FileNotFoundError):
        _empty(os.open(folder, os.O_RDONLY))
        with contextlib.suppress(OSError):
            os.rmdir(folder)


def _empty(here: int) -> None:
    """Empty the folder of descriptor `here`, and close it: down and up one step at a time, as paths are too long."""
    above: list[str] = []
    while (name := _first_folder(here)) is not None or above:
        if name is not None:
            os.chmod(name, 0o700, dir_fd=here)
            following = os.open(name, os.O_RDONLY | os.O_NOFOLLOW, dir_fd=here)
            above.append(name)
        else:
            following = os.open("..", os.O_RDONLY, dir_fd=here)
            os.rmdir(above.pop(), dir_fd=following)
        os.close(here)
        here = following
    os.close(here)


def _first_folder(here: int) -> str | None:
    """Unlink what comes before the first folder in the folder `here`; the name of that one, or None."""
    with os.scandir(here) as entries:
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                return entry.name
            os.unlink(entry.name, dir_fd=here)
    return None
