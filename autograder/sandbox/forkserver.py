"""The forkserver: a process that has imported what every child needs, and forks the children. The grader's side of it.

Its own side, what runs in it, is forkserver_main.py.
"""

import atexit
import contextlib
import importlib
import os
import secrets
import socket
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

from .cleanup import remove
from .messages import Channel

START_SECONDS = 120  # importing TensorFlow on a busy machine; or, elsewhere, in each child
LINUX = sys.platform.startswith("linux")
PACKAGES = str(Path(__file__).resolve().parents[2])  # the folder that this package stands in, and often its neighbours

REFUSED = (
    "this machine cannot confine a submission ({}). A submission is a stranger's program: it would run with your "
    "rights, and could read, change and send away what you can. Grade on Linux 5.13 or newer with Landlock and "
    "seccomp, on x86_64 or aarch64 (a container needs a runtime whose profile lets Landlock through). Only for work "
    "that you trust as much as your own: --no-sandbox (sandbox=False). It can then give itself any score."
)


class GraderError(RuntimeError):
    """The grader or the hidden checks failed, not the submission: an instructor has to look."""


class RefusedError(GraderError):
    """This machine cannot confine a submission, so the grader does not run it."""


def target_of(name: str):
    """The function that "module:function" names."""
    module, function = name.split(":")
    return getattr(importlib.import_module(module), function)


class Forkserver:
    """The forkserver, as its starter sees it."""

    def __init__(self, sandbox: bool, only: str = ""):
        self.owner, self.sandbox = os.getpid(), sandbox
        self.layers: list[str] | None = None  # of the sandbox around its children, once they have been tried
        self.requests, there = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        code = "import sys; sys.path.append(sys.argv[2]); from autograder.sandbox.forkserver_main import serve; "
        command = [sys.executable, "-P", "-c", code + "serve(int(sys.argv[1]))", str(there.fileno()), PACKAGES]
        with there:
            self.process = subprocess.Popen(
                command,
                env=_environment(os.path.join(_place(), "forkserver")),
                cwd="/",
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                pass_fds=[there.fileno()],
                start_new_session=True,  # Ctrl-C is for the grader, which ends it
            )
        self.requests.settimeout(START_SECONDS)
        try:
            with contextlib.suppress(FileExistsError):
                os.mkdir(os.path.join(home(), "forkserver"))  # not before: from now on there is who removes it
            self.requests.send(f"{'sandbox' if sandbox else 'open'} {only}".encode())
            answer = self.requests.recv(4096).decode() or "it ended"
        except OSError as error:
            answer = str(error)
        if not answer.startswith("ready"):
            self.close()
            raise GraderError(f"the forkserver did not start: {answer}")
        self.separate = answer == "ready separate"  # it has a network namespace of its own

    def usable(self, sandbox: bool) -> bool:
        return self.owner == os.getpid() and self.sandbox == sandbox and self.process.poll() is None

    def wait(self) -> None:
        """Wait until it has no children any more, five seconds at most."""
        self.requests.settimeout(5)
        with contextlib.suppress(OSError):
            self.requests.send(b"wait")
            self.requests.recv(16)

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


def _environment(folder: str) -> dict[str, str]:
    """What the forkserver and its children see of the environment: no keys, tokens or paths of the instructor's."""
    kept = {name: os.environ[name] for name in ("LANG", "LC_ALL", "TZ") if name in os.environ}
    threads = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
    folders = {"HOME": folder, "KERAS_HOME": folder, "IPYTHONDIR": folder}
    folders["XDG_CACHE_HOME"] = os.environ.get("XDG_CACHE_HOME", os.path.expanduser("~/.cache"))  # matplotlib's fonts
    quiet = {"TF_CPP_MIN_LOG_LEVEL": "3", "CUDA_VISIBLE_DEVICES": "-1", "PYTHONDONTWRITEBYTECODE": "1"}
    fixed = {"PATH": "/usr/bin:/bin", "KERAS_BACKEND": "tensorflow", "MPLBACKEND": "Agg"}
    return fixed | kept | threads | folders | quiet


_forkservers: dict[str, Forkserver] = {}  # {the only module that it has imported, or "" where Keras too: it}
_lock = threading.Lock()


def running(sandbox: bool, only: str = "") -> Forkserver:
    """A forkserver of this process, started when first needed. GraderError when none starts.

    only: the one module that it imports, instead of Keras and all that a submission needs: its forks are cheaper.
    """
    with _lock:
        found = _forkservers.get(only)
        if found is None or not found.usable(sandbox):
            if found is not None:
                found.close(patient=True)  # another thread may have a child of it
            found = _forkservers[only] = Forkserver(sandbox, only)
    return found


def start_child(sandbox: bool, end: socket.socket, order: dict, only: str = "") -> Channel:
    """Have the forkserver start a supervisor with `end` for its child, and send it the order (see supervisor.py).

    The channel to the supervisor.
    """
    here, there = socket.socketpair()
    with there:
        for last in (False, True):
            try:
                socket.send_fds(running(sandbox, only).requests, [b"child"], [there.fileno(), end.fileno()])
                break
            except OSError as error:  # it has died just now: once more, with a new one
                if last:
                    raise GraderError(f"the forkserver ended: {error}") from error
    control = Channel(here)
    control.send(order, seconds=START_SECONDS)
    return control


_home: tuple[int, str] = (0, "")


def home() -> str:
    """This process's folder for temporary files, removed at its end: the only place where children can write."""
    with contextlib.suppress(FileExistsError):
        os.mkdir(_place(), 0o700)  # not its parents: a worker that is ending may have removed them for good
    return _place()


def _place() -> str:
    """The path of that folder, which need not be there yet."""
    global _home
    if _home[0] != os.getpid():
        _home = os.getpid(), os.path.join(tempfile.gettempdir(), f"grading-{secrets.token_hex(8)}")
    return _home[1]


@atexit.register
def stop() -> None:
    """End the forkservers and remove their folder; the next child starts another."""
    with _lock:
        mine = [found for found in _forkservers.values() if found.owner == os.getpid()]
        for found in mine:
            found.wait()
        if _home[0] == os.getpid():
            remove(_home[1])  # before they end: they would do it, should this process die just now
        for found in mine:
            found.close()
        _forkservers.clear()
