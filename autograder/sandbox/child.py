"""A child process as the grader sees it: a channel to talk through, and an end that is certain.

On Linux the forkserver forks it (forkserver.py) and a supervisor watches over it (supervisor.py). Elsewhere there is no
sandbox: work that is trusted runs in a child that starts afresh.
"""

import contextlib
import multiprocessing
import os
import select
import socket
import tempfile
import time

from . import forkserver
from .forkserver import START_SECONDS, GraderError, RefusedError, target_of
from .messages import Channel, MessageError
from .readable import open_without, python_folders

DISK_MB = 256


class StarvedError(TimeoutError):
    """The clock ran out, but other work kept the child from a processor: it has not had its time."""


class Child:
    """A child process. `channel` talks to it; `end()` ends it and all it started, and gives the supervisor's report.

    target: the function that it runs, as "module:function"; it is called with the child's end of the channel.
    readable: more paths that it may open; private: paths that it must not, even inside Python's folders. folder: where
    it works, the only place where it can write. light: it needs its target's module and no Keras. memory_mb, seconds:
    its limits.
    """

    def __init__(
        self, target: str, *, sandbox: bool, readable=(), private=(), folder=None, light=False, memory_mb, seconds
    ):
        granted, listed = open_without([*python_folders(), *readable], private) if sandbox else ([], [])
        order = {
            "target": target,
            "sandbox": sandbox,
            "readable": granted,
            "listable": listed,
            "writable": [str(folder)] if folder else [],
            "memory_mb": memory_mb,
            "disk_mb": DISK_MB,
            "cpu_seconds": 2 * seconds,  # more than one thread may compute
        }
        self.report: dict | None = None
        self.cpu = self.waited = 0.0  # as of the last look: seconds on a processor, and waiting for one
        here, there = socket.socketpair()
        self.channel, self.process = Channel(here), None
        with there:
            if forkserver.LINUX:
                self.control = forkserver.start_child(sandbox, there, order, target.split(":")[0] if light else "")
            else:
                spawn = multiprocessing.get_context("spawn")
                self.process = spawn.Process(target=_portable, args=(target, there, folder))
                self.process.start()
        try:
            hello, _ = self.channel.receive(START_SECONDS)
        except (EOFError, TimeoutError, MessageError) as error:
            raise GraderError(f"a grading process did not start: {self.end() or type(error).__name__}") from error
        if "refused" in hello:
            self.end()
            raise RefusedError(forkserver.REFUSED.format(hello["refused"]))
        self.layers = hello["layers"]

    def ask(
        self, head: dict, body: bytes = b"", *, seconds: float, most: int = 0, patience: float = 1
    ) -> tuple[dict, bytes]:
        """One request and its answer. TimeoutError, EOFError (it ended) or MessageError (it talks nonsense).

        patience: while other work kept it from a processor, the child has up to `patience` times `seconds`; then comes
        StarvedError.
        """
        began, cpu, waited = time.monotonic(), self.cpu, self.waited
        try:
            self.channel.send(head, body, seconds=seconds * patience)
        except TimeoutError:
            raise
        except OSError as error:
            raise EOFError from error
        rest = seconds
        while patience > 1 and not select.select([self.channel.socket], [], [], rest)[0]:
            self.look()
            passed = time.monotonic() - began
            own = max(self.cpu - cpu, passed - (self.waited - waited))
            rest = min(seconds - own, patience * seconds - passed)
            if rest <= 0:
                raise TimeoutError if own >= seconds else StarvedError
            rest = max(rest, 0.05)
        return self.channel.receive(max(rest, 0.05), most)

    def look(self) -> None:
        """Have the supervisor look now at what the child uses. EOFError when that is too much: the child is ended."""
        if self.process is None:
            with contextlib.suppress(OSError):  # the supervisor has ended: its report waits
                self.control.send({"look": True}, seconds=10)
            report, _ = self.control.receive(30)
            if "code" in report:
                self.report = report
                self.channel.close()
                self.control.close()
                raise EOFError
            self.cpu, self.waited = report.get("cpu", 0.0), report.get("waited", 0.0)

    def end(self) -> dict:
        """End the child, if it has not ended by itself; {} when nobody knows how it ended."""
        if self.report is None:
            self.report = {}
            self.channel.close()
            if self.process is not None:
                self.process.kill()
                self.process.join()
            else:
                with contextlib.suppress(OSError):  # when the supervisor is ahead of us, its report waits
                    self.control.send({"end": True}, seconds=10)
                with contextlib.suppress(EOFError, TimeoutError, MessageError):
                    self.report, _ = self.control.receive(30)
                self.control.close()
        return self.report

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.end()


def _portable(target: str, end: socket.socket, folder) -> None:
    """A child where there is no forkserver. No sandbox."""
    os.chdir(folder or tempfile.gettempdir())
    nothing = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(nothing, descriptor)
    channel = Channel(end)
    channel.send({"layers": []})
    with contextlib.suppress(EOFError):
        target_of(target)(channel)
