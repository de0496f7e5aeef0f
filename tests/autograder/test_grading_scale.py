"""Workers, clusters, shards: the same results however the work is spread, and whatever dies on the way."""

import base64
import contextlib
import json
import multiprocessing
import os
import queue
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from classroom import WRONG_ADD, gone, hand_in, handed_in, lines, make_assignment, quick_python, run

from autograder import records, scale
from autograder.questions import load_assignment
from autograder.sandbox.cleanup import below
from autograder.worker import as_json, beside_python

ROOT = Path(__file__).resolve().parents[2]
linux = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="processes are looked up in /proc")
OPTIONS = {"sandbox": False, "seconds": 20, "total_seconds": 60, "memory_mb": 3072, "seed": 5, "private": []}
CLASS = {f"s{number}": WRONG_ADD if number % 3 == 0 else {} for number in range(8)}
SCORES = {name: 4 if changed else 10 for name, changed in CLASS.items()}


@pytest.fixture
def quick(monkeypatch):
    """Workers that are ready in half a second."""
    monkeypatch.setattr(scale.sys, "executable", quick_python())


@pytest.fixture
def checks(tmp_path):
    return make_assignment(tmp_path) / "t1.py"


def task(name, checks, changed=None, **options):
    notebook = base64.b64encode(handed_in(changed).encode()).decode()
    return {"name": name, "notebook": notebook, "checks": str(checks), "options": OPTIONS | options}


def tasks(checks):
    return [(name, task(name, checks, changed)) for name, changed in CLASS.items()]


# One worker -----------------------------------------------------------------------------------------------------------


def test_a_worker_grades_one_after_another_and_tells_what_it_cannot(quick, checks):
    worker = scale.Worker()
    try:
        assert worker.grade(task("kim", checks), 60)["score"] == 10
        first = worker.process.pid
        assert worker.grade(task("lee", checks, WRONG_ADD), 60)["score"] == 4
        broken = worker.grade(task("sam", checks) | {"notebook": base64.b64encode(b"x").decode()}, 60)
        assert broken["status"] == "unreadable" and "sam.ipynb is not a notebook" in broken["reason"]
        checks.write_text(checks.read_text().replace("2 * inputs", "1 / 0 * inputs"))
        failed = worker.grade(task("ann", checks), 60)
        assert failed["status"] == "failed" and "ZeroDivisionError" in failed["reason"]
        assert worker.process.pid == first
    finally:
        worker.close()


@linux
def test_a_closed_worker_leaves_no_process_and_no_file(quick, checks, tmp_path, monkeypatch):
    (tmp_path / "tmp").mkdir()
    monkeypatch.setenv("TMPDIR", str(tmp_path / "tmp"))
    worker = scale.Worker()
    endless = {"t1-q1": "while True:\n    pass"}
    threading.Thread(target=lambda: _quietly(worker, task("kim", checks, endless)), daemon=True).start()
    until = time.monotonic() + 30
    while time.monotonic() < until and len(_below(worker)) < 3:  # the forkserver, a supervisor, a child
        time.sleep(0.05)
    pids = [worker.process.pid, *_below(worker)]
    assert len(pids) >= 4
    worker.close()
    assert gone(pids)
    assert list((tmp_path / "tmp").iterdir()) == []


def _quietly(worker, work):
    with contextlib.suppress(scale.WorkerDiedError, OSError):
        worker.grade(work, 60)


def _below(worker):
    return below(worker.process.pid) if worker.process else []


@linux
def test_a_worker_whose_starter_is_killed_ends_with_all_below_it(quick, checks, tmp_path):
    given = tmp_path / "task.json"
    given.write_text(json.dumps(task("kim", checks, {"t1-q1": "while True:\n    pass"})))
    code = "import json, sys\nfrom autograder.scale import Worker\nworker = Worker()\nworker._start()\n"
    code += "print(worker.process.pid, flush=True)\nworker.grade(json.load(open(sys.argv[1])), 60)"
    starter = subprocess.Popen([quick_python(), "-c", code, given], stdout=subprocess.PIPE, text=True)
    pid = int(starter.stdout.readline())
    until, pids = time.monotonic() + 30, []
    while time.monotonic() < until and len(pids) < 4:
        time.sleep(0.05)
        pids = [pid, *below(pid)]
    assert len(pids) >= 4
    starter.kill()
    starter.wait()
    starter.stdout.close()
    assert gone(pids)


BUSY = """
import contextlib, os, sys, tempfile, threading, time
from autograder import worker
from autograder.sandbox import forkserver

tempfile.tempdir = sys.argv[1]


def make_folders():
    while True:
        with contextlib.suppress(OSError):
            forkserver._environment(os.path.join(forkserver.home(), "forkserver"))


threading.Thread(target=make_folders, daemon=True).start()
time.sleep(0.02)
worker.end(sys.argv[1])
"""


@linux
def test_a_worker_that_ends_while_it_makes_folders_leaves_none(tmp_path):
    for number in range(10):
        (folder := tmp_path / str(number)).mkdir()
        subprocess.run([quick_python(), "-P", "-c", BUSY, folder], check=True, timeout=60)
        assert not folder.exists()


def test_a_worker_that_answers_too_late_is_ended_and_another_starts(quick, checks):
    worker = scale.Worker()
    try:
        with pytest.raises(scale.WorkerDiedError):
            worker.grade(task("kim", checks, {"t1-q1": "while True:\n    pass"}), 2)
        assert worker.grade(task("lee", checks), 60)["score"] == 10
    finally:
        worker.close()


def test_points_that_are_no_number_are_the_fault_of_the_checks():
    assert json.loads(as_json({"score": 4.5})) == {"score": 4.5}
    assert json.loads(as_json({"status": "graded", "score": float("nan")}))["status"] == "failed"


def test_a_folder_of_submissions_that_python_stands_in_does_not_close_python(tmp_path):
    around = [str(ROOT), "/", sys.prefix, str(Path(sys.base_prefix).parent)]
    assert beside_python([*around, str(tmp_path), str(ROOT / "solutions")]) == [str(tmp_path), str(ROOT / "solutions")]


# Several on this machine ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("workers", [1, 3])
def test_any_number_of_workers_gives_the_same_results(workers, quick, checks):
    found = dict(scale.on_this_machine(tasks(checks), workers))
    assert {name: outcome["score"] for name, outcome in found.items()} == SCORES


@linux
def test_a_worker_killed_in_the_middle_costs_nothing_but_time(quick, checks, monkeypatch):
    crew = []
    start = scale.Worker._start
    monkeypatch.setattr(scale.Worker, "_start", lambda worker: (start(worker), crew.append(worker.process))[0])
    found = {}
    for name, outcome in scale.on_this_machine(tasks(checks), 2):
        found[name] = outcome["score"]
        if len(found) in (2, 4):
            os.kill(crew[-1].pid, signal.SIGKILL)
    assert found == SCORES
    assert len(crew) > 2


def test_what_kills_every_worker_fails_alone(monkeypatch):
    class Dying(scale.Worker):
        def grade(self, task, seconds):
            if task["name"] == "b":
                raise scale.WorkerDiedError("the process that graded it ended (Killed)")
            return {"status": "graded"}

    monkeypatch.setattr(scale, "Worker", Dying)
    work = [(name, {"name": name, "options": OPTIONS}) for name in "abc"]
    found = dict(scale.on_this_machine(work, 1))
    assert {name: outcome["status"] for name, outcome in found.items()} == {"a": "graded", "b": "failed", "c": "graded"}
    assert "ended (Killed), 3 times" in found["b"]["reason"]


def test_only_so_many_notebooks_are_read_ahead(monkeypatch):
    go_on = queue.Queue()

    class Slow(scale.Worker):
        def grade(self, task, seconds):
            go_on.get()
            return {"status": "graded"}

    monkeypatch.setattr(scale, "Worker", Slow)
    read = []
    work = ((read.append(number) or number, {"name": "x", "options": OPTIONS}) for number in range(50))
    finished = scale.on_this_machine(work, 3)
    for done in range(50):
        go_on.put(None)
        next(finished)
        assert len(read) <= done + 1 + 3
    assert list(finished) == []


def test_an_error_while_reading_submissions_ends_the_run(monkeypatch):
    def broken():
        yield "a", {"name": "a", "options": OPTIONS}
        raise OSError("the disk is gone")

    monkeypatch.setattr(scale.Worker, "grade", lambda *_: {"status": "graded"})
    with pytest.raises(OSError, match="the disk is gone"):
        list(scale.on_this_machine(broken(), 1))


# A cluster ------------------------------------------------------------------------------------------------------------


def package_of(checks):
    return records.as_data(load_assignment(checks))


def test_an_assignment_travels_as_data(checks):
    (checks.parent / "t1_table.csv").write_text("1,2")
    (checks.parent / "t2.py").write_text("another")
    place = Path(scale.unpack(package_of(checks)))
    assert load_assignment(place).notebook.read_bytes() == load_assignment(checks).notebook.read_bytes()
    assert (place.parent / "t1_table.csv").read_text() == "1,2"
    assert not (place.parent / "t2.py").exists()
    assert scale.unpack(package_of(checks)) == str(place)  # once


@pytest.fixture
def cluster():
    """A dask cluster of two worker processes on this machine."""
    distributed = pytest.importorskip("distributed")
    multiprocessing.set_executable(quick_python())
    options = {"n_workers": 2, "threads_per_worker": 1, "processes": True, "dashboard_address": None}
    try:
        with distributed.LocalCluster(**options, silence_logs=50) as made:
            yield made
    finally:
        multiprocessing.set_executable(sys.executable)


def test_a_cluster_gives_the_same_results_and_survives_the_death_of_a_worker(cluster, checks):
    assignment = load_assignment(checks)
    version = records.code_version(assignment.checks, assignment.notebook)
    found, killed = {}, []
    for name, outcome in scale.on_a_cluster(tasks(checks), cluster.scheduler_address, package_of(checks), version):
        found[name] = outcome.get("score", outcome)
        if len(found) in (1, 4):
            victim = next(iter(cluster.workers.values())).process.process
            os.kill(victim.pid, signal.SIGKILL)
            killed.append(victim.pid)
    assert found == SCORES
    assert len(killed) == 2


def test_a_cluster_with_another_version_is_refused(cluster, checks):
    (found,) = scale.on_a_cluster(tasks(checks)[:1], cluster.scheduler_address, package_of(checks), "another")
    assert found[1]["status"] == "refused" and "install the same" in found[1]["reason"]


def test_a_cluster_that_does_not_answer_is_named(checks):
    pytest.importorskip("distributed")
    with pytest.raises(scale.ScaleError, match="no dask cluster"):
        list(scale.on_a_cluster(tasks(checks), "tcp://127.0.0.1:9", package_of(checks), "v", wait=2))


def test_without_dask_the_package_to_install_is_named(checks, monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(scale.ScaleError, match=r"pip install \. \./autograder\[cluster\]"):
        list(scale.on_a_cluster(tasks(checks), "tcp://127.0.0.1:9", package_of(checks), "v"))


def test_the_command_grades_on_a_cluster(cluster, checks, tmp_path):
    inbox = hand_in(tmp_path, kim={}, lee=WRONG_ADD, bad="nonsense")
    given = [
        "--out",
        tmp_path / "results",
        "--checks",
        checks.parent,
        "--cluster",
        cluster.scheduler_address,
        "--no-sandbox",
    ]
    done = run("grade", "t1", inbox, *given)
    assert done.returncode == 1, done.stderr
    found = {line["name"]: line.get("score") for line in lines(tmp_path / "results")}
    assert found == {"kim": 10, "lee": 4, "bad": None}


# Shards ---------------------------------------------------------------------------------------------------------------


def test_every_name_is_in_one_shard_and_stays_there():
    names = [f"student {number}" for number in range(1000)]
    shares = [[name for name in names if scale.in_shard(name, (number, 7))] for number in range(1, 8)]
    assert sorted(name for share in shares for name in share) == sorted(names)
    assert all(100 < len(share) < 190 for share in shares)
    assert scale.in_shard("kim", (1, 1)) and [scale.in_shard("kim", (n, 4)) for n in (1, 2, 3, 4)].count(True) == 1
