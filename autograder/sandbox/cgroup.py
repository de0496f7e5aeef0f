"""A control group for one child, where the kernel lets us make one: memory counted, not guessed.

Address space (RLIMIT_AS) is not memory, and the keeper looks only now and then. A control group is exact: the kernel
itself ends a child at its limit. Making one takes root, or a part of the tree that was delegated to this user.
https://docs.kernel.org/admin-guide/cgroup-v2.html (and cgroup-v1/memory.html, which older systems still have)
"""

import contextlib
import os
from pathlib import Path

ROOT, OWN = Path("/sys/fs/cgroup"), Path("/proc/self/cgroup")
# Of version 2 and of version 1: the limits, and the file that counts kills.
LIMITS = {2: {"memory.max": 1, "memory.swap.max": 0}, 1: {"memory.limit_in_bytes": 1, "memory.memsw.limit_in_bytes": 1}}
EVENTS = {2: "memory.events", 1: "memory.oom_control"}


class Group:
    """A control group for one process."""

    def __init__(self, folder: Path, version: int):
        self.folder, self.events = folder, folder / EVENTS[version]

    def add(self, pid: int) -> None:
        """Put a process into the group. OSError where that is not allowed."""
        (self.folder / "cgroup.procs").write_text(str(pid))

    def exceeded(self) -> bool:
        """Whether the kernel ended something in this group for want of memory."""
        with contextlib.suppress(OSError, ValueError, IndexError):
            return int(self.events.read_text().split("oom_kill ", 1)[1].split()[0]) > 0
        return False

    def remove(self) -> None:
        """Remove the group, once its process has ended."""
        with contextlib.suppress(OSError):
            self.folder.rmdir()


def new_group(memory_mb: int, root: Path = ROOT, own: Path = OWN) -> Group | None:
    """A new control group below this process's own, limited to so much memory. None where that cannot be had."""
    try:
        lines = [line.split(":", 2) for line in own.read_text().splitlines()]
    except OSError:
        return None
    for version in (2, 1):
        for _, controllers, path in lines:
            if (version == 2 and controllers == "") or (version == 1 and "memory" in controllers.split(",")):
                place = root / ("memory" if version == 1 else "") / path.lstrip("/")
                with contextlib.suppress(OSError):
                    return _make(place, version, memory_mb * 2**20)
    return None


def _make(place: Path, version: int, memory: int) -> Group:
    if version == 2 and "memory" not in (place / "cgroup.subtree_control").read_text().split():
        (place / "cgroup.subtree_control").write_text("+memory")  # refused where processes live in this group itself
    for left in place.glob("grading-*"):  # by a keeper that was killed
        if not Path("/proc", left.name.removeprefix("grading-")).exists():
            Group(left, version).remove()
    folder = place / f"grading-{os.getpid()}"
    folder.mkdir()
    group = Group(folder, version)
    try:
        for number, (name, factor) in enumerate(LIMITS[version].items()):
            if number == 0 or (folder / name).exists():  # swap is not always counted
                (folder / name).write_text(str(memory * factor))
    except OSError:
        group.remove()
        raise
    return group
