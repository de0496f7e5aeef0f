"""Grade submissions from the command line.

    course-grade grade a1 submissions/ --out results/
    course-grade merge results-1/ results-2/ --out results/
    course-grade gradescope a1 --out autograder.zip

SUBMISSIONS are folders, notebooks, or zip files as Canvas and Moodle give them. RESULTS gets results.jsonl (a line for
each submission), grades.csv, canvas.csv, feedback/<submission>.html, gradescope/, and where there is something to say
manual.csv (answers to mark by hand) and duplicates.csv. Interrupt it whenever you like: started again, it goes on,
and what is graded and unchanged is not graded again.
"""

import argparse
import contextlib
import json
import os
import re
import signal
import sys
import time
from pathlib import Path

from tqdm import tqdm

from . import feedback, gradescope, inbox, records, reports, scale
from .questions import load_assignment

CHECKS = Path(__file__).resolve().parents[1] / "solutions/checks"
DONE, SOME_NOT_GRADED, CANNOT, INTERRUPTED = 0, 1, 2, 130
EXIT_CODES = """exit codes: 0 all graded, 1 some could not be graded (they are named), 2 nothing could be done,
130 interrupted (start it again to go on)"""
LIMITS = {"seconds": 60, "total_seconds": 600, "memory_mb": 3072}
LOG_SECONDS = 15  # between two lines of progress where there is no terminal
UNCONFINED = "Not confined: each submission runs with your rights."


class UsageError(Exception):
    """The command cannot be carried out; the message says why and what to do."""


def main(arguments=None) -> int:
    """Run a command line; returns the exit code."""
    given = parser().parse_args(arguments)
    with contextlib.suppress(ValueError):  # not the main thread: tests
        signal.signal(signal.SIGTERM, _interrupt)  # a batch system that ends a job asks first
    try:
        return given.run(given)
    except (UsageError, inbox.InboxError, records.ResultsError, scale.ScaleError) as error:
        print(f"course-grade: {error}", file=sys.stderr)
        return CANNOT
    except KeyboardInterrupt:
        print("Interrupted. What is graded is kept; start it again to go on.", file=sys.stderr)
        return INTERRUPTED


def _interrupt(*_):
    raise KeyboardInterrupt


def parser() -> argparse.ArgumentParser:
    """The command line's parser."""
    whole = argparse.ArgumentParser(
        "course-grade", description=__doc__, epilog=EXIT_CODES, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    commands = whole.add_subparsers(metavar="COMMAND", required=True)

    grade = commands.add_parser("grade", help="grade submissions of one assignment", epilog=EXIT_CODES)
    grade.set_defaults(run=run_grade, **LIMITS)
    grade.add_argument("assignment", metavar="ASSIGNMENT", help="such as a1, of which the checks folder holds a1.py")
    text = "folders, notebooks (.ipynb) or zip files with submissions; Canvas and Moodle downloads are read as they are"
    grade.add_argument("submissions", metavar="SUBMISSIONS", nargs="+", help=text)
    grade.add_argument("--out", metavar="RESULTS", required=True, help="folder for results; made if missing")
    _add_checks(grade)
    text = "submissions graded at a time on this machine (default: one for each processor core)"
    grade.add_argument("--workers", type=_positive, metavar="N", default=_cores(), help=text)
    text = "grade on a dask cluster: its scheduler's address, as tcp://host:8786, or its scheduler file"
    grade.add_argument("--cluster", metavar="ADDRESS", help=text)
    text = "grade only the I-th of N shares, as 2/8; give each share its own --out, and merge them afterwards"
    grade.add_argument("--shard", type=_shard, metavar="I/N", help=text)
    grade.add_argument("--again", action="store_true", help="grade anew what is graded and unchanged, too")
    grade.add_argument("--manual", metavar="CSV", help="take in marks given by hand: manual.csv, filled in")
    text = "grade without confinement. Submissions then run with your rights: only for work that you trust"
    grade.add_argument("--no-sandbox", dest="sandbox", action="store_false", help=text)
    text = "limit of each cell and each check (default: %(default)s)"
    grade.add_argument("--seconds", type=_positive, metavar="S", help=text)
    text = "limit of a submission as a whole (default: %(default)s)"
    grade.add_argument("--total-seconds", type=_positive, metavar="S", help=text)
    text = "memory of a submission, in MB (default: %(default)s)"
    grade.add_argument("--memory-mb", type=_positive, metavar="MB", help=text)
    text = "draw the hidden inputs from this number instead of a secret one: to see a result of results.jsonl again"
    grade.add_argument("--seed", type=int, metavar="SEED", help=text)

    merge = commands.add_parser("merge", help="put results folders together, as of --shard", epilog=EXIT_CODES)
    merge.set_defaults(run=run_merge)
    merge.add_argument("folders", metavar="FOLDER", nargs="+", help="results folders of the same assignment")
    merge.add_argument("--out", metavar="RESULTS", required=True, help="folder for all results; may hold some already")
    _add_checks(merge)

    pack = commands.add_parser("gradescope", help="make the zip that Gradescope's autograder page wants")
    pack.set_defaults(run=run_gradescope)
    pack.add_argument("assignment", metavar="ASSIGNMENT", help="such as a1")
    pack.add_argument("--out", metavar="ZIP", required=True, help="the zip file to write; it holds the solution")
    _add_checks(pack)

    inside = commands.add_parser("gradescope-run", help="what run_autograder calls on Gradescope's machine")
    inside.set_defaults(run=run_on_gradescope)
    inside.add_argument("assignment", metavar="ASSIGNMENT", help="such as a1")
    inside.add_argument("submission", metavar="FOLDER", help="folder with one submission")
    inside.add_argument("--out", metavar="JSON", required=True, help="results.json to write")
    inside.add_argument("--no-sandbox", dest="sandbox", action="store_false", help="grade without confinement")
    _add_checks(inside)
    return whole


def _add_checks(command):
    text = "folder with hidden checks, such as your own private ones (default: the repository's solutions/checks)"
    command.add_argument("--checks", metavar="FOLDER", default=CHECKS, type=Path, help=text)


def _positive(text):
    if not text.isdigit() or not int(text):
        raise argparse.ArgumentTypeError(f"a whole number from 1 on, not {text!r}")
    return int(text)


def _shard(text):
    try:
        return scale.shard_of(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from error


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def assignment_of(name: str, folder: Path):
    """The assignment `name` of a checks folder; UsageError says what is wrong."""
    if not re.fullmatch(r"\w+", name):
        raise UsageError(f"{name!r} is no assignment; give a name such as a1")
    if not (folder / f"{name}.py").is_file():
        there = ", ".join(sorted(path.stem for path in folder.glob("*.py"))) or "none"
        raise UsageError(f"no hidden checks {folder / name}.py; that folder has checks for: {there}. See --checks.")
    try:
        return load_assignment(folder / f"{name}.py")
    except Exception as error:
        raise UsageError(f"the hidden checks {folder / name}.py cannot be used: {error}") from error


# grade ---------------------------------------------------------------------------------------------------------------


def run_grade(given) -> int:
    """Grade what is new or changed, then write all reports."""
    assignment = assignment_of(given.assignment, given.checks)
    found, remarks = inbox.find(given.submissions, assignment.notebook.name, assignment.name)
    if given.shard:
        found = [submission for submission in found if scale.in_shard(submission.name, given.shard)]
    elif not found:
        raise UsageError(f"no notebook (.ipynb) in {', '.join(given.submissions)}. {' '.join(remarks)}")
    for remark in remarks:
        print(f"Note: {remark}.")
    with records.locked(given.out):
        known = records.latest(given.out)
        _same_assignment(known, assignment.name, given.out)
        _take_all_marks(given.out, given.manual, known)
        options = {name: getattr(given, name) for name in ("sandbox", "seed", *LIMITS)}
        digest = records.assignment_digest(assignment, options)
        todo = [
            submission
            for submission in found
            if given.again or not _is_current(known.get(submission.name), _key(submission, digest))
        ]
        print(f"{len(found)} submissions of {assignment.name}: {len(found) - len(todo)} are graded and unchanged.")
        try:
            refused = _grade_all(given, assignment, options, digest, todo)
        finally:  # after Ctrl-C as well
            known = records.latest(given.out)
            write_reports(given.out, assignment, known)
    if refused:
        raise UsageError(refused)
    return summary(given.out, known, names=[submission.name for submission in found])


def _key(submission, digest) -> str:
    """What the result on a submission depends on; for an unreadable one, why it is."""
    try:
        return records.key_of(_content(submission), digest)
    except inbox.UnreadableFileError as error:
        return records.key_of(str(error).encode(), "unreadable")


def _content(submission) -> bytes:
    if submission.problem:
        raise inbox.UnreadableFileError(submission.problem)
    return submission.read()


def _is_current(record, key) -> bool:
    return record is not None and record["status"] in (*reports.GRADED, "unreadable") and record.get("key") == key


def _same_assignment(known, name, folder):
    others = {record.get("assignment") for record in known.values()} - {name}
    if others:
        raise UsageError(f"{folder} holds results of {', '.join(map(str, others))}: give {name} a folder of its own")


def _take_all_marks(folder, manual, known) -> None:
    """Marks from --manual, and those written into the results folder's own manual.csv, which is made anew later."""
    own = Path(folder) / reports.MANUAL
    given = [Path(manual)] if manual else []
    for path in [own] * own.is_file() + given:
        if number := reports.take_marks(folder, path, known):
            print(f"{number} marks taken in from {path}.")


def _grade_all(given, assignment, options, digest, todo) -> str:
    """Grade `todo`, one line of results.jsonl for each as soon as it is there. Returns why it stopped early, or ""."""
    options = options | {"private": [str(Path(path).resolve()) for path in (*given.submissions, given.out)]}
    lines = records.JsonLines(Path(given.out) / records.RESULTS)
    if not todo:
        return ""
    every = 0.1 if sys.stderr.isatty() else LOG_SECONDS
    with tqdm(total=len(todo), desc=assignment.name, unit="submission", mininterval=every) as progress:

        def keep(submission, key, outcome):
            about = {"name": submission.name, "assignment": assignment.name, "key": key, "source": submission.source}
            about |= {"canvas_id": submission.canvas_id, "time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())}
            lines.append(about | outcome)
            progress.set_postfix_str(f"{submission.name}: {_in_short(outcome)}", refresh=False)
            progress.update()

        def tasks():
            for submission in todo:
                try:
                    content = _content(submission)
                except inbox.UnreadableFileError as error:
                    unreadable.append((submission, str(error)))
                    continue
                tag = submission, records.key_of(content, digest)
                yield tag, scale.task_for(submission, content, assignment.checks, options)

        unreadable: list = []
        layers: list = []
        if given.cluster:
            package = records.as_data(assignment)
            version = records.code_version(assignment.checks, assignment.notebook)
            finished = scale.on_a_cluster(tasks(), given.cluster, package, version)
        else:
            finished = scale.on_this_machine(tasks(), min(given.workers, len(todo)))
        with contextlib.closing(finished):
            for (submission, key), outcome in finished:
                if outcome["status"] == "refused":
                    return outcome["reason"]
                if "sandbox" in outcome and not layers:
                    layers.append(outcome["sandbox"])
                    stood = ", ".join(outcome["sandbox"])
                    progress.write(f"Confined by {stood}" if stood else UNCONFINED, file=sys.stderr)
                keep(submission, key, outcome)
        for submission, reason in unreadable:
            key = records.key_of(reason.encode(), "unreadable")
            keep(submission, key, {"status": "unreadable", "reason": f"{Path(submission.source).name}: {reason}"})
    return ""


def _in_short(outcome) -> str:
    if outcome["status"] in reports.GRADED:
        return f"{reports.number(outcome['score'])} of {reports.number(outcome['max_score'])}"
    return outcome["status"]


# Reports -------------------------------------------------------------------------------------------------------------


def write_reports(folder, assignment, known) -> None:
    """All tables and pages of a results folder, from its records."""
    marks = reports.read_marks(folder)
    reports.write_tables(folder, assignment.name, known, marks)
    feedback.write_pages(folder, assignment.notebook, known, marks)
    gradescope.write(folder, assignment, known, marks)


def summary(folder, known, names) -> int:
    """Say how it went and what is left to do; returns the exit code."""
    marks = reports.read_marks(folder)
    final = [reports.with_marks(known[name], marks) for name in names if name in known]
    scores = [record["score"] for record in final if record["score"] is not None]
    mean = f", {reports.number(sum(scores) / len(scores))} points on average" if scores else ""
    print(f"{len(scores)} graded{mean}. Results: {folder}")
    troubled = [record for record in final if record["status"] in ("unreadable", "failed")]
    for record in troubled:
        told = {"unreadable": "could not be read", "failed": "could not be graded, through no fault of the student"}
        *_, reason = str(record.get("reason", "")).strip().splitlines() or [""]
        print(inbox.printable(f"  {record['name']} {told[record['status']]}: {reason}"))
    to_mark = sum(record["status"] == "to mark" for record in final)
    if to_mark:
        table = Path(folder) / reports.MANUAL
        print(f"  {to_mark} with answers to mark by hand: fill in {table}, then run this again.")
    for together, many in reports.duplicates(known):
        print(f"  The same {many} answers: {', '.join(together)}")
    return SOME_NOT_GRADED if troubled or len(final) < len(names) else DONE


# merge ---------------------------------------------------------------------------------------------------------------


def run_merge(given) -> int:
    """Copy into one results folder what others have beyond it; of two results on one name, the later counts."""
    sources = [Path(folder) for folder in given.folders]
    for folder in sources:
        if not (folder / records.RESULTS).is_file():
            raise UsageError(f"{folder} is no results folder: it has no {records.RESULTS}")
    with records.locked(given.out):
        known = records.latest(given.out)
        first = next(iter(known.values()), None)
        name = first["assignment"] if first else None
        for folder in sources:
            if folder.resolve() == Path(given.out).resolve():
                continue
            for record in records.latest(folder).values():
                name = name or record["assignment"]
                _same_assignment({"": record}, name, folder)
                mine = known.get(record["name"])
                if mine is None or (mine != record and mine.get("time", "") < record.get("time", "")):
                    records.JsonLines(Path(given.out) / records.RESULTS).append(record)
                    known[record["name"]] = record
            mine = reports.read_marks(given.out)
            for where, mark in reports.read_marks(folder).items():
                if where not in mine:
                    records.JsonLines(Path(given.out) / records.MARKS).append(mark)
        if name is None:
            raise UsageError("these folders hold no results")
        _take_all_marks(given.out, None, known)
        known = records.latest(given.out)
        write_reports(given.out, assignment_of(name, given.checks), known)
    return summary(given.out, known, list(known))


# Gradescope ----------------------------------------------------------------------------------------------------------


def run_gradescope(given) -> int:
    """Write the zip to upload."""
    records.write_atomically(given.out, gradescope.package(assignment_of(given.assignment, given.checks)))
    print(f"{given.out}: upload it under Configure Autograder. It holds the solution: give it to nobody else.")
    return DONE


def run_on_gradescope(given) -> int:
    """Grade the one submission of a folder; results.json is written whatever happens."""
    record = {"name": "submission", "assignment": given.assignment, "status": "failed"}
    names = {}
    try:
        assignment = assignment_of(given.assignment, given.checks)
        names = feedback.titles(assignment.notebook)
        found, _ = inbox.find([given.submission], assignment.notebook.name, assignment.name)
        best = max(found, key=lambda submission: assignment.notebook.stem in submission.source, default=None)
        options = {"sandbox": given.sandbox, "seed": None, **LIMITS}
        options["private"] = [given.submission, str(Path(given.out).parent)]
        try:
            if best is None:
                raise inbox.UnreadableFileError("There is no notebook (.ipynb) among the files.")
            tasks = [(None, scale.task_for(best, _content(best), assignment.checks, options))]
            ((_, outcome),) = scale.on_this_machine(tasks, 1)
        except inbox.UnreadableFileError as error:
            outcome = {"status": "unreadable", "reason": str(error)}
        record |= outcome
        if record["status"] in ("failed", "refused"):
            print(record.get("reason", ""))  # Gradescope shows this to instructors only
    finally:
        text = json.dumps(gradescope.results(record, names=names), indent=1, ensure_ascii=False)
        records.write_atomically(given.out, text + "\n")
    return DONE
