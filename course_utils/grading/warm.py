"""The warm process: has imported what every child needs, has run nothing, and forks a keeper for each child.

Importing TensorFlow and Keras takes seconds, a fork hundredths of one. This is sound only as long as no TensorFlow
operation ran here: that would start threads, which a fork does not copy, and children would wait for them for ever.
It learns nothing of any submission: descriptors pass through it, to the keeper and its child, and no data.

    python -c "from course_utils.grading.warm import serve; serve(3)"      (done by launch.py)
"""

import contextlib
import gc
import os
import signal
import socket
import sys
import time

from . import confine
from .sweep import remove


def serve(descriptor: int) -> None:
    """Fork a keeper for each pair of sockets that arrives at the socket `descriptor`, until its other end is closed."""
    requests = socket.socket(fileno=descriptor)
    try:
        wanted = requests.recv(16) == b"sandbox"
        separate = wanted and confine.unshare(confine.NEW_NET | confine.NEW_IPC)  # before there are threads
        gc.disable()  # a sixth of the time would go into looking through what stays anyway
        _import_all()
        from .children import TARGETS, use_one_thread
        from .keeper import keep

        use_one_thread()  # fails if an operation ran
        signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # ended keepers vanish by themselves
        gc.collect()
        gc.freeze()  # a child's garbage collector would touch, and so copy, every page that it shares
        gc.enable()
    except Exception as error:
        requests.send(f"failed {type(error).__name__}: {error}".encode()[:4000])
        raise SystemExit(1) from error
    requests.send(b"ready separate" if separate else b"ready")
    while True:
        message, descriptors, _, _ = socket.recv_fds(requests, 16, 2)
        if message == b"end":
            break
        if not message:  # the grader has died: its keepers are ending what runs, and nobody else tidies up
            time.sleep(1)
            remove(os.path.dirname(os.environ["HOME"]))  # see launch.home
            break
        if os.fork() == 0:
            try:
                requests.close()
                control, end = (socket.socket(fileno=number) for number in descriptors)
                keep(control, end, TARGETS)
            finally:
                os._exit(0)
        for number in descriptors:
            os.close(number)
    with contextlib.suppress(ChildProcessError):
        os.wait()  # for all of them: bubblewrap would end them with this process


def _import_all() -> None:
    sys.modules["rfc3987_syntax"] = None  # a second to import, for a kind of address that no notebook is checked for
    import IPython.display  # noqa: F401
    import keras  # noqa: F401
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot
    import nbformat  # noqa: F401
