"""Grading the same right submissions of a1: this course's grader beside stock nbgrader and Otter.

    python course.py bench grading                        10 and 40 submissions: half an hour
    python course.py bench grading --n 4                  a first look
    python course.py bench grading --otter ~/otter/bin/otter --tools ours-1 ours-2 otter

The submissions are the solution with a comment of its own in each. nbgrader runs its visible tests, Otter the same
tests as its test files, ours the hidden checks. Each tool is one command (Otter: one for each submission, which is how
`otter run` works), measured from outside: CPU seconds of all its processes, wall seconds, and the most memory that all
its processes had together, shared pages counted once. Processes are looked at 40 times a second, so a few hundredths
of a second at the end of each are missed; that holds for all tools. Linux only. What is not installed is left out.
"""

import argparse
import contextlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import nbformat

ROOT = Path(__file__).resolve().parents[1]
SOLUTION = ROOT / "solutions/a1_one_by_one_convolution.ipynb"
TOOLS = ("ours-1", "nbgrader", "ours-2", "otter")
TICK = os.sysconf("SC_CLK_TCK")


class Group:
    """A control group of Linux, which counts the CPU time of all processes in it, those that have ended included."""

    def __init__(self):
        for place, file, unit in (("cpuacct", "cpuacct.usage", 1e9), ("", "cpu.stat", 1e6)):
            self.folder = Path("/sys/fs/cgroup", place, f"bench-grading-{os.getpid()}-{time.time_ns()}")
            with contextlib.suppress(OSError):
                self.folder.mkdir()
                self.usage, self.unit = self.folder / file, unit
                if self.usage.exists():
                    return
                self.folder.rmdir()
        raise OSError("no control group can be made here")

    def starting(self, command) -> list[str]:
        """`command`, started inside."""
        return ["sh", "-c", 'echo $$ > "$0/cgroup.procs" && exec "$@"', str(self.folder), *map(str, command)]

    def pids(self) -> list[int]:
        return [int(pid) for pid in (self.folder / "cgroup.procs").read_text().split()]

    def cpu(self) -> float:
        return int(re.search(r"(?:usage_usec )?(\d+)", self.usage.read_text())[1]) / self.unit

    def close(self):
        with contextlib.suppress(OSError):
            self.folder.rmdir()


class Tree:
    """A process and all below it, looked at again and again: a process's last hundredths of a second are missed."""

    def __init__(self):
        self.used: dict[tuple[int, str], float] = {}  # CPU seconds by process: number and time of birth
        self.top = None

    def starting(self, command) -> list[str]:
        return [str(word) for word in command]

    def pids(self) -> list[int]:
        """The processes that run; one whose parent has ended keeps belonging to the tree."""
        table = {}
        for name in os.listdir("/proc"):
            with contextlib.suppress(OSError, ValueError):
                text = Path("/proc", str(int(name)), "stat").read_text(errors="replace").rsplit(")", 1)[1].split()
                table[int(name)] = int(text[1]), text[19], (int(text[11]) + int(text[12])) / TICK
        alive = [pid for pid, (_, born, _) in table.items() if (pid, born) in self.used or pid == self.top]
        for pid in alive:
            alive += [child for child, (parent, _, _) in table.items() if parent == pid and child not in alive]
        self.used |= {(pid, table[pid][1]): table[pid][2] for pid in alive}
        return alive

    def cpu(self) -> float:
        return sum(self.used.values())

    def close(self):
        pass


def meter():
    """A Group, or where there can be none a Tree."""
    try:
        return Group()
    except OSError:
        return Tree()


def _memory_mb(pid) -> float:
    with contextlib.suppress(OSError):
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) / 1024
    return 0.0


def measure(commands, folder, env=None) -> dict:
    """Run commands one after the other: {cpu, wall (seconds), peak_mb}. Ends with what they said when one fails."""
    total = {"cpu": 0.0, "wall": 0.0, "peak_mb": 0.0}
    for command in commands:
        with tempfile.TemporaryFile("w+") as said, contextlib.closing(meter()) as processes:
            started = looked = time.perf_counter()
            process = subprocess.Popen(
                processes.starting(command), cwd=folder, env=env, stdout=said, stderr=subprocess.STDOUT
            )
            processes.top = process.pid
            while process.poll() is None:
                time.sleep(0.02)
                if time.perf_counter() - looked > 0.4:
                    looked = time.perf_counter()
                    total["peak_mb"] = max(total["peak_mb"], sum(map(_memory_mb, processes.pids())))
                elif isinstance(processes, Tree):
                    processes.pids()
            total["wall"] += time.perf_counter() - started
            time.sleep(0.2)  # what it leaves to end by itself
            total["cpu"] += processes.cpu()
            if process.returncode:
                said.seek(0)
                sys.exit(f"{' '.join(map(str, command))} ended with {process.returncode}:\n{said.read()[-3000:]}")
    return total


def submissions(number: int, folder: Path) -> list[Path]:
    """`number` notebooks with right answers, no two alike."""
    folder.mkdir()
    paths = []
    for student in range(number):
        notebook = nbformat.read(SOLUTION, 4)
        notebook.cells = [c for c in notebook.cells if "solution-only" not in c.metadata.get("tags", ())]
        for cell in notebook.cells:
            if cell.cell_type == "code":
                cell.outputs, cell.execution_count = [], None
                cell.source += f"\n# student {student}" * bool(cell.metadata.get("nbgrader", {}).get("solution"))
        paths.append(folder / f"student{student:03}.ipynb")
        nbformat.write(notebook, paths[-1])
    return paths


def ours(paths, folder, workers) -> tuple[dict, list[float]]:
    """This course's grader."""
    command = [sys.executable, "-P", "-m", "autograder", "grade", "a1", str(paths[0].parent)]
    command += ["--out", str(folder / "results"), "--workers", str(workers)]
    spent = measure([command], folder)
    lines = (folder / "results/results.jsonl").read_text(encoding="utf-8").splitlines()
    return spent, [json.loads(line)["score"] for line in lines]


def nbgrader(paths, folder) -> tuple[dict, list[float]]:
    """`nbgrader autograde`, with the release that nbgrader itself makes of the solution."""
    from nbgrader.api import Gradebook

    (folder / "source/a1").mkdir(parents=True)
    shutil.copy(SOLUTION, folder / "source/a1/a1.ipynb")
    (folder / "nbgrader_config.py").write_text(f"c = get_config()\nc.CourseDirectory.root = {str(folder)!r}\n")
    for path in paths:
        place = folder / "submitted" / path.stem / "a1"
        place.mkdir(parents=True)
        shutil.copy(path, place / "a1.ipynb")
    program = [sys.executable, "-m", "nbgrader"]
    measure([[*program, "generate_assignment", "a1", "--create"]], folder)
    spent = measure([[*program, "autograde", "a1", "--create"]], folder)
    with Gradebook(f"sqlite:///{folder}/gradebook.db") as book:
        return spent, [submission.score for submission in book.assignment_submissions("a1")]


OTTER_TEST = """from otter.test_files import test_case

OK_FORMAT = False
name = {name!r}
points = {points}


@test_case()
def test_visible(env):
    exec({source!r}, env)
"""


def otter(paths, folder, program) -> tuple[dict, list[float]]:
    """`otter run`, once for each submission."""
    (folder / "tests").mkdir()
    for cell in nbformat.read(SOLUTION, 4).cells:
        label = cell.metadata.get("nbgrader", {})
        if label.get("grade"):
            name = label["grade_id"].replace("-", "_")
            text = OTTER_TEST.format(name=name, points=label["points"], source=cell.source)
            (folder / f"tests/{name}.py").write_text(text, encoding="utf-8")
    env = os.environ | {"JUPYTER_PATH": os.path.join(sys.prefix, "share/jupyter")}  # where the kernel's file stands
    measure([[program, "generate", "-t", "tests", "-o", "autograder.zip", "--no-config"]], folder, env)
    stripped = folder / "in"
    stripped.mkdir()
    commands = []
    for path in paths:
        notebook = nbformat.read(path, 4)  # the tests run as Otter's, not a second time as cells
        notebook.cells = [c for c in notebook.cells if not c.metadata.get("nbgrader", {}).get("grade")]
        nbformat.write(notebook, stripped / path.name)
        (folder / path.stem).mkdir()
        words = ["run", str(stripped / path.name), "-a", "autograder.zip", "-o", path.stem, "--no-logo"]
        commands.append([program, *words])
    spent = measure(commands, folder, env)
    results = [json.loads((folder / path.stem / "results.json").read_text())["tests"] for path in paths]
    return spent, [sum(test.get("score", 0) for test in tests) for tests in results]


def compare(number: int, tools, otter_program) -> dict[str, dict]:
    """{tool: per submission cpu, wall; peak_mb; points} for `number` submissions."""
    found = {}
    for tool in tools:
        with tempfile.TemporaryDirectory(prefix="bench-") as name:
            folder = Path(name)
            paths = submissions(number, folder / "inbox")
            if tool == "nbgrader":
                spent, points = nbgrader(paths, folder)
            elif tool == "otter":
                spent, points = otter(paths, folder, otter_program)
            else:
                spent, points = ours(paths, folder, int(tool[-1]))
        per = {name: spent[name] / number for name in ("cpu", "wall")}
        found[tool] = per | {"peak_mb": spent["peak_mb"], "points": points}
        low, high = min(points, default=0), max(points, default=0)
        print(
            f"{number:4}  {tool:9} {per['cpu']:8.2f} {per['wall']:8.2f} {spent['peak_mb']:9.0f}   "
            f"{len(points)} × {low:g}" + (f" to {high:g}" if high > low else ""),
            flush=True,
        )
    return found


def bars(measured: dict[int, dict]) -> list[tuple[str, float, str, float]]:
    """(what, measured, "≤" or "≥", bar) of the largest number of submissions, of CPU and memory over all."""
    most = measured[max(measured)]
    least = measured[min(measured)]

    def ratio(tool, other, what):
        return most[tool][what] / most[other][what] if tool in most and other in most else None

    found = [  # a start costs the more, the fewer they share it
        (f"CPU, ours / nbgrader, {number} submissions", per["ours-1"]["cpu"] / per["nbgrader"]["cpu"], "≤", bar)
        for number, per in measured.items()
        if {"ours-1", "nbgrader"} <= set(per)
        for bar in [0.13 if number >= 40 else 0.16]
    ] + [
        ("CPU, ours / Otter", ratio("ours-1", "otter", "cpu"), "≤", 1 / 6),
        ("wall, ours with two workers / nbgrader", ratio("ours-2", "nbgrader", "wall"), "≤", 1 / 6),
        ("speed, two workers / one", ratio("ours-1", "ours-2", "wall"), "≥", 1.6),
    ]
    if len(measured) > 1 and "ours-1" in most and "ours-1" in least:
        name = f"memory, {max(measured)} submissions / {min(measured)}"
        found.append((name, most["ours-1"]["peak_mb"] / least["ours-1"]["peak_mb"], "≤", 1.10))
    return [bar for bar in found if bar[1] is not None]


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--n", type=int, nargs="+", default=[10, 40], help="numbers of submissions (default 10 40)")
    parser.add_argument("--tools", nargs="+", choices=TOOLS, default=TOOLS, help="what to measure (default all)")
    text = "the program otter, such as one in an environment of its own (default: the one on the path)"
    parser.add_argument("--otter", default=shutil.which("otter"), help=text)
    given = parser.parse_args()
    if not sys.platform.startswith("linux"):
        sys.exit("This benchmark reads /proc, which only Linux has.")
    os.environ["PATH"] = os.path.dirname(sys.executable) + os.pathsep + os.environ["PATH"]  # nbgrader calls alembic
    tools = [tool for tool in given.tools if tool != "otter" or given.otter]
    if len(tools) < len(given.tools):
        print("Otter is not installed: left out.")
    cores = len(os.sched_getaffinity(0))
    counted = {Group: "by a control group", Tree: "by looking at the processes"}
    with contextlib.closing(meter()) as processes:
        how = counted[type(processes)]
    print(f"Right submissions of a1 on {cores} processor cores; seconds of one submission, CPU counted {how}.")
    print("   N  tool        CPU s   wall s   peak MB   points", flush=True)
    measured = {number: compare(number, tools, given.otter) for number in given.n}
    print()
    for what, value, sign, bar in bars(measured):
        met = value <= bar if sign == "≤" else value >= bar
        print(f"{what:42} {value:5.2f}  {sign} {bar:.2f}  {'met' if met else 'MISSED'}")


if __name__ == "__main__":
    main()
