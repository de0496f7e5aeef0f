"""How a run is told to a student: how a child ended, why a question has no answer, and what the deciders found."""

import contextlib
import signal

from .answers import MAX_TOLD
from .questions import NOT_STARTED, Finding
from .sandbox.forkserver import GraderError
from .sentences import received, say


def problem(stopped: str | None, missing: str | None, error: str) -> str:
    """Why a question has no answer: how its cell stopped, or that nothing answers it, or the probe's error."""
    if stopped:
        return stopped if stopped == NOT_STARTED else say("Your cell stops with {error}", error=stopped)
    return missing or error


def text(head: dict) -> str:
    """The error in a child's message, which may be anything."""
    return received(str(head["error"]), MAX_TOLD)


def ended_as(report: dict, memory_mb: int) -> str:
    """How a child ended, in words for a student."""
    why, code = report.get("why", ""), report.get("code", 0)
    limits = {
        "memory": say("needed more than {memory:,} MB of memory", memory=memory_mb),
        "disk": say("wrote too many or too large files"),
        "threads": say("started too many threads"),
    }
    if why in limits:
        return limits[why]
    number = code & 0x7F
    with contextlib.suppress(ValueError):
        if number == signal.SIGXCPU:
            return say("used up its time on the processor")
        if number not in (0, signal.SIGKILL):
            return say("crashed Python ({signal})", signal=signal.Signals(number).name)
    return say("ended Python itself")


def findings(question, outcome) -> list[Finding]:
    """The deciding child's findings, or one for the whole question when there is only a problem to tell."""
    if isinstance(outcome, str):
        return [Finding("question", question.points, 0, outcome)]
    findings = [Finding.of_data(finding) for finding in outcome]
    if abs(sum(finding.points for finding in findings) - question.points) > 1e-9:
        raise GraderError(f"the checks of {question.id} do not add up to its {question.points} points")
    if all(finding.message == NOT_STARTED for finding in findings):
        return [Finding("question", question.points, 0, NOT_STARTED)]
    return findings
