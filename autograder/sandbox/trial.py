"""Does the sandbox hold on this machine? Before the first submission a child tries what each layer must forbid."""

import os
import signal
import socket
import sys
import tempfile
from pathlib import Path

from . import forkserver
from .child import Child
from .forkserver import REFUSED, RefusedError, home
from .messages import Channel, MessageError


def layers() -> list[str]:
    """Names of the layers of the sandbox around a submission on this machine, tried once.

    RefusedError when a required one is missing or does not hold.
    """
    if not forkserver.LINUX:
        raise RefusedError(REFUSED.format(f"{sys.platform} has neither Landlock nor seccomp"))
    found = forkserver.running(True)
    if found.layers is None:
        with tempfile.TemporaryDirectory(prefix="outside-", dir=home()) as outside:
            canary = Path(outside) / "canary"
            canary.write_bytes(b"untouched")
            with Child(f"{__name__}:try_everything", sandbox=True, memory_mb=1024, seconds=30) as child:
                try:
                    tried, _ = child.ask({"canary": str(canary), "parent": os.getpid()}, seconds=30)
                except (EOFError, TimeoutError, MessageError) as error:
                    why = f"its sandbox could not be tried: {child.end() or error}"
                    raise RefusedError(REFUSED.format(why)) from error
                names = child.layers
            left = [path.name for path in Path(outside).iterdir()]
            touched = left != ["canary"] or canary.read_bytes() != b"untouched"
        failed = tried["open"] + (["a file outside was changed"] if touched else [])
        if failed:
            raise RefusedError(REFUSED.format("the sandbox does not hold: " + ", ".join(failed)))
        found.layers = (["network namespace"] if found.separate else []) + names
    return found.layers


def try_everything(channel: Channel) -> None:
    """In the child: try what must fail, {canary: a file outside}: answers {"open": names of what did not fail}."""
    request, _ = channel.receive()
    outside = os.path.dirname(request["canary"])
    trials = {
        "reading outside": lambda: open(request["canary"], "rb").close(),
        "writing outside": lambda: open(request["canary"], "ab").close(),
        "making files outside": lambda: open(os.path.join(outside, "made"), "wb").close(),
        "listing folders outside": lambda: os.listdir(outside),
        "deleting outside": lambda: os.unlink(request["canary"]),
        "network": lambda: socket.socket(socket.AF_INET).close(),
        "local sockets": lambda: socket.socket(socket.AF_UNIX).close(),
        "new processes": lambda: os.fork() or os._exit(0),
        "other programs": lambda: os.execv("/bin/true", ["true"]),
        "signals to others": lambda: os.kill(os.getppid() or request["parent"], signal.SIGCONT),
    }
    failed = []
    for name, trial in trials.items():
        try:
            trial()
        except OSError:
            continue
        failed.append(name)
    channel.send({"open": failed})
