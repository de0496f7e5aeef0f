"""What the command line of `course-grade` takes."""

import argparse
import os
from pathlib import Path

from . import lateness, scale

CHECKS = Path(__file__).resolve().parents[1] / "solutions/checks"
LIMITS = {"seconds": 60, "total_seconds": 600, "memory_mb": 3072}
EXIT_CODES = """exit codes: 0 all graded, 1 some could not be graded (they are named), 2 nothing could be done,
3 a fault of the grader itself (its report is printed), 130 interrupted (start it again to go on)"""
UNSAFE = (
    "grade without confinement. Submissions then run with your rights: one can read and change your files, and give "
    "itself any score. Only for work that you trust as your own"
)


def parser(description: str, commands: dict) -> argparse.ArgumentParser:
    """The command line's parser; commands: {name: the function that carries it out}."""
    whole = argparse.ArgumentParser(
        "course-grade", description=description, epilog=EXIT_CODES, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parts = whole.add_subparsers(metavar="COMMAND", required=True)
    for name, (add, text) in COMMANDS.items():
        command = parts.add_parser(name, help=text, epilog=EXIT_CODES)
        command.set_defaults(run=commands[name])
        add(command)
    return whole


def _grade(command):
    command.set_defaults(**LIMITS)
    _add_assignment(command)
    text = "folders, notebooks (.ipynb) or zip files with submissions; platforms' downloads are read as they are"
    command.add_argument("submissions", metavar="SUBMISSIONS", nargs="+", help=text)
    command.add_argument("--out", metavar="RESULTS", required=True, help="folder for results; made if missing")
    _add_checks(command)
    _add_class(command)
    text = "submissions graded at a time on this machine (default: one for each processor core)"
    command.add_argument("--workers", type=positive, metavar="N", default=cores(), help=text)
    text = "grade on a dask cluster: its scheduler's address, as tcp://host:8786, or its scheduler file"
    command.add_argument("--cluster", metavar="ADDRESS", help=text)
    text = "grade only the I-th of N shares, as 2/8; give each share its own --out, and merge them afterwards"
    command.add_argument("--shard", type=_shard, metavar="I/N", help=text)
    command.add_argument("--again", action="store_true", help="grade anew what is graded and unchanged, too")
    command.add_argument("--no-sandbox", dest="sandbox", action="store_false", help=UNSAFE)
    text = "limit of each cell and each check (default: %(default)s)"
    command.add_argument("--seconds", type=positive, metavar="S", help=text)
    text = "limit of a submission as a whole (default: %(default)s)"
    command.add_argument("--total-seconds", type=positive, metavar="S", help=text)
    text = "memory of a submission, in MB (default: %(default)s)"
    command.add_argument("--memory-mb", type=positive, metavar="MB", help=text)
    text = "draw the hidden inputs from this number instead of a secret one: to see a result of results.jsonl again"
    command.add_argument("--seed", type=int, metavar="SEED", help=text)


def _merge(command):
    command.add_argument("folders", metavar="FOLDER", nargs="+", help="results folders of the same assignment")
    command.add_argument(
        "--out", metavar="RESULTS", required=True, help="folder for all results; may hold some already"
    )
    _add_checks(command)
    _add_class(command)


def _gradescope(command):
    _add_assignment(command)
    command.add_argument("--out", metavar="ZIP", required=True, help="the zip file to write; it holds the solution")
    _add_checks(command)


def _gradescope_run(command):
    _add_assignment(command)
    command.add_argument("submission", metavar="FOLDER", help="folder with one submission")
    command.add_argument("--out", metavar="JSON", required=True, help="results.json to write")
    command.add_argument("--no-sandbox", dest="sandbox", action="store_false", help=UNSAFE)
    _add_checks(command)


COMMANDS = {
    "grade": (_grade, "grade submissions of one assignment"),
    "merge": (_merge, "put results folders together, as of --shard"),
    "gradescope": (_gradescope, "make the zip that Gradescope's autograder page wants"),
    "gradescope-run": (_gradescope_run, "what run_autograder calls on Gradescope's machine"),
}


def _add_assignment(command):
    text = "such as a1, of which the checks folder holds a1.py"
    command.add_argument("assignment", metavar="ASSIGNMENT", help=text)


def _add_checks(command):
    text = "folder with hidden checks, such as your own private ones (default: the repository's solutions/checks)"
    command.add_argument("--checks", metavar="FOLDER", default=CHECKS, type=Path, help=text)


def _add_class(command):
    """Options about the class, kept in the results folder until they are given anew."""
    text = "marks by hand: manual.csv filled in, or any table with submission, question, points, comment"
    command.add_argument("--manual", dest="marks", action="append", default=[], metavar="CSV", help=text)
    text = "the same; a row for a question that the checks mark replaces their mark, for the reason in comment"
    command.add_argument("--override", dest="marks", action="append", metavar="CSV", help=text)
    text = "who is in the class: your own table, or the one that Canvas, Moodle, Blackboard or Brightspace exports"
    command.add_argument("--roster", metavar="CSV", help=text)
    text = 'when the work was due, as "2026-10-01 23:59", in this computer\'s time zone or with +02:00 after it'
    command.add_argument("--due", type=_moment, metavar="TIME", help=text)
    text = "percent of the assignment's points that each day begun after --due costs (default: 0)"
    command.add_argument("--late-penalty", dest="penalty", type=_percent, metavar="PERCENT", help=text)
    text = "late days that cost nothing (default: 0)"
    command.add_argument("--late-free", dest="free", type=_days, metavar="DAYS", help=text)
    text = "a notebook of explanations to go out with each page of feedback, in this run only: for after the deadline"
    command.add_argument("--answers", metavar="NOTEBOOK", type=Path, help=text)
    text = "percent that lateness costs at most (default: 100)"
    command.add_argument("--late-most", dest="most", type=_percent, metavar="PERCENT", help=text)


def positive(text):
    if not text.isdigit() or not int(text):
        raise argparse.ArgumentTypeError(f"a whole number from 1 on, not {text!r}")
    return int(text)


def _percent(text):
    value = _days(text.removesuffix("%"))
    if value > 100:
        raise argparse.ArgumentTypeError(f"a number from 0 to 100, not {text!r}")
    return value


def _days(text):
    try:
        value = float(text.replace(",", "."))
    except ValueError:
        value = -1
    if not 0 <= value < 1e6:
        raise argparse.ArgumentTypeError(f"a number from 0 on, not {text!r}")
    return value


def _moment(text):
    try:
        return lateness.moment(text).isoformat()
    except ValueError as error:
        raise argparse.ArgumentTypeError(f'a time such as "2026-10-01 23:59", not {text!r}') from error


def _shard(text):
    try:
        return scale.shard_of(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from error


def cores() -> int:
    """Processor cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
