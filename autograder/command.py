"""Grade submissions from the command line.

    course-grade grade a1 submissions/ --out results/
    course-grade merge results-1/ results-2/ --out results/
    course-grade gradescope a1 --out autograder.zip

SUBMISSIONS are folders, notebooks, or zip files as learning platforms give them. RESULTS gets results.jsonl (a line for
each grading), grades.csv, statistics.html, feedback/<submission>.html, gradescope/, tables and feedback zips for the
platforms, and where there is something to say manual.csv (answers to mark by hand), duplicates.csv and changes.csv.
Interrupt it whenever you like: started again, it goes on, and what is graded and unchanged is not graded again.
"""

import contextlib
import json
import re
import signal
import sys
import traceback
from pathlib import Path

from . import (
    batch,
    changes,
    feedback,
    gradebook,
    gradescope,
    inbox,
    marks,
    options,
    records,
    reports,
    results,
    scale,
)
from . import solution as solutions
from .attached import AttachmentError, attachment
from .options import LIMITS
from .questions import load_assignment
from .sandbox.forkserver import GraderError

DONE, SOME_NOT_GRADED, CANNOT, CRASHED, INTERRUPTED = 0, 1, 2, 3, 130


class UsageError(Exception):
    """The command cannot be carried out; the message says why and what to do."""


def main(arguments=None) -> int:
    """Run a command line; returns the exit code."""
    given = parser().parse_args(arguments)
    with contextlib.suppress(ValueError):  # not the main thread: tests
        signal.signal(signal.SIGTERM, _interrupt)  # a batch system that ends a job asks first
    try:
        return given.run(given)
    except (
        UsageError,
        inbox.InboxError,
        records.ResultsError,
        scale.ScaleError,
        AttachmentError,
        solutions.SolutionError,
        GraderError,
    ) as error:
        print(f"course-grade: {error}", file=sys.stderr)
        return CANNOT
    except Exception:
        traceback.print_exc()
        print("course-grade: this is a fault of the grader. What is graded is kept.", file=sys.stderr)
        return CRASHED
    except KeyboardInterrupt:
        print("Interrupted. What is graded is kept; start it again to go on.", file=sys.stderr)
        return INTERRUPTED


def _interrupt(*_):
    raise KeyboardInterrupt


def parser():
    """The command line's parser."""
    commands = {"grade": run_grade, "merge": run_merge, "gradescope": run_gradescope}
    return options.parser(__doc__, commands | {"gradescope-run": run_on_gradescope})


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
    answers = attachment(given.answers, assignment) if given.answers else None
    solutions.look(assignment)
    found, remarks = inbox.find(given.submissions, *_handed_out(assignment), given.sandbox)
    if given.shard:
        found = [submission for submission in found if scale.in_shard(submission.name, given.shard)]
    elif not found:
        raise UsageError(f"no notebook (.ipynb) in {', '.join(given.submissions)}. {' '.join(remarks)}")
    for remark in remarks:
        print(f"Note: {remark}.")
    with records.locked(given.out):
        old, before = records.latest(given.out), changes.scores_before(given.out)
        old_marks = marks.read_marks(given.out)
        _same_assignment(old, assignment.name, given.out)
        settings = _settings(given)
        rows = _rows_of_marks(given, assignment, [*old, *(submission.name for submission in found)])
        _take_own_marks(given.out, old)
        told = {name: getattr(given, name) for name in ("sandbox", "seed", *LIMITS)}
        digest = records.assignment_digest(assignment, told)
        keys = {submission.name: batch.key(submission, digest) for submission in found}
        todo = [
            submission
            for submission in found
            if given.again or not batch.is_current(old.get(submission.name), keys[submission.name])
        ]
        print(f"{len(found)} submissions of {assignment.name}: {len(found) - len(todo)} are graded and unchanged.")
        batch.note_facts(given.out, old, found, todo)
        proven = any(each.get("made_by") == digest[:16] and each["status"] in marks.GRADED for each in old.values())
        work = batch.Batch(given, assignment, told, digest, proven)
        try:
            refused = work.grade(todo)
            if not refused:
                _take_marks(given.out, rows, records.latest(given.out))
        finally:  # after Ctrl-C as well
            unconfirmed = gradebook.not_confirmed(records.latest(given.out), keys)
            changed = results.write(given.out, assignment, settings, unconfirmed, before, old, old_marks, answers)
    if refused:
        raise UsageError(refused)
    whole = results.summary(given.out, settings, list(keys), unconfirmed)
    print("\n".join(changed), end="\n" * bool(changed))
    return DONE if whole else SOME_NOT_GRADED


def _handed_out(assignment) -> tuple:
    """What the inbox has to know of an assignment."""
    answers = [question.defines for question in assignment.questions if not question.manual]
    return assignment.notebook.name, assignment.name, answers


def _same_assignment(known, name, folder):
    others = {record.get("assignment") for record in known.values()} - {name}
    if others:
        raise UsageError(f"{folder} holds results of {', '.join(map(str, others))}: give {name} a folder of its own")


def _settings(given) -> gradebook.Settings:
    rule = {name: getattr(given, name) for name in ("due", "penalty", "free", "most")}
    return gradebook.keep(given.out, rule, given.roster)


# Marks by hand -------------------------------------------------------------------------------------------------------


def _rows_of_marks(given, assignment, names) -> list:
    """The rows of the tables given with --manual and --override, looked through before anything is graded."""
    found = []
    for path in given.marks or ():
        rows = marks.rows_of(path)
        marks.check_rows(rows, names, assignment.questions)
        found.append((path, rows))
    return found


def _take_own_marks(folder, known) -> None:
    """Take in what was written into the results folder's own manual.csv, which is made anew later."""
    own = Path(folder) / reports.MANUAL
    if own.is_file():
        _take_marks(folder, [(own, marks.rows_of(own))], known)


def _take_marks(folder, tables, known) -> None:
    for path, rows in tables:
        if number := marks.take_marks(folder, rows, known):
            print(f"{number} marks taken in from {path}.")


# merge ---------------------------------------------------------------------------------------------------------------


def run_merge(given) -> int:
    """Copy into one results folder what others have beyond it; of two results on one name, the later counts."""
    sources = [Path(folder) for folder in given.folders]
    for folder in sources:
        if not (folder / records.RESULTS).is_file():
            raise UsageError(f"{folder} is no results folder: it has no {records.RESULTS}")
    with records.locked(given.out):
        known = records.latest(given.out)
        name = next((record["assignment"] for record in known.values()), None)
        for folder in sources:
            if folder.resolve() != Path(given.out).resolve():
                name = _merge(folder, given.out, known, name)
        if name is None:
            raise UsageError("these folders hold no results")
        assignment = assignment_of(name, given.checks)
        answers = attachment(given.answers, assignment) if given.answers else None
        rows = _rows_of_marks(given, assignment, known)
        settings = _settings(given)
        _take_own_marks(given.out, known)
        _take_marks(given.out, rows, known)
        told = {record_name for folder in sources for record_name in records.latest(folder)}
        unconfirmed = {one: why for one, why in gradebook.not_confirmed_in([given.out]).items() if one not in told}
        unconfirmed |= gradebook.not_confirmed_in(sources)
        results.write(given.out, assignment, settings, unconfirmed, answers=answers)
    return DONE if results.summary(given.out, settings, list(known), unconfirmed) else SOME_NOT_GRADED


def _merge(folder, out, known, name):
    """Copy the results and marks of `folder` that `out` lacks, into `known` as well; the assignment's name."""
    for record in records.latest(folder).values():
        name = name or record["assignment"]
        _same_assignment({"": record}, name, folder)
        mine = known.get(record["name"])
        if mine is None or (mine != record and mine.get("time", "") < record.get("time", "")):
            records.JsonLines(Path(out) / records.RESULTS).append(record)
            known[record["name"]] = record
    mine = marks.read_marks(out)
    for where, mark in marks.read_marks(folder).items():
        if where not in mine:
            records.JsonLines(Path(out) / records.MARKS).append(mark)
    return name


# Gradescope ----------------------------------------------------------------------------------------------------------


def run_gradescope(given) -> int:
    """Write the zip to upload."""
    assignment = assignment_of(given.assignment, given.checks)
    solutions.look(assignment)
    records.write_atomically(given.out, gradescope.package(assignment))
    print(f"{given.out}: upload it under Configure Autograder. It holds the solution: give it to nobody else.")
    return DONE


def run_on_gradescope(given) -> int:
    """Grade the one submission of a folder; results.json is written whatever happens."""
    record = {"name": "submission", "assignment": given.assignment, "status": "failed"}
    names, checks = {}, None
    try:
        assignment = assignment_of(given.assignment, given.checks)
        names, checks = feedback.titles(assignment.notebook), assignment.checks
        best = inbox.find_one(given.submission, *_handed_out(assignment), given.sandbox)
        told = {"sandbox": given.sandbox, "seed": None, **LIMITS}
        told["private"] = [given.submission, str(Path(given.out).parent)]
        if not given.sandbox:
            print(batch.UNCONFINED)  # Gradescope shows this to instructors only
        try:
            tasks = [(None, scale.task_for(best, batch.content_of(best), assignment.checks, told))]
            ((_, outcome),) = scale.on_this_machine(tasks, 1)
        except inbox.UnreadableFileError as error:
            outcome = {"status": "unreadable", "reason": str(error)}
        record |= outcome
        if record["status"] in ("failed", "refused"):
            print(record.get("reason", ""))
    finally:
        text = json.dumps(gradescope.results(record, names=names, checks=checks), indent=1, ensure_ascii=False)
        records.write_atomically(given.out, text + "\n")
    return DONE
