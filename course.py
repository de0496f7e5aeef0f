"""Set up the course and start its parts: `python course.py lab` is all that a student needs.

The first command makes the environment .venv from requirements-lock.txt; later ones find it and start at once,
offline. Standard library only, and a syntax that every Python reads, so that an old one gets the message below.
"""

from __future__ import print_function

import sys

PYTHONS = ("3.11", "3.12", "3.13")
if "%d.%d" % sys.version_info[:2] not in PYTHONS:
    advice = "The course needs Python 3.11, 3.12 or 3.13, and this is Python %d.%d. Install one from python.org,\n"
    advice += "then call it by name: `python3.12 course.py lab`, or on Windows `py -3.12 course.py lab`."
    sys.exit(advice % sys.version_info[:2])

import argparse
import hashlib
import json
import os
import re
import shutil
import signal
import subprocess
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
BIN = VENV / ("Scripts" if os.name == "nt" else "bin")
PYTHON = str(BIN / "python")
SITE = "Lib/site-packages" if os.name == "nt" else "lib/python3*/site-packages"
STAMP = VENV / "course-stamp.json"
LOG = VENV / "install.log"
DISK_GB = 4
PACKAGES = {  # a student's are a part of all
    "student": ["-r", "requirements.txt", "-c", "requirements-lock.txt"],
    "all": ["-r", "requirements-lock.txt"],
}
LAB_SETTINGS = {  # neither a pop-up that offers news nor requests to other machines
    "@jupyterlab/apputils-extension:notification": {"fetchNews": "false", "checkForUpdates": False},
}
LAB = ["-m", "jupyterlab", "--log-level=ERROR", "--LabApp.extension_manager=readonly"]
LAB += ["--LabApp.default_url=/lab/tree/notebooks/00_start_here.ipynb"]
LAB += ["--allow-root"] if getattr(os, "geteuid", lambda: 1)() == 0 else []  # in a container, often the only user
TEST = ["-m", "pytest", "-n", "2", "--dist", "loadscope", "--no-loadscope-reorder"]  # a file stays with one process
TEST += ["--nbval", "--nbval-current-env", "--nbval-cell-timeout=300"]
VALUED = ("-k", "-m", "-n", "-o", "-p", "-r", "-W")  # options of pytest after which a word is no path
COMMANDS = {  # what may follow, what it does, the folder that it needs (a copy for students has not all of them)
    "lab": (
        "[OPTION ...]",
        "open JupyterLab on the first notebook; options are JupyterLab's",
        "notebooks",
    ),
    "test": ("[PATH or OPTION ...]", "run all tests, or those in PATH; options are pytest's, as -k photo", "tests"),
    "run": ("NOTEBOOK ...", "run notebooks from top to bottom, in place, and clean them", "authoring"),
    "release": (
        "[NAME ...] [--with-answers]",
        "make assignments/ from solutions/: all, or those named, such as a1; and answers/, for after the deadline",
        "authoring",
    ),
    "stamp": ("", "write the repository's name of pyproject.toml into all notebooks and the README", "authoring"),
    "translate": (
        "LANGUAGE [--check]",
        "build the notebooks of a language, such as ko, from translations/; --check says what is stale or missing",
        "authoring",
    ),
    "publish": ("FOLDER", "write the last commit into FOLDER, without what students must not see", "authoring"),
    "site": (
        "[FOLDER] [--frames] [--pdf]",
        "build the book, web pages to read anywhere, into build/site or FOLDER; --pdf prints it, too",
        "authoring",
    ),
    "grade": (
        "ASSIGNMENT SUBMISSION ... --out RESULTS [OPTION ...]",
        "grade folders, notebooks or zip files; all options: `.venv/bin/course-grade grade --help`",
        "autograder",
    ),
    "bench": (
        "NAME [OPTION ...]",
        "run a benchmark, or record experiments; without a name: a list",
        "benchmarks",
    ),
}
HINTS = (  # what pip complains of, what to do about it; the first that fits
    ("No space left|not enough space", "The disk is full: free %d GB, then run this again." % DISK_GB),
    (
        "(?i)retrying|connection|timed out|proxy|ssl",
        "Most likely there is no network: connect (behind a proxy, set HTTPS_PROXY), then run this again.",
    ),
    ("No matching dist", "TensorFlow does not support this machine (an Intel Mac?): use Colab, see README.md."),
    ("No such file|too long", "On Windows, move the course into a folder with a short name, such as C:\\course."),
    ("", "Run this again; if it fails again, delete the folder .venv first."),
)


def environment():
    """The caller's environment without what would lead the course's Python to other packages."""
    strays = ("PYTHONPATH", "PYTHONHOME", "PIP_TARGET", "PIP_PREFIX", "PIP_ROOT", "JUPYTER_PATH")
    env = {name: value for name, value in os.environ.items() if name not in strays}
    env.update(VIRTUAL_ENV=str(VENV), PATH=str(BIN) + os.pathsep + env.get("PATH", os.defpath))
    env.update(PYTHONNOUSERSITE="1", PYTHONUTF8="1", JUPYTER_PREFER_ENV_PATH="1")
    env.update(PIP_USER="0", PIP_NO_INPUT="1", PIP_DISABLE_PIP_VERSION_CHECK="1", PIP_ROOT_USER_ACTION="ignore")
    return env


def place():
    """Where .venv stands and its Python, such as "3.12" (None where it has none that runs, or is no environment)."""
    ask = [PYTHON, "-c", "import sys; print('%d.%d' % sys.version_info[:2])"]
    try:
        found = subprocess.run(ask, env=environment(), capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        found = None
    if not (VENV / "pyvenv.cfg").is_file():  # without it pip would install into the Python that .venv was made from
        found = None
    return {"folder": str(ROOT), "python": found}


def stamp(packages):
    """What a finished installation leaves in .venv: to move the course or to edit a requirement changes it."""
    names = ("requirements-lock.txt", "requirements.txt", "pyproject.toml", "autograder/pyproject.toml")
    read = [(ROOT / name).read_bytes() for name in names if (ROOT / name).is_file()]
    digest = hashlib.sha256(b"".join(read)).hexdigest()
    return dict(place(), requirements=digest, packages=packages)


def prepare(packages):
    """Make .venv hold the "student" or "all" packages, and do nothing where it does already."""
    try:
        old = json.loads(STAMP.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        old = {}
    if old in (stamp(packages), stamp("all")):
        return
    here = place()
    if here["python"] not in PYTHONS or (old and not here.items() <= old.items()):  # moved, or left unfinished
        make_venv()
    print("Installing the course's packages into .venv. This is needed once and takes some minutes.")
    STAMP.write_text('{"unfinished": true}', encoding="utf-8")
    ours = ["-e", "."] + (["-e", "./autograder"] if packages == "all" and (ROOT / "autograder").is_dir() else [])
    if not (pip_install(PACKAGES[packages]) and pip_install(["--no-deps", "--no-build-isolation"] + ours)):
        log = read_log()
        if old and "Installing collected packages" not in log:  # pip gave up before it changed anything
            STAMP.write_text(json.dumps(old), encoding="utf-8")
        sys.exit(explain(log))
    STAMP.write_text(json.dumps(stamp(packages)), encoding="utf-8")


def make_venv():
    """Make an empty .venv, or exit with what is missing for it."""
    free = shutil.disk_usage(str(ROOT)).free / 1e9
    if free < DISK_GB and not VENV.exists():
        sys.exit("The course's packages take %d GB of disk, but only %.1f GB are free." % (DISK_GB, free))
    print("Making the environment .venv with Python %d.%d." % sys.version_info[:2])
    if VENV.is_symlink():
        VENV.unlink()  # --clear would empty what it leads to, which others may use
    base = getattr(sys, "_base_executable", sys.executable)  # not .venv's own Python, which --clear removes
    command = [base, "-m", "venv", "--clear", str(VENV)]
    made = subprocess.run(command, env=environment(), capture_output=True, text=True)
    if made.returncode:
        hint = "\nPython's venv did not work. On Debian and Ubuntu: sudo apt install python%d.%d-venv"
        sys.exit(made.stdout + made.stderr + hint % sys.version_info[:2])


def pip_install(arguments):
    """Run pip install, its output in .venv/install.log, and show how far it is; returns whether it succeeded."""
    command = [PYTHON, "-m", "pip", "install", "--progress-bar", "off"] + arguments
    started = time.time()
    with LOG.open("wb") as log:
        pip = subprocess.Popen(command, cwd=str(ROOT), env=environment(), stdout=log, stderr=subprocess.STDOUT)
        try:
            while True:
                try:
                    return pip.wait(timeout=5) == 0
                except subprocess.TimeoutExpired:
                    new = sum(path.stat().st_mtime > started for path in VENV.glob(SITE + "/*.dist-info"))
                    print("  %3.0f s: " % (time.time() - started) + progress(read_log(), new))
        finally:  # after Ctrl-C, leave no pip behind that works on
            pip.terminate()
            pip.wait()


def read_log():
    return LOG.read_text(encoding="utf-8", errors="replace")


def progress(log, installed):
    """One line about a running pip: what it fetches, then how many of the packages it announced are in place."""
    announced = re.search("^Installing collected packages: (.+)", log, re.M)
    if announced:
        return "installed %d of %d packages" % (installed, announced.group(1).count(",") + 1)
    found = re.findall(r"^ *(?:Collecting|Downloading|Processing) (\S+(?: \([\d.]+ [kMG]B\))?)", log, re.M)
    return "fetching " + found[-1] if found else "starting"


def explain(log):
    """What to tell about a pip that failed: its complaints and what to do."""
    complaints = [line.strip() for line in log.splitlines() if "ERROR" in line or "WARNING" in line]
    hint = next(hint for cause, hint in HINTS if re.search(cause, "\n".join(complaints)))
    tail = ["  " + line[:160] for line in complaints[-4:]]
    return "\n".join(["pip could not install the packages (all it said is in %s):" % LOG] + tail + [hint])


def hand_over(arguments, folder=ROOT):
    """Become .venv's Python in `folder`, so that Ctrl-C, signals and the exit code are those of what runs there."""
    os.chdir(str(folder))
    command = [PYTHON] + arguments
    if os.name == "posix":
        os.execve(PYTHON, command, environment())
    signal.signal(signal.SIGINT, lambda *_: None)  # Windows: Ctrl-C is for the child alone
    sys.exit(subprocess.call(command, env=environment()))


def absolute(words):
    """`words` of the caller's command line for a process in another folder: paths that exist become absolute."""
    before = [""] + words
    return [
        os.path.abspath(word) if os.path.exists(word) and last not in VALUED else word
        for last, word in zip(before, words)
    ]


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0], allow_abbrev=False)
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for name, (follows, text, folder) in COMMANDS.items():
        if (ROOT / folder).is_dir():
            usage = "course.py %s [-h] %s" % (name, follows)
            commands.add_parser(name, usage=usage, help=text, description=text, allow_abbrev=False)
    known, words = parser.parse_known_args()
    sys.stdout.reconfigure(line_buffering=True)  # what is said appears at once, in a log file too
    prepare("student" if known.command == "lab" else "all")
    if known.command == "lab":
        settings = VENV / "share/jupyter/lab/settings/overrides.json"
        settings.parent.mkdir(parents=True, exist_ok=True)
        settings.write_text(json.dumps(LAB_SETTINGS, indent=1), encoding="utf-8")
        print("Opening JupyterLab on notebooks/00_start_here.ipynb. Ctrl-C here, twice, ends it.")
        hand_over(LAB + absolute(words))
    elif known.command == "test":
        print("Running the tests.")
        hand_over(TEST + absolute(words))
    elif known.command == "grade":  # where the caller stands: RESULTS need not exist yet
        hand_over(["-P", "-m", "autograder", "grade"] + words, os.getcwd())
    elif known.command == "bench":
        bench(words)
    elif known.command == "publish":  # its folder need not exist yet
        hand_over(["-m", "authoring", "publish"] + [os.path.abspath(word) for word in words])
    else:
        hand_over(["-m", "authoring", known.command] + absolute(words))


def bench(words):
    """Run the benchmark that the first word names, or say which there are."""
    benchmarks = {path.stem: [str(path)] for path in sorted((ROOT / "benchmarks").glob("*.py"))}
    if (ROOT / "authoring").is_dir():
        benchmarks["experiments"] = ["-m", "authoring", "experiments"]
    if not words or words[0] not in benchmarks:
        sys.exit("Name one of the benchmarks: %s." % ", ".join(sorted(benchmarks)))
    hand_over(benchmarks[words[0]] + words[1:])


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit("Stopped. Run it again to go on.")
