"""The supervisor of one child: starts it in the sandbox, ends it when it takes too much, and leaves nothing running.

It is forked from the forkserver for one child, and never reads a byte of a submission. It ends the child,
and whatever the child started, when the grader says so or dies, or when the child uses more memory, disk or threads
than it may: it looks by itself from time to time, and whenever the grader asks. Then it reports how the child ended.
"""

import contextlib
import os
import select
import signal
import socket
import stat
import time

from . import cgroup, confinement
from .cleanup import parents
from .forkserver import target_of
from .messages import Channel, MessageError

LOOK_SECONDS = 0.03  # between two looks at memory and threads; at the disk less often
MAX_THREADS, MAX_FILES = 300, 5000


def supervise(control: socket.socket, end: socket.socket) -> None:
    """Start the child that the grader asks for, watch over it, report on it. `end` is the child's end of its channel.

    The order, in JSON: target (a function of a channel, as "module:function"), sandbox, readable, listable, writable,
    memory_mb, disk_mb, cpu_seconds. {"look": true} is answered, while the child keeps to its limits, by {"cpu":
    seconds on a processor, "waited": seconds in which its threads waited for one}. The report:
    {"why": "" or what there was too much of, "code": as waitpid gives it, "cpu_seconds": …, "memory_mb": …, the peak}.
    """
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    os.setsid()
    confinement.prctl(confinement.PR_SET_CHILD_SUBREAPER, 1)
    grader = Channel(control)
    order, _ = grader.receive(head_most=2**22)
    group = cgroup.new_group(order["memory_mb"])
    layers = ["control group"] if group else []
    layers += ["process namespace"] if order["sandbox"] and confinement.unshare(confinement.CLONE_NEWPID) else []
    child = os.fork()
    if child == 0:
        _be_the_child(end, control, order, layers)
    end.close()
    if group:
        with contextlib.suppress(OSError):
            group.add(child)
    report = _watch(grader, child, order)
    _end_descendants()
    if group:
        report["why"] = "memory" if group.exceeded() else report["why"]
        group.remove()
    grader.send(report, seconds=10)


def _be_the_child(end, control, order, layers) -> None:
    status = 1
    try:
        confinement.prctl(confinement.PR_SET_PDEATHSIG, signal.SIGKILL)
        control.close()
        os.dup2(end.detach(), 3)
        os.closerange(4, 65536)
        nothing = os.open(os.devnull, os.O_RDWR)
        for descriptor in (0, 1, 2):
            os.dup2(nothing, descriptor)
        os.close(nothing)
        channel = Channel(socket.socket(fileno=3))
        try:
            for folder in order["writable"][:1]:
                os.chdir(folder)
            confinement.limit(order["cpu_seconds"], order["memory_mb"])
            if order["sandbox"]:
                layers += confinement.enter(order["readable"], order["listable"], order["writable"])
        except OSError as error:
            channel.send({"refused": str(error)})
            return
        channel.send({"layers": layers})
        target_of(order["target"])(channel)
        status = 0
    except EOFError:
        status = 0  # the grader wants no more
    finally:
        os._exit(status)


def _watch(grader: Channel, child: int, order: dict) -> dict:
    """Wait until the child ends or must be ended, and kill it. The report."""
    waiting = select.poll()
    handle = os.pidfd_open(child)
    for descriptor in (handle, grader.socket.fileno()):
        waiting.register(descriptor, select.POLLIN | select.POLLHUP)
    why, looked = "", 0.0
    while not why:
        events = waiting.poll(1000 * LOOK_SECONDS)
        asked = bool(events) and handle not in dict(events) and _asks_for_a_look(grader)
        if events and not asked:
            break
        why = _too_much(child, order["memory_mb"])
        if not why and order["writable"] and (asked or time.monotonic() - looked > 5 * LOOK_SECONDS):
            why, looked = _too_many_files(order["writable"][0], child, order["disk_mb"]), time.monotonic()
        if asked and not why:
            with contextlib.suppress(OSError):  # it has died: the next poll tells
                grader.send(_times(child), seconds=10)
    with contextlib.suppress(ProcessLookupError):
        signal.pidfd_send_signal(handle, signal.SIGKILL)
    _, status, used = os.wait4(child, 0)
    os.close(handle)
    cpu = round(used.ru_utime + used.ru_stime, 3)
    return {"why": why, "code": status, "cpu_seconds": cpu, "memory_mb": used.ru_maxrss // 1024}


def _times(child: int) -> dict[str, float]:
    """Seconds that the child's threads have computed, and have waited for a processor (proc(5); 0 where not told)."""
    cpu = waited = 0.0
    with contextlib.suppress(OSError, ValueError):
        for thread in os.listdir(f"/proc/{child}/task"):
            with open(f"/proc/{child}/task/{thread}/schedstat", encoding="ascii") as file:
                on, off, _ = file.read().split()
            cpu, waited = cpu + int(on) / 1e9, waited + int(off) / 1e9
    return {"cpu": cpu, "waited": waited}


def _asks_for_a_look(grader: Channel) -> bool:
    """Whether that is what the grader has sent; else it wants the child ended, or has died."""
    try:
        return "look" in grader.receive(seconds=10)[0]
    except (EOFError, TimeoutError, MessageError):
        return False


def _too_much(child: int, memory_mb: int) -> str:
    try:
        with open(f"/proc/{child}/status", encoding="ascii", errors="replace") as file:
            facts = dict(line.split(":", 1) for line in file)
        if "VmRSS" not in facts:  # it has ended; or its first thread has, and others hide behind it
            return "hiding" if int(facts["Threads"]) > 1 else ""
        if int(facts["VmRSS"].split()[0]) > 1024 * memory_mb:
            return "memory"
        return "threads" if int(facts["Threads"]) > MAX_THREADS else ""
    except (OSError, KeyError, ValueError):
        return ""  # it has just ended


def _too_many_files(folder: str, child: int, most_mb: int) -> str:
    """Say "disk" when the folder holds too much or too many files, is too deep to look into, or unlinked files do."""
    size, number, waiting = _unlinked(child), 0, [folder]
    while waiting:
        try:
            with os.scandir(waiting.pop()) as entries:
                for entry in entries:
                    facts = entry.stat(follow_symlinks=False)
                    number, size = number + 1, size + 512 * facts.st_blocks
                    if number > MAX_FILES:
                        return "disk"
                    if stat.S_ISDIR(facts.st_mode):
                        waiting.append(entry.path)
        except FileNotFoundError:
            continue
        except OSError:
            return "disk"  # a path too long to open
    return "disk" if size > most_mb * 2**20 else ""


def _unlinked(child: int) -> int:
    """Bytes of the files without a name that the child holds open."""
    size = 0
    with contextlib.suppress(OSError):
        for name in os.listdir(f"/proc/{child}/fd"):
            with contextlib.suppress(OSError):
                facts = os.stat(f"/proc/{child}/fd/{name}")
                size += 512 * facts.st_blocks if stat.S_ISREG(facts.st_mode) and not facts.st_nlink else 0
    return size


def _end_descendants() -> None:
    """Kill what the child left: orphans come to this process, their nearest subreaper, until there are none."""
    with contextlib.suppress(ChildProcessError):  # there are none
        while True:
            if os.waitpid(-1, os.WNOHANG) == (0, 0):
                for pid in [pid for pid, parent in parents().items() if parent == os.getpid()]:
                    with contextlib.suppress(ProcessLookupError):
                        os.kill(pid, signal.SIGKILL)
                os.wait()
