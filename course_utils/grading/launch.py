"""The grader's side of the children: one warm process, and children from it that are ended for certain.

On Linux a child is forked by the warm process (warm.py) and watched over by a keeper (keeper.py). Elsewhere there is
no sandbox: work that is trusted runs in a child that starts afresh.
"""

import atexit
import contextlib
import multiprocessing
import os
import socket
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

from .sweep import remove
from .visible import open_without, python_folders
from .wire import Wire, WireError

START_SECONDS = 120  # importing TensorFlow on a busy machine; or, elsewhere, in each child
LINUX = sys.platform.startswith("linux")
if LINUX:
    from . import bubble


class GraderError(RuntimeError):
    """The grader or the hidden checks failed, not the submission: an instructor has to look."""


class RefusedError(GraderError):
    """This machine cannot confine a submission, so the grader does not run it."""


class Child:
    """A child process. `wire` talks to it; `end()` ends it and all it started, and gives the keeper's report."""

    def __init__(self, kind: str, *, sandbox: bool, readable=(), private=(), folder=None, memory_mb, seconds):
        granted, listed = open_without([*python_folders(), *readable], private) if sandbox else ([], [])
        order = {
            "kind": kind,
            "sandbox": sandbox,
            "readable": granted,
            "listable": listed,
            "writable": [str(folder)] if folder else [],
            "memory_mb": memory_mb,
            "disk_mb": 256,
            "cpu_seconds": 2 * seconds,  # more than one thread may compute
        }
        self.report: dict | None = None
        here, there = socket.socketpair()
        self.wire, self.process = Wire(here), None
        with there:
            if LINUX:
                self.control = _request(sandbox, readable, there, order)
            else:
                spawn = multiprocessing.get_context("spawn")
                self.process = spawn.Process(target=_portable, args=(kind, there, folder))
                self.process.start()
        try:
            hello, _ = self.wire.receive(START_SECONDS)
        except (EOFError, TimeoutError, WireError) as error:
            raise GraderError(f"a grading process did not start: {self.end() or type(error).__name__}") from error
        if "refused" in hello:
            self.end()
            raise RefusedError(REFUSED.format(hello["refused"]))
        self.walls = hello["walls"]

    def ask(self, head: dict, body: bytes = b"", *, seconds: float, most: int = 0) -> tuple[dict, bytes]:
        """One request and its answer. TimeoutError, EOFError (it ended) or WireError (it talks nonsense)."""
        try:
            self.wire.send(head, body, seconds=seconds)
        except TimeoutError:
            raise
        except OSError as error:
            raise EOFError from error
        return self.wire.receive(seconds, most)

    def look(self) -> None:
        """Have the keeper look now at what the child uses. EOFError when that is too much: the keeper has ended it."""
        if self.process is None:
            with contextlib.suppress(OSError):  # the keeper has ended: its report waits
                self.control.send({"look": True}, seconds=10)
            report, _ = self.control.receive(30)
            if report:
                self.report = report
                self.wire.close()
                self.control.close()
                raise EOFError

    def end(self) -> dict:
        """End the child, if it has not ended by itself; {} when nobody knows how it ended."""
        if self.report is None:
            self.report = {}
            self.wire.close()
            if self.process is not None:
                self.process.kill()
                self.process.join()
            else:
                with contextlib.suppress(OSError):  # when the keeper is ahead of us, its report waits
                    self.control.send({"end": True}, seconds=10)
                with contextlib.suppress(EOFError, TimeoutError, WireError):
                    self.report, _ = self.control.receive(30)
                self.control.close()
        return self.report

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.end()


def _portable(kind: str, end: socket.socket, folder) -> None:
    """A child where there is no warm process. No walls."""
    from .children import TARGETS

    os.chdir(folder or tempfile.gettempdir())
    nothing = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(nothing, descriptor)
    wire = Wire(end)
    wire.send({"walls": []})
    with contextlib.suppress(EOFError):
        TARGETS[kind](wire)


# The warm process -----------------------------------------------------------------------------------------------

REFUSED = (
    "this machine cannot confine a submission ({}). A submission is a stranger's program: it would run with your "
    "rights, and could read, change and send away what you can. Grade on Linux 5.13 or newer with Landlock and "
    "seccomp, on x86_64 or aarch64 (a container needs a runtime whose profile lets Landlock through). Only for work "
    "that you trust as much as your own: --no-sandbox (sandbox=False)."
)


class _Warm:
    """The warm process, as its starter sees it."""

    def __init__(self, sandbox: bool, visible):
        self.owner, self.sandbox = os.getpid(), sandbox
        self.walls: list[str] | None = None  # around its children, once they have been tried
        self.requests, there = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.visible = [os.path.realpath(path) for path in visible]
        package = str(Path(__file__).resolve().parents[2])
        code = "import sys; sys.path.append(sys.argv[2]); from course_utils.grading.warm import serve; "
        command = [sys.executable, "-P", "-c", code + "serve(int(sys.argv[1]))", str(there.fileno()), package]
        self.bubble = sandbox and bubble.works()
        if self.bubble:
            command = [*bubble.command(self.visible, [home()]), *command]
        with there:
            self.process = subprocess.Popen(
                command,
                env=_environment(os.path.join(home(), "warm")),
                cwd="/",
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                pass_fds=[there.fileno()],
                start_new_session=True,  # Ctrl-C is for the grader, which ends it
            )
        self.requests.settimeout(START_SECONDS)
        try:
            self.requests.send(b"sandbox" if sandbox and not self.bubble else b"open")
            answer = self.requests.recv(4096).decode() or "it ended"
        except OSError as error:
            answer = str(error)
        if not answer.startswith("ready"):
            self.close()
            raise GraderError(f"the warm process did not start: {answer}")
        self.separate = answer == "ready separate"

    def usable(self, sandbox: bool, visible) -> bool:
        seen = not self.bubble or {os.path.realpath(path) for path in visible} <= set(self.visible)
        return self.owner == os.getpid() and self.sandbox == sandbox and seen and self.process.poll() is None

    def close(self, patient: bool = False) -> None:
        """Let it end, and wait for that; patient: when its last child has ended, whenever that is."""
        if self.owner == os.getpid():
            with contextlib.suppress(OSError):
                self.requests.send(b"end")  # without it, it takes us for dead, and tidies up
        self.requests.close()
        if self.owner == os.getpid() and not patient:
            try:
                self.process.wait(5)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()


def _environment(home: str) -> dict[str, str]:
    """What the warm process and its children see of the environment: no keys, tokens or paths of the instructor's."""
    with contextlib.suppress(FileExistsError):
        os.mkdir(home)  # not its parents: a worker that is ending may have removed them for good
    kept = {name: os.environ[name] for name in ("LANG", "LC_ALL", "TZ") if name in os.environ}
    threads = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
    folders = {"HOME": home, "KERAS_HOME": home, "IPYTHONDIR": home}
    folders["XDG_CACHE_HOME"] = os.environ.get("XDG_CACHE_HOME", os.path.expanduser("~/.cache"))  # matplotlib's fonts
    quiet = {"TF_CPP_MIN_LOG_LEVEL": "3", "CUDA_VISIBLE_DEVICES": "-1", "PYTHONDONTWRITEBYTECODE": "1"}
    fixed = {"PATH": "/usr/bin:/bin", "KERAS_BACKEND": "tensorflow", "MPLBACKEND": "Agg"}
    return fixed | kept | threads | folders | quiet


_warm: _Warm | None = None
_lock = threading.Lock()


def warm(sandbox: bool, visible=()) -> _Warm:
    """The warm process of this process, started when first needed. GraderError when it does not start.

    visible: folders with checks and solutions, which deciding children must find there.
    """
    global _warm
    with _lock:
        if _warm is None or not _warm.usable(sandbox, visible):
            if _warm is not None:
                _warm.close(patient=True)  # another thread may have a child of it
            _warm = _Warm(sandbox, visible)
    return _warm


_home: tuple[int, str] = (0, "")


def home() -> str:
    """This process's folder for temporary files, removed at its end: the only place where children can write."""
    global _home
    if _home[0] != os.getpid() or not os.path.isdir(_home[1]):
        _home = os.getpid(), tempfile.mkdtemp(prefix="grading-")
    return _home[1]


@atexit.register
def stop() -> None:
    """End the warm process and remove its folder; the next child starts another."""
    global _warm
    with _lock:
        if _warm is not None:
            _warm.close()
        _warm = None
        if _home[0] == os.getpid():
            remove(_home[1])


def _request(sandbox: bool, visible, end: socket.socket, order: dict) -> Wire:
    """Have the warm process start a keeper with `end` for its child, and send it the order. The wire to the keeper."""
    here, there = socket.socketpair()
    with there:
        for last in (False, True):
            try:
                socket.send_fds(warm(sandbox, visible).requests, [b"child"], [there.fileno(), end.fileno()])
                break
            except OSError as error:  # it has died just now: once more, with a new one
                if last:
                    raise GraderError(f"the warm process ended: {error}") from error
    control = Wire(here)
    control.send(order, seconds=START_SECONDS)
    return control


# Are the walls there? -------------------------------------------------------------------------------------------


def walls(visible=()) -> list[str]:
    """Names of the walls around a submission on this machine. Once, a child tries what they must keep from it.

    visible: as for `warm`.

    RefusedError when a required one is missing or does not hold.
    """
    if not LINUX:
        raise RefusedError(REFUSED.format(f"{sys.platform} has neither Landlock nor seccomp"))
    found = warm(True, visible)
    if found.walls is None:
        with tempfile.TemporaryDirectory(prefix="outside-", dir=home()) as outside:
            canary = Path(outside) / "canary"
            canary.write_bytes(b"untouched")
            with Child("try", sandbox=True, memory_mb=1024, seconds=30) as child:
                try:
                    open_, _ = child.ask({"canary": str(canary), "parent": os.getpid()}, seconds=30)
                except (EOFError, TimeoutError, WireError) as error:
                    raise RefusedError(
                        REFUSED.format(f"its walls could not be tried: {child.end() or error}")
                    ) from error
                names = child.walls
            touched = [path.name for path in Path(outside).iterdir()] != [
                "canary"
            ] or canary.read_bytes() != b"untouched"
        failed = open_["open"] + (["a file outside was changed"] if touched else [])
        if failed:
            raise RefusedError(REFUSED.format("the walls do not hold: " + ", ".join(failed)))
        outer = ["bubblewrap"] if found.bubble else ["network namespace"] if found.separate else []
        found.walls = outer + names
    return found.walls
