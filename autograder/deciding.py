"""From an answer and what was expected to points, and to a sentence that helps."""

from dataclasses import replace

import numpy as np

from .answers import Answer
from .questions import NOT_STARTED, Finding
from .sentences import listed, say

NO_RESULT = "It did not give a result"


def passed(check: str, points: float, condition: bool, message: str) -> Finding:
    """All `points` when the condition holds, otherwise none and the message."""
    return Finding(check, points, points if condition else 0, "" if condition else message)


def together(check: str, points: float, looks) -> Finding:
    """One Finding from several looks at the same thing: all points when each is right, else none and the first loss."""
    lost = next((look for look in looks if look.earned < look.points), None)
    return Finding(check, points, 0, lost.message) if lost else Finding(check, points, points)


def beside(core, more, mistakes=()) -> list[Finding]:
    """All findings; those of `more`, which an answer could earn by doing nothing, count beside a right value only.

    mistakes: messages on known mistakes, which tell of an honest attempt as a right value does.
    """
    if any(finding.earned or finding.message in mistakes for finding in core):
        return [*core, *more]
    stopped = next((finding.message for finding in core if finding.message.startswith(NO_RESULT)), "")
    if stopped and all(finding.message.startswith(NO_RESULT) for finding in core):  # one cause, told once
        return [*core, *(Finding(found.check, found.points, 0, stopped) for found in more)]
    message = say("It counts once a value is right.")
    return [*core, *(Finding(found.check, found.points, 0, found.message or message) for found in more)]


def shared(findings, slips) -> list[Finding]:
    """The findings, in which a slip that several checks see costs once: as much as the dearest of them, shared out.

    slips: messages on known mistakes that leave the idea of an answer right, such as a forgotten bias.
    """
    for slip in slips:
        lost = [finding for finding in findings if finding.message == slip and not finding.earned]
        if len(lost) > 1:
            kept = 1 - max(finding.points for finding in lost) / sum(finding.points for finding in lost)
            findings = [
                replace(finding, earned=round(kept * finding.points, 1)) if finding in lost else finding
                for finding in findings
            ]
    return list(findings)


def in_order(findings, checks) -> list[Finding]:
    """The findings in the order of these checks' names."""
    return sorted(findings, key=lambda finding: [*checks].index(finding.check))


def close(value, expected, tolerance: float = 1e-4) -> bool:
    """Equal shapes, and no difference beyond `tolerance` of the largest expected value (or of 1)."""
    value, expected = np.asarray(value), np.asarray(expected)
    if value.shape != expected.shape or value.dtype.kind not in "biuf" or not np.isfinite(value).all():
        return False
    difference = np.abs(value.astype(np.float64) - expected)
    return bool(difference.max(initial=0) <= tolerance * max(1, np.abs(expected).max(initial=0)))


def in_pair(answer: Answer, index: int) -> Answer:
    """Number `index` of an answer's pair, or the answer itself when it is no pair."""
    value = answer.value
    return answer if value is None or value.shape != (2,) else Answer(value[index])


def shape_trouble(shape, expected) -> str:
    """What is wrong with an answer's shape, without the one that was expected."""
    if 0 in shape and 0 not in expected:
        return say("it is empty, since no position was left over")
    if len(shape) != len(expected):
        return say("another number of axes is asked for")
    wrong = [str(axis) for axis, (n, right) in enumerate(zip(shape, expected, strict=True)) if n != right]
    if len(wrong) == 1:
        return say("axis {axis} should be longer or shorter", axis=wrong[0])
    return say("axes {axes} should be longer or shorter", axes=listed(wrong))


def compare(check: str, points: float, answer: Answer | None, expected, hints=(), tolerance=1e-4) -> Finding:
    """A Finding for `answer`, which should be `expected` within `tolerance` of its largest value.

    hints: pairs (what a known mistake gives, what to tell who made it), looked at in order.
    The message never shows an input or what was expected, only the answer's own shape and how far off it is.
    """
    expected = np.asarray(expected)
    if answer is None or answer.value is None:
        error = answer.error if answer else say("no answer was recorded")
        told = error if error == NOT_STARTED else say("It did not give a result. {error}.", error=error)
        return Finding(check, points, 0, told)
    value = answer.value
    if close(value, expected, tolerance):
        return Finding(check, points, points)
    for mistake, message in hints:
        if close(value, mistake, tolerance):
            return Finding(check, points, 0, message)
    if value.dtype.kind not in "biuf":
        message = say("The result is text, not numbers.")
    elif value.shape != expected.shape:
        trouble = shape_trouble(value.shape, expected.shape)
        message = say("The result has the shape {shape}: {trouble}.", shape=value.shape, trouble=trouble)
    elif not np.isfinite(value).all():
        message = say("The result holds NaN or infinity.")
    else:
        difference = np.abs(value.astype(np.float64) - expected)
        wrong = int((difference > tolerance * max(1, np.abs(expected).max())).sum())
        furthest = difference.max()
        furthest = f"{furthest:,.0f}" if 1000 <= furthest < 1e15 else f"{furthest:.3g}"
        message = say(
            "The shape is right, but {wrong} of {number} values differ, the furthest by {furthest}.",
            wrong=wrong,
            number=value.size,
            furthest=furthest,
        )
        if not value.ndim:
            message = say("The number is off by {furthest}.", furthest=furthest)
    return Finding(check, points, 0, message)
