"""Grade one submission: read, run, decide, each in a child of its own.

from autograder.engine import grade
grade("student.ipynb", "solutions/checks/a1.py")["score"]
"""

import collections
import compileall
import functools
import re
import secrets
import sys
import time
from dataclasses import replace
from pathlib import Path, PurePosixPath

from .imports import followed, packages
from .notebook import UnreadableSubmissionError, read_bytes
from .questions import NOT_STARTED, Finding, load_assignment
from .records import parts_digest
from .running import Run
from .sandbox.forkserver import GraderError, RefusedError
from .sandbox.trial import layers
from .sentences import listed, say

CHANGED = "the hidden checks or the solution have changed since the run began, so that no result can be trusted"
MAX_FILES, MAX_FILES_BYTES = 100, 10 * 2**20  # beside the notebook
__all__ = ["GraderError", "RefusedError", "UnreadableSubmissionError", "grade"]


def grade(
    submission,
    checks,
    *,
    seed: int | None = None,
    seconds: float = 60,
    sandbox: bool = True,
    total_seconds: float = 600,
    memory_mb: int = 3072,
    private=(),
    questions=None,
    parts: str | None = None,
    files=None,
) -> dict:
    """The result of the notebook file `submission` under the hidden checks in the file `checks`, as a plain dict.

    seed: of the hidden inputs; drawn in secret when None. seconds: limit of each cell and each probe. total_seconds:
    limit of running the submission, all repetitions included. memory_mb: limit of its memory, the half
    gigabyte of TensorFlow included. sandbox: False runs it with your rights and nothing around it. private: more paths
    that it must not read, even inside Python's folders. questions: ids of those to grade; all when None. parts: what
    the digest of checks and solution must be (records.parts_digest); that of the files as they are now when None.
    files: what the student wrote beside the notebook, {relative path: bytes}, such as helpers.py; it can be imported
    and opened.

    Result: assignment, submission, seed, score, max_score, questions, a list of {id, points, max_points, findings},
    where findings is a list of {check, points, earned, message}, with a `board` where one asks for a leaderboard's
    row; a question for a person has {manual: True, text: what the student wrote} as well, no findings, and no points
    yet. status: "graded", or "partly run" when a cell or a function had to be stopped; seconds: the time it took;
    sandbox: its layers that stood; answers: {question: its form}, see normal_form.py. starved: True, and there at all,
    when other work on the machine kept the submission from its time: graded alone it may earn more.

    Raises UnreadableSubmissionError for a file that is no notebook, FileNotFoundError for missing checks, RefusedError
    where a submission cannot be confined and sandbox is True, GraderError when the checks themselves fail.
    """
    started = time.monotonic()
    assignment = load_assignment(checks)
    parts = parts or parts_digest(assignment)
    asked = [question for question in assignment.questions if questions is None or question.id in questions]
    data, name = read_bytes(submission), Path(submission).name
    seed = secrets.randbits(64) if seed is None else seed
    folders = [assignment.checks.parent, assignment.notebook.parent]
    stood = layers() if sandbox else []
    closed = [Path(path).resolve() for path in (*folders, Path(submission).resolve().parent, *private)]
    readable = _importable(assignment.checks, assignment.notebook)
    run = Run(assignment, seed, seconds, sandbox, total_seconds, memory_mb, closed, readable, own_files(files or {}))
    taken = run.read(data, name)
    automatic = [question for question in asked if not question.manual]
    findings = run.round(automatic, taken)

    lost = {question.id for question in automatic if _earned(findings[question.id]) < question.points}
    for question in automatic:  # a mistake costs its points once
        needed = sorted(lost.intersection(question.needs))
        late = [step for name in question.needs for step in taken["late"].get(name, ())]
        if (
            question.id not in lost
            or not (needed or late)
            or findings[question.id][0].message == NOT_STARTED
            or run.left <= 0
        ):
            continue
        second = run.round([question], taken, needed, late)[question.id]
        if _earned(second) > _earned(findings[question.id]):
            ours = listed(needed) if needed else ""
            note = say(
                "Looked at with our answer to {questions}, since yours lost points there already.", questions=ours
            )
            if ours:
                told = say(
                    "This check does not hold with our answer to {questions} in place of yours either.", questions=ours
                )
                second = _without_values(second, findings[question.id], told)
            else:
                note = say(
                    "Looked at without the tries that stand below the tests of questions which you had answered."
                )
            findings[question.id] = [*second, Finding("follow-on", 0, 0, note)]
    if automatic and taken["note"]:
        findings[automatic[0].id].append(Finding("note", 0, 0, taken["note"]))
    if parts_digest(assignment) != parts:  # without a sandbox a submission can write there
        raise GraderError(f"{CHANGED} ({assignment.checks}, {assignment.notebook}). Look at them, and grade again.")
    results = [_result(question, findings, taken["manual"]) for question in asked]
    return {
        "assignment": assignment.name,
        "submission": str(submission),
        "seed": seed,
        "score": sum(result["points"] for result in results),
        "max_score": sum(result["max_points"] for result in results if not result.get("extra")),
        "questions": results,
        "status": "partly run" if run.stopped else "graded",
        "seconds": round(time.monotonic() - started, 3),
        "sandbox": stood,
        "answers": taken["answers"],
    } | ({"starved": True} if run.starved else {})


def own_files(files: dict) -> dict:
    """Of a student's files those that a child may have beside it: few, small, under plain relative paths."""
    kept, size = {}, 0
    for name, data in sorted(files.items())[:MAX_FILES]:
        parts = PurePosixPath(name).parts
        plain = parts and len(name) < 200 and all(re.fullmatch(r"\w[\w .+-]*", part) for part in parts)
        size += len(data)
        if plain and size <= MAX_FILES_BYTES:
            kept[name] = data
    return kept


@functools.lru_cache(maxsize=8)  # the same for a whole class
def _importable(checks, notebook) -> list[str]:
    folders = packages(followed(checks, notebook)[0])
    for folder in () if sys.dont_write_bytecode else folders:
        compileall.compile_dir(folder, quiet=2)  # no child can write: each would compile them again
    return folders


def _result(question, findings, manual) -> dict:
    about = {"id": question.id, "points": 0, "max_points": question.points, "findings": []}
    about |= {"extra": True} if question.extra else {}
    if question.manual:
        return about | {"manual": True, "text": manual.get(question.id, "")}
    found = [finding.as_data() for finding in told_once(findings[question.id])]
    return about | {"points": _earned(findings[question.id]), "findings": found}


def _without_values(findings, first, sentence: str) -> list[Finding]:
    """Findings of a look in which model answers were in the submission's reach: no word in them comes from there.

    What the first look said already may be said again.
    """
    known = {(finding.check, finding.message) for finding in first}
    return [
        finding
        if not finding.message or (finding.check, finding.message) in known
        else replace(finding, message=sentence)
        for finding in findings
    ]


def told_once(findings) -> list[Finding]:
    """Findings in which a sentence that several checks say is told once, with how many say it."""
    number = collections.Counter(finding.message for finding in findings if finding.message)
    first: dict[str, str] = {}
    told = []
    for finding in findings:
        message = finding.message
        if number[message] > 1 and message not in first:
            first[message] = finding.check
            ended = message if message.endswith((".", "?", "…")) else message + "."
            message = say("{sentence} (So in {number} checks.)", sentence=ended, number=number[message])
        elif number[message] > 1:
            message = say("As in \u201c{check}\u201d.", check=say(first[message]))
        told.append(replace(finding, message=message))
    return told


def _earned(findings) -> float:
    return sum(min(finding.earned, finding.points) for finding in findings)
