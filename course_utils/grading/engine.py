"""Grade one submission: graft, run, decide.

    from course_utils.grading.engine import grade
    grade("student.ipynb", "solutions/checks/a1.py")["score"]

**No confinement yet**: the submission runs with your rights. Only for work that you trust; see the package's docstring.
"""

import inspect
import json
import secrets
import tempfile
import textwrap
from dataclasses import replace
from pathlib import Path

import numpy as np

from .answers import MAX_TEXT, NOT_STARTED
from .children import MAX_MESSAGE, context, decide_submission, generator, run_submission
from .graft import graft, is_stub, read_notebook
from .questions import Assignment, Finding, load_assignment

START_SECONDS = 120  # a child that cannot be forked from a warm process imports Keras first
DECIDING_SECONDS = 300


class GraderError(RuntimeError):
    """The hidden checks failed, not the submission: an instructor has to look."""


def grade(submission, checks, *, seed: int | None = None, seconds: float = 60) -> dict:
    """The result of the notebook file `submission` under the hidden checks in the file `checks`, as a plain dict.

    seed: of the hidden inputs; drawn in secret when None. seconds: limit of each cell and each probe.
    Result: assignment, submission, seed, score, max_score, and questions, a list of {id, points, max_points,
    findings}, where findings is a list of {check, points, earned, message}.
    Raises UnreadableSubmissionError for a file that is no notebook, FileNotFoundError for missing checks, GraderError
    when the checks themselves fail.
    """
    assignment = load_assignment(checks)
    notebook, reference = read_notebook(submission), read_notebook(assignment.notebook)
    seed = secrets.randbits(64) if seed is None else seed
    findings = _round(assignment, assignment.questions, reference, notebook, seed, seconds)

    lost = {question.id for question in assignment.questions if _earned(findings[question.id]) < question.points}
    for question in assignment.questions:  # a mistake costs its points once
        needed = sorted(lost.intersection(question.needs))
        if question.id not in lost or not needed or findings[question.id][0].message == NOT_STARTED:
            continue
        second = _round(assignment, [question], reference, notebook, seed, seconds, needed)[question.id]
        if _earned(second) > _earned(findings[question.id]):
            note = f"Looked at with our answer to {' and '.join(needed)}, since yours lost points there already."
            findings[question.id] = [*second, Finding("follow-on", 0, 0, note)]
    questions = [
        {
            "id": question.id,
            "points": _earned(findings[question.id]),
            "max_points": question.points,
            "findings": [vars(finding) for finding in findings[question.id]],
        }
        for question in assignment.questions
    ]
    return {
        "assignment": assignment.name,
        "submission": str(submission),
        "seed": seed,
        "score": sum(question["points"] for question in questions),
        "max_score": sum(question["max_points"] for question in questions),
        "questions": questions,
    }


def _round(assignment: Assignment, questions, reference, notebook, seed, seconds, model_answers=()) -> dict:
    """Run and decide `questions` once, with `model_answers` in place of the student's: {question id: findings}."""
    steps = graft(reference, notebook, assignment.questions, model_answers)
    present = {step.question for step in steps}
    stubs = {step.question for step in steps if step.question and is_stub(step.source)}
    problems = {
        question.id: f"No cell answers this question: define `{question.defines}` in its cell, or in one of your own."
        for question in questions
        if question.id not in present
    } | dict.fromkeys(stubs, NOT_STARTED)
    with tempfile.TemporaryDirectory(prefix="grading-") as folder:
        folder = Path(folder)
        asked = [question for question in questions if question.id not in problems]
        problems |= _run(steps, asked, assignment.forbidden, folder, seed, seconds)
        decidable = [question.id for question in asked if question.id not in problems]
        outcome = _decide(assignment, seed, folder, decidable) if decidable else {}
    return {
        question.id: _findings(question, problems.get(question.id) or outcome[question.id]) for question in questions
    }


def _run(steps, questions, forbidden, folder, seed, seconds) -> dict[str, str]:
    """Run steps and probes in child 1, again without what killed it. {question id: why there is nothing to decide}."""
    for question in questions:
        np.savez(folder / f"{question.id}.inputs.npz", **question.inputs(generator(seed, question.id)))
    probes = {
        question.id: (question.defines, question.probe.__name__, textwrap.dedent(inspect.getsource(question.probe)))
        for question in questions
    }
    owner = {step.id: step.question for step in steps} | {f"probe {question}": question for question in probes}
    problems: dict[str, str] = {}
    left_out = set()
    while True:
        at, errors = _watch(run_submission, (steps, probes, forbidden, folder), seconds)
        stopped = {owner.get(where): error for where, error in errors.items() if not where.startswith("probe ")}
        for where, error in errors.items():  # a cell that defines its answer and stops later is no problem
            question = owner.get(where)
            if question in probes and where.startswith("probe "):
                problems.setdefault(question, _told(stopped[question]) if question in stopped else error)
        if at is None:
            break
        where, why = at
        if owner.get(where):
            problems[owner[where]] = f"Your {'function' if where.startswith('probe ') else 'cell'} {why}."
        if where not in owner or where in left_out:  # or so it claims: there is nothing more to leave out
            problems |= {question: f"The notebook {why}." for question in probes if question not in problems}
            break
        left_out.add(where)
        # What is finished stays; the cell or the question that killed the child is left out.
        steps = [replace(step, source="pass") if step.id == where else step for step in steps]
        probes = {q: probe for q, probe in probes.items() if q != owner[where] and not _finished(folder, q, where)}
    return problems


def _told(error: str) -> str:
    return error if error == NOT_STARTED else f"Your cell stops with {error}"


def _finished(folder: Path, question: str, where: str) -> bool:
    return where.startswith("probe ") and (folder / f"{question}.npz").exists()


def _watch(target, arguments, seconds):
    """Run child 1 to its end. ((id of the step that killed it, how) or None, {id of a step: its exception})."""
    connection, process = _start(target, arguments)
    at, errors = "", {}
    try:
        while True:
            if not connection.poll(seconds if at else START_SECONDS):
                return (at, f"did not come to an end within {seconds:g} s"), errors
            message = json.loads(connection.recv_bytes(MAX_MESSAGE))
            if "error" in message:
                errors.setdefault(at, str(message["error"])[: MAX_TEXT + 100])
            elif message["begin"] == "":
                return None, errors
            else:
                at = str(message["begin"])
    except (EOFError, OSError, ValueError, KeyError, TypeError):  # it closed the pipe, or wrote nonsense into it
        return (at, "ended Python itself"), errors
    finally:
        _end(connection, process)


def _decide(assignment, seed, folder, questions) -> dict:
    """Child 2's outcome. GraderError when it fails: no submission's code runs there, so the checks are at fault."""
    connection, process = _start(decide_submission, (assignment.checks, seed, folder, questions))
    try:
        if not connection.poll(DECIDING_SECONDS):
            raise GraderError(f"the hidden checks {assignment.checks.name} did not decide within {DECIDING_SECONDS} s")
        return json.loads(connection.recv_bytes())
    except EOFError:
        log = folder / "decided.txt"
        report = log.read_text(errors="replace")[-2000:] if log.exists() else "no output"
        raise GraderError(f"the hidden checks {assignment.checks.name} failed:\n{report}") from None
    finally:
        _end(connection, process)


def _start(target, arguments):
    chosen = context()
    here, there = chosen.Pipe(duplex=False)
    process = chosen.Process(target=target, args=(there, *arguments), daemon=True)
    process.start()
    there.close()  # so that the child's end of the pipe is the only one, and its death is an end of file
    return here, process


def _end(connection, process) -> None:
    connection.close()
    process.kill()
    process.join()


def _findings(question, outcome) -> list[Finding]:
    """Child 2's findings, or one for the whole question when there is only a problem to tell."""
    if isinstance(outcome, str):
        return [Finding("question", question.points, 0, outcome)]
    findings = [Finding(**finding) for finding in outcome]
    if abs(sum(finding.points for finding in findings) - question.points) > 1e-9:
        raise GraderError(f"the checks of {question.id} do not add up to its {question.points} points")
    if all(finding.message == NOT_STARTED for finding in findings):
        return [Finding("question", question.points, 0, NOT_STARTED)]
    return findings


def _earned(findings) -> float:
    return sum(min(finding.earned, finding.points) for finding in findings)
