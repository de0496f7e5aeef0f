"""Machines other than this one, as far as they can be made here: `python worlds.py WORLD` says what the sandbox does.

A world is made in a process of its own, in a mount namespace of its own, as root; then the sandbox is tried as before a
class, and attacked through the child that runs submissions. One line of JSON comes out: {"layers": […], "tried":
{attack: how the child ended}, …}, {"refused": why}, or {"skipped": why this world cannot be made here}.
"""

import ctypes
import errno
import json
import os
import sys
import tempfile
import time
from functools import partial
from pathlib import Path

from autograder.sandbox import confinement, forkserver, landlock, seccomp, trial
from autograder.sandbox.child import Child, StarvedError
from autograder.sandbox.cleanup import below

ONLY = "autograder.children"  # the module that a forkserver has imported here
NOBODY, CLONE_NEWNS = 65534, 0x00020000
MS_RDONLY, MS_REMOUNT, MS_BIND, MS_REC, MS_PRIVATE = 1, 32, 4096, 16384, 1 << 18  # sys/mount.h
UNSHARE, PRCTL = {"x86_64": (272, 157), "aarch64": (97, 167)}.get(os.uname().machine, (0, 0))
ATTACKS = {
    "memory": "kept = [bytearray(b'x') * 2**20 for _ in range(600)]",
    "threads": "import threading, time\nfor _ in range(2000): threading.Thread(target=time.sleep, args=(9,)).start()\n"
    "time.sleep(9)",
    "processes": "import os\nfor _ in range(50): os.fork() or os._exit(0)",
    "time": "while True: pass",
    "disk": "for n in range(9): open(f'{n}', 'wb').write(bytes(100 * 2**20))\nimport time\ntime.sleep(9)",
    "files": "for n in range(9000): open(f'{n}', 'wb')\nimport time\ntime.sleep(9)",
}


class CannotBeMadeError(Exception):
    """This world cannot be made here."""


def mount(source, target, kind="", flags=0, options=""):
    libc = ctypes.CDLL(None, use_errno=True)
    words = [str(word).encode() for word in (source, target, kind)]
    if libc.mount(*words, ctypes.c_ulong(flags), options.encode()):
        raise CannotBeMadeError(f"mount: {os.strerror(ctypes.get_errno())}")


def own_mounts():
    if os.geteuid() or ctypes.CDLL(None).unshare(CLONE_NEWNS):
        raise CannotBeMadeError("needs root and a mount namespace")
    mount("none", "/", flags=MS_REC | MS_PRIVATE)


def answer_calls(call: int, answer: int, first: int | None = None):
    """Have the kernel answer a system call, or those of it with this first argument, with an error, for good."""
    step, error = seccomp._instruction, seccomp.ERRNO | answer
    wanted = seccomp._load(0) + step(seccomp.EQUAL, first, 0, 1) if first is not None else b""
    code = step(seccomp.LOAD, seccomp.AT_NUMBER) + step(seccomp.EQUAL, call, 0, len(wanted) // 8 + 1)
    code += wanted + step(seccomp.RETURN, error) + step(seccomp.RETURN, seccomp.ALLOW)
    buffer = ctypes.create_string_buffer(code, len(code))
    program = seccomp._Program(len(code) // 8, ctypes.cast(buffer, ctypes.c_void_p))
    confinement.prctl(confinement.PR_SET_NO_NEW_PRIVS, 1)
    address = ctypes.addressof(program)
    if confinement.prctl(seccomp.PR_SET_SECCOMP, seccomp.SECCOMP_MODE_FILTER, address):
        raise CannotBeMadeError("needs seccomp")


def no_control_group():
    own_mounts()
    mount("none", "/sys/fs/cgroup", "tmpfs", MS_RDONLY)


def control_groups(version: int):
    """Only the groups of this version, at their usual place."""
    own_mounts()
    mount("none", "/sys/fs/cgroup", "tmpfs")
    if version == 2:
        mount("none", "/sys/fs/cgroup", "cgroup2")
        if "memory" not in Path("/sys/fs/cgroup/cgroup.controllers").read_text().split():
            raise CannotBeMadeError("version 2 has no memory controller here: version 1 has it")
    else:
        os.mkdir("/sys/fs/cgroup/memory")
        mount("none", "/sys/fs/cgroup/memory", "cgroup", options="memory")


def not_root():
    """Nobody's process: with this Python and this package in reach, whatever folder of root's they stand in."""
    own_mounts()
    kept = {Path(place).resolve() for place in (sys.base_prefix, sys.prefix, forkserver.PACKAGES)}
    closed = {top for place in kept for top in place.parents if not top.stat().st_mode & 1}
    for top in sorted(closed, key=lambda top: len(top.parts))[:1]:
        inside = [(place, os.open(place, os.O_PATH)) for place in kept if place.is_relative_to(top)]
        mount("none", top, "tmpfs", options="mode=755")
        for place, opened in inside:
            place.mkdir(parents=True, exist_ok=True)
            mount(f"/proc/self/fd/{opened}", place, flags=MS_BIND)
            os.close(opened)
    os.setgroups([])
    os.setresgid(NOBODY, NOBODY, NOBODY)
    os.setresuid(NOBODY, NOBODY, NOBODY)
    os.environ["HOME"] = "/nonexistent"


def no_namespaces():
    answer_calls(UNSHARE, errno.EPERM)


def read_only_home():
    own_mounts()
    home = tempfile.mkdtemp()
    mount(home, home, flags=MS_BIND)
    mount(home, home, flags=MS_BIND | MS_REMOUNT | MS_RDONLY)
    os.environ["HOME"] = home
    try:
        Path(home, "made").touch()
    except OSError:
        return
    raise CannotBeMadeError("the home can be written to all the same")


def nothing_but_the_required():
    no_control_group()
    no_namespaces()


WORLDS = {
    "as it is": lambda: None,
    "control groups v1": partial(control_groups, 1),
    "control groups v2": partial(control_groups, 2),
    "no control group": no_control_group,
    "not root": not_root,
    "no namespaces": no_namespaces,
    "read-only home": read_only_home,
    "neither namespaces nor control groups": nothing_but_the_required,
    "no seccomp": lambda: answer_calls(PRCTL, errno.EINVAL, first=seccomp.PR_SET_SECCOMP),
    "no Landlock": lambda: answer_calls(landlock.CREATE_RULESET, errno.ENOSYS),
}


def attacked() -> dict[str, str]:
    """{attack: how the child ended, or what it was told}."""
    found = {}
    for name, source in ATTACKS.items():
        with tempfile.TemporaryDirectory(dir=forkserver.home()) as folder:
            options = {"sandbox": True, "folder": folder, "memory_mb": 400, "seconds": 20}
            child = Child("autograder.children:run_submission", **options)
            try:
                child.ask({"forbidden": [], "copies": {}, "random": 1}, seconds=60)
                step = {"step": "1", "part": "", "lend": False}
                head, _ = child.ask(step, source.encode(), seconds=0.5 if name == "time" else 20, patience=5)
                found[name] = head.get("error", "nothing")
            except (TimeoutError, StarvedError):
                found[name] = "time"
            except EOFError:
                found[name] = child.end()["why"] or "killed"
            finally:
                child.end()
    return found


def main(world: str) -> dict:
    try:
        WORLDS[world]()
    except CannotBeMadeError as error:
        return {"skipped": str(error)}
    real = forkserver.running
    forkserver.running = lambda sandbox, only="": real(sandbox, ONLY)  # without Keras
    try:
        layers = trial.layers()
    except forkserver.RefusedError as error:
        return {"refused": str(error)}
    found = {"layers": layers, "tried": attacked()}
    server, until = real(True, ONLY).process.pid, time.monotonic() + 5
    while below(server) and time.monotonic() < until:
        time.sleep(0.05)
    return found | {"left": len(below(server)), "files": sorted(set(os.listdir(forkserver.home())) - {"forkserver"})}


if __name__ == "__main__":
    print(json.dumps(main(sys.argv[1])))
