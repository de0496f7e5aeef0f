"""bubblewrap around the warm process, where it is installed and works: a file system of its own, for reading only.

A second lock on doors that Landlock and seccomp keep shut already, and one more: what is not mounted has no name
there, and no size and date to be asked for. https://github.com/containers/bubblewrap
"""

import functools
import os
import shutil
import subprocess
import sys

from .confine import SYSTEM
from .visible import python_folders


def command(readable, writable) -> list[str]:
    """The command that goes before another one: it then sees Python, the `readable` paths, and may write `writable`."""
    own = [*SYSTEM, *python_folders(), sys.prefix, sys.base_prefix]
    own += [os.path.dirname(os.path.realpath(sys.executable)), *readable]
    paths = sorted({os.path.abspath(path) for path in own if os.path.exists(path)})  # a folder before what is in it
    mounts = [("--ro-bind", path, path) for path in paths if not path.startswith(("/dev/", "/proc/"))]
    # /lib is often a link to /usr/lib, and bound it would be a folder: both work.
    mounts += [("--bind", str(path), str(path)) for path in writable]
    fixed = ["--unshare-all", "--proc", "/proc", "--dev", "/dev", "--tmpfs", "/tmp"]
    return [shutil.which("bwrap") or "bwrap", *fixed, *(part for mount in mounts for part in mount), "--"]


@functools.cache
def works() -> bool:
    """Whether bubblewrap is there and lets Python start: many containers forbid what it needs."""
    if shutil.which("bwrap") is None:
        return False
    trial = [*command([], []), sys.executable, "-c", "import ctypes"]
    try:
        done = subprocess.run(trial, stdin=subprocess.DEVNULL, capture_output=True, timeout=30)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0
