"""Many submissions at once: workers on this machine, on a cluster, or a share of the work in each job of an array.

Every way ends in the same function, `worker.grade_task`, in a worker process of its own. A worker that dies (out of
memory, killed) costs nothing but time: its submission is tried again in a new one, twice at most.
"""

import atexit
import base64
import contextlib
import hashlib
import json
import os
import queue
import secrets
import shutil
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
BEYOND = 300  # seconds that a worker may take beyond the limit of its submission: starting up, deciding
TRIES = 3


class ScaleError(Exception):
    """The workers or the cluster cannot be used; the message says what to do."""


class WorkerDiedError(Exception):
    """A worker process ended in the middle of a submission."""


class Worker:
    """A worker process. `grade(task)` gives its outcome, or raises WorkerDiedError; afterwards a new one starts."""

    def __init__(self):
        self.process = None
        self.closed = False
        self.swapping = threading.Lock()  # `close` may come from another thread than `grade`

    def grade(self, task: dict, seconds: float) -> dict:
        """The outcome of `task`. After `seconds` without one the worker is ended, which counts as having died."""
        if self.process is None:
            self._start()
        process = self.process
        timer = threading.Timer(seconds, _end_process, [process])
        timer.start()
        try:
            process.stdin.write(json.dumps(task).encode() + b"\n")
            process.stdin.flush()
            line = process.stdout.readline()
            if not line.endswith(b"\n"):
                raise OSError
            return json.loads(line)
        except (OSError, ValueError) as error:
            report = self._end()
            raise WorkerDiedError(f"the process that graded it ended ({report or 'it left no message'})") from error
        finally:
            timer.cancel()

    def _start(self):
        if self.closed:
            raise OSError("closed")
        # Not the current folder, which may be full of submissions: one of them could be called numpy.py.
        path = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))
        self.report = tempfile.TemporaryFile()  # noqa: SIM115
        # For all its temporary files. It makes the folder, and removes it when we are killed; when it is, we do.
        self.folder = os.path.join(tempfile.gettempdir(), f"grader-{secrets.token_hex(8)}")
        self.process = subprocess.Popen(
            [sys.executable, "-P", "-m", "autograder.worker", self.folder],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self.report,
            cwd="/",
            env=os.environ | {"PYTHONPATH": path},
            start_new_session=True,  # Ctrl-C is for the command alone, which then ends its workers
        )

    def _end(self) -> str:
        """End the process; returns the end of what it said on its standard error."""
        with self.swapping:
            process, self.process = self.process, None
        if process is None:
            return ""
        _end_process(process)
        shutil.rmtree(self.folder, ignore_errors=True)
        process.stdout.close()
        with self.report:
            self.report.seek(0)
            return self.report.read().decode(errors="replace").strip()[-500:]

    def close(self) -> None:
        """End the process, also in the middle of a submission."""
        self.closed = True
        self._end()


def _end_process(process) -> None:
    with contextlib.suppress(OSError):
        process.stdin.close()  # at the end of its input it ends what is below it and tidies up
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def task_for(submission, content: bytes, checks, options: dict) -> dict:
    """What a worker is told about one submission."""
    notebook = base64.b64encode(content).decode()
    files = {name: base64.b64encode(data).decode() for name, data in submission.files.items()}
    return {"name": submission.name, "notebook": notebook, "files": files, "checks": str(checks), "options": options}


def _tried(worker: Worker, task: dict) -> dict:
    """The outcome of a task; a worker that dies over it again and again makes it a failed one."""
    for attempt in range(TRIES):
        try:
            return worker.grade(task, task["options"]["total_seconds"] * 2 + BEYOND)
        except WorkerDiedError as error:
            if attempt == TRIES - 1:
                return {"status": "failed", "reason": f"{str(error)[:1000]}, {TRIES} times"}


def on_this_machine(tasks, workers: int):
    """Yield (tag, outcome) for each (tag, task) of an iterator, in the order in which they are finished.

    Tasks are taken from the iterator when a worker is free, so that only so many notebooks are in memory.
    """
    lock, finished = threading.Lock(), queue.SimpleQueue()
    tasks = iter(tasks)
    crew = [Worker() for _ in range(workers)]

    def work(worker):
        try:
            while not worker.closed:
                with lock:
                    tag, task = next(tasks, (None, None))
                if task is None:
                    break
                finished.put((tag, _tried(worker, task)))
        except Exception as error:
            finished.put((None, error))
        finally:
            finished.put((None, None))

    threads = [threading.Thread(target=work, args=(worker,), daemon=True) for worker in crew]
    for thread in threads:
        thread.start()
    try:
        running = len(threads)
        while running:
            try:
                tag, outcome = finished.get(timeout=1)  # so that Ctrl-C is heard on Windows as well
            except queue.Empty:
                continue
            if isinstance(outcome, Exception):
                raise outcome
            if outcome is None:
                running -= 1
            else:
                yield tag, outcome
    finally:
        for worker in crew:
            worker.close()


# On a cluster -------------------------------------------------------------------------------------------------------

_mine = threading.local()  # a worker process for each thread of a dask worker, kept between submissions
_unpacked: dict[str, str] = {}
_unpacking = threading.Lock()


def unpack(package: dict) -> str:
    """Lay an assignment (records.as_data) out in a temporary folder, once in each process; the path of its checks.

    It travels as data so that a cluster's machines need not see this one's disk.
    """
    mark = hashlib.sha256(repr(sorted(package.items())).encode()).hexdigest()
    with _unpacking:
        if mark not in _unpacked:
            top = tempfile.mkdtemp(prefix="grader-checks-")  # nobody else may look into it
            atexit.register(shutil.rmtree, top, ignore_errors=True)
            for name, content in package["files"].items():
                place = Path(top, name)
                place.parent.mkdir(parents=True, exist_ok=True)
                place.write_bytes(content)
            _unpacked[mark] = str(Path(top, package["checks"]))
    return _unpacked[mark]


def on_a_dask_worker(task: dict, package: dict, version: str) -> dict:
    """`_tried` in a worker process that belongs to the calling thread of a dask worker."""
    from .questions import load_assignment
    from .records import code_version

    assignment = load_assignment(unpack(package))
    if (here := code_version(assignment.checks, assignment.notebook)) != version:
        reason = f"a cluster worker has another version of the course ({here}, not {version}): install the same one"
        return {"status": "refused", "reason": reason}
    if not hasattr(_mine, "worker"):
        _mine.worker = Worker()
    return _tried(_mine.worker, task | {"checks": str(assignment.checks)})


def on_a_cluster(tasks, address: str, package: dict, version: str, wait: float = 120):
    """As `on_this_machine`, on the dask cluster whose scheduler is at `address` (or a scheduler file's path).

    A dask worker that dies loses nothing: its submissions go to another. Raises ScaleError without a cluster.
    """
    try:
        from distributed import Client, KilledWorker, as_completed
    except ImportError as error:
        here = "in the course's folder, here and on all its machines"
        raise ScaleError(f"a cluster needs dask: pip install . ./autograder[cluster], {here}") from error
    to = {"scheduler_file": address} if Path(address).is_file() else {"address": address}
    try:
        client = Client(**to, timeout=wait)
        client.wait_for_workers(1, timeout=wait)
    except (OSError, TimeoutError, ValueError) as error:
        raise ScaleError(f"no dask cluster with a worker answers at {address} ({error})") from error
    tasks, tags = iter(tasks), {}

    def more(number):
        """Up to `number` further tasks, submitted."""
        futures = []
        for tag, task in tasks:
            name = f"grade-{len(tags)}-{hashlib.sha256(task['name'].encode()).hexdigest()[:12]}-{id(tags):x}"
            (future,) = client.map(on_a_dask_worker, [task], [package], [version], key=[name], pure=False)
            tags[future.key] = tag
            futures.append(future)
            if len(futures) == number:
                break
        return futures

    with client:
        in_flight = 2 * sum(client.nthreads().values()) + 1
        running = as_completed(more(in_flight))
        waiting = len(tags)
        try:
            for future in running:
                waiting -= 1
                try:
                    outcome = future.result()
                except KilledWorker as error:
                    outcome = {"status": "failed", "reason": f"every cluster worker that graded it died ({error})"}
                except Exception as error:
                    outcome = {"status": "failed", "reason": f"on the cluster: {type(error).__name__}: {error}"}
                tag = tags[future.key]
                future.release()
                new = more(max(1, 2 * sum(client.nthreads().values()) + 1 - waiting))
                waiting += len(new)
                for future_ in new:
                    running.add(future_)
                yield tag, outcome
        finally:
            client.cancel(list(running.futures))


# In an array of jobs ------------------------------------------------------------------------------------------------


def shard_of(text: str) -> tuple[int, int]:
    """(2, 8) of "2/8": the second of eight shares. Raises ValueError, which says what is wrong."""
    try:
        number, total = map(int, text.split("/"))
    except ValueError:
        raise ValueError(f"a shard is written like 2/8, the second of eight: not {text!r}") from None
    if not 1 <= number <= total:
        raise ValueError(f"shard {number} of {total}: shards are numbered from 1 to {total}")
    return number, total


def in_shard(name: str, shard: tuple[int, int]) -> bool:
    """Whether a submission belongs to a shard: by its name alone, whatever else is handed in."""
    number, total = shard
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:8]) % total == number - 1
