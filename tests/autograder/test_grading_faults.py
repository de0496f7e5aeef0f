"""The grader's command killed at random moments: in the end, the result is that of an undisturbed run.

COURSE_FAULTS=50 kills it fifty times (a minute or two on two cores) instead of a few; COURSE_FAULTS_SEED repeats one
sequence of moments.
"""

import contextlib
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from classroom import STUBS, WRONG_ADD, gone, hand_in, lines, make_assignment, marked, run, start

from autograder.sandbox.cleanup import below

KILLS = int(os.environ.get("COURSE_FAULTS", "6"))
SEED = int(os.environ.get("COURSE_FAULTS_SEED", time.time_ns() % 10**6))
CLASS = {
    "ann": {},
    "bo": WRONG_ADD,
    "cy": STUBS,
    "di": "nonsense",
    "ed": {"t1-q1": "import os\nos._exit(1)"},
    "flo": {},
}
pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="processes are looked up in /proc")


def everything(results) -> dict:
    """All that a run leaves, but for times: {path: content}."""
    found = {}
    for path in sorted(Path(results).rglob("*")):
        name = path.relative_to(results).as_posix()
        if path.is_file() and name not in ("results.jsonl", ".lock", "gradescope/autograder.zip"):
            found[name] = path.read_bytes()
    for line in lines(results):
        name = f"line {line['name']}"
        assert name not in found, f"{line['name']} was graded twice"
        found[name] = {key: value for key, value in line.items() if key not in ("time", "seconds")}
    return found


def test_a_grader_killed_at_random_moments_ends_with_the_undisturbed_result(tmp_path, record_property):
    (tmp_path / "tmp").mkdir()
    checks, inbox = make_assignment(tmp_path), hand_in(tmp_path, **CLASS)
    mark = f"fault-test-{os.getpid()}-{time.time_ns()}"
    surroundings = {"TMPDIR": str(tmp_path / "tmp"), "FAULT_TEST": mark}
    rng = random.Random(SEED)
    print(f"COURSE_FAULTS_SEED={SEED}")

    def words(out):
        return ["grade", "t1", inbox, "--out", out, "--checks", checks, "--workers", 2, "--seed", 11, "--no-sandbox"]

    began = time.monotonic()
    assert run(*words(tmp_path / "undisturbed"), **surroundings).returncode == 1  # di cannot be read
    duration = time.monotonic() - began
    expected = everything(tmp_path / "undisturbed")
    assert len([name for name in expected if name.startswith("line ")]) == len(CLASS)

    kills, rounds, hit = 0, 0, []
    while kills < KILLS or not rounds:
        rounds += 1
        results = tmp_path / f"round{rounds}"
        process = start(*words(results), **surroundings)
        while True:
            try:
                # Later and later: on a machine that has become busier no run would get as far as its first result.
                process.communicate(timeout=rng.uniform(0, (1 + len(hit) / 20) * duration))
                break
            except subprocess.TimeoutExpired:
                hit.append(_disturb(process, rng))
                kills += 1
                if process.poll() is not None:
                    process = start(*words(results), **surroundings)
        assert process.returncode == 1, "an undisturbed run in the end"
        assert everything(results) == expected, f"round {rounds}, COURSE_FAULTS_SEED={SEED}"
    print(f"{kills} kills in {rounds} rounds: { {how: hit.count(how) for how in sorted(set(hit))} }")
    record_property("kills", kills)
    assert gone(marked(mark)), "a process is left behind"
    until = time.monotonic() + 15  # a forkserver whose grader was killed tidies up a moment later
    while list((tmp_path / "tmp").iterdir()) and time.monotonic() < until:
        time.sleep(0.1)
    assert list((tmp_path / "tmp").iterdir()) == [], "temporary files are left behind"


def test_a_grader_killed_while_its_forkserver_starts_leaves_no_folder(tmp_path):
    (tmp_path / "tmp").mkdir()
    checks, inbox = make_assignment(tmp_path), hand_in(tmp_path, ann={})
    words = ["grade", "t1", inbox, "--out", tmp_path / "results", "--checks", checks, "--no-sandbox"]
    for how in (signal.SIGKILL, signal.SIGTERM):
        process = start(*words, TMPDIR=str(tmp_path / "tmp"))
        until = time.monotonic() + 60
        while not (made := list((tmp_path / "tmp").glob("grading-*/forkserver"))) and time.monotonic() < until:
            time.sleep(0.001)
        assert made  # it has been started, and imports
        process.send_signal(how)
        process.communicate(timeout=60)
        until = time.monotonic() + 30
        while (left := list((tmp_path / "tmp").iterdir())) and time.monotonic() < until:
            time.sleep(0.05)
        assert left == []


def _disturb(process, rng) -> str:
    """Kill or interrupt the command, which then ends with all below it; or kill a worker, and the command goes on."""
    how = rng.choice(["kill", "kill", "kill", "interrupt", "terminate", "worker"])
    under = below(process.pid)
    workers = [pid for pid in under if _is_worker(pid)]
    if how == "worker" and workers:
        os.kill(rng.choice(workers), signal.SIGKILL)
        return how
    process.send_signal({"interrupt": signal.SIGINT, "terminate": signal.SIGTERM}.get(how, signal.SIGKILL))
    process.communicate(timeout=60)
    assert gone(under), f"after {how}, a process is left behind"
    return how


def _is_worker(pid) -> bool:
    with contextlib.suppress(OSError):
        return b"grading.worker" in Path(f"/proc/{pid}/cmdline").read_bytes()
    return False


def test_a_line_torn_by_a_crash_is_graded_again_and_the_rest_is_not(tmp_path):
    checks, inbox = make_assignment(tmp_path), hand_in(tmp_path, ann={}, bo=WRONG_ADD)
    words = ["grade", "t1", inbox, "--out", tmp_path / "results", "--checks", checks, "--workers", 1, "--seed", 11]
    words.append("--no-sandbox")
    assert run(*words).returncode == 0
    expected = everything(tmp_path / "results")
    path = tmp_path / "results/results.jsonl"
    whole = path.read_bytes()
    path.write_bytes(whole[: whole.index(b"\n") + 40])
    done = run(*words)
    assert "1 are graded and unchanged" in done.stdout
    text = path.read_text().splitlines()
    assert len(text) == 3  # the whole one, the torn one, the new one
    path.write_text("\n".join([text[0], text[2]]) + "\n")
    assert everything(tmp_path / "results") == expected
