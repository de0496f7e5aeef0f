"""What runs in the forkserver: it has imported what every child needs, has run nothing, and forks a supervisor a child.

Importing TensorFlow and Keras takes seconds, a fork hundredths of one. This is sound only as long as no TensorFlow
operation ran here: that would start threads, which a fork does not copy, and children would wait for them for ever.
It learns nothing of any submission: descriptors pass through it, to the supervisor and its child, and no data.

    python -c "from autograder.sandbox.forkserver_main import serve; serve(3)"      (done by forkserver.py)
"""

import contextlib
import gc
import os
import signal
import socket
import sys
import time

from . import confinement
from .cleanup import remove

PRELOADED = ("IPython.display", "keras", "matplotlib.pyplot", "autograder.children")  # for running submissions


def serve(descriptor: int) -> None:
    """Fork a supervisor for each pair of sockets that arrives at the socket `descriptor`, until that is closed."""
    requests = socket.socket(fileno=descriptor)
    try:
        _serve(requests)
    except (EOFError, ConnectionError):  # the grader has died: its supervisors are ending what runs
        time.sleep(1)
        remove(os.path.dirname(os.environ["HOME"]))  # see forkserver.home; nobody else tidies up


def _serve(requests: socket.socket) -> None:
    wanted, *modules = _received(requests)[0].decode().split()
    try:
        # Before there are threads.
        separate = wanted == "sandbox" and confinement.unshare(confinement.CLONE_NEWNET | confinement.CLONE_NEWIPC)
        gc.disable()  # a sixth of the time would go into looking through what stays anyway
        _preload(modules or PRELOADED)
        for name in modules:
            getattr(sys.modules[name], "warm_up", lambda: None)()
        use_one_thread()  # fails if an operation ran
        from .supervisor import supervise

        signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # ended supervisors vanish by themselves
        gc.collect()
        gc.freeze()  # a child's garbage collector would touch, and so copy, every page that it shares
        gc.enable()
    except Exception as error:
        requests.send(f"failed {type(error).__name__}: {error}".encode()[:4000])
        raise SystemExit(1) from error
    requests.send(b"ready separate" if separate else b"ready")
    while True:
        message, descriptors = _received(requests)
        if message in (b"wait", b"end"):
            with contextlib.suppress(ChildProcessError):
                os.wait()  # for all of them
            if message == b"end":
                return
            requests.send(b"alone")
            continue
        if os.fork() == 0:
            try:
                requests.close()
                control, end = (socket.socket(fileno=number) for number in descriptors)
                supervise(control, end)
            finally:
                os._exit(0)
        for number in descriptors:
            os.close(number)


def _received(requests: socket.socket) -> tuple[bytes, list[int]]:
    """The next message, and its descriptors. EOFError: there is nobody who could send one."""
    message, descriptors, _, _ = socket.recv_fds(requests, 200, 2)
    if not message:
        raise EOFError
    return message, descriptors


def _preload(names) -> None:
    sys.modules["rfc3987_syntax"] = None  # a second to import, for a kind of address that no notebook is checked for
    for name in names:
        __import__(name)


def use_one_thread() -> None:
    """One thread an operation: the grader works on several submissions at once instead.

    TensorFlow accepts this only before its first operation, so the call also proves that the forkserver ran none.
    """
    if tensorflow := sys.modules.get("tensorflow"):
        try:
            tensorflow.config.threading.set_intra_op_parallelism_threads(1)
            tensorflow.config.threading.set_inter_op_parallelism_threads(1)
        except RuntimeError as error:
            raise RuntimeError("the forkserver ran a TensorFlow operation before it was to fork") from error
