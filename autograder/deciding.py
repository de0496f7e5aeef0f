"""From an answer and what was expected to points, and to a sentence that helps."""

import numpy as np

from .answers import Answer
from .questions import NOT_STARTED, Finding


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
    message = "It counts once a value is right."
    return [*core, *(Finding(found.check, found.points, 0, found.message or message) for found in more)]


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


def compare(check: str, points: float, answer: Answer | None, expected, hints=(), tolerance=1e-4) -> Finding:
    """A Finding for `answer`, which should be `expected` within `tolerance` of its largest value.

    hints: pairs (what a known mistake gives, what to tell who made it), looked at in order.
    The message never shows an input or an expected value, only shapes and how far off the answer is.
    """
    expected = np.asarray(expected)
    if answer is None or answer.value is None:
        error = answer.error if answer else "no answer was recorded"
        return Finding(check, points, 0, error if error == NOT_STARTED else f"It did not give a result. {error}.")
    value = answer.value
    if close(value, expected, tolerance):
        return Finding(check, points, points)
    for mistake, message in hints:
        if close(value, mistake, tolerance):
            return Finding(check, points, 0, message)
    if value.dtype.kind not in "biuf":
        message = "The result is text, not numbers."
    elif value.shape != expected.shape:
        message = f"The result has the shape {value.shape}, where {expected.shape} was expected."
    elif not np.isfinite(value).all():
        message = "The result holds NaN or infinity."
    else:
        difference = np.abs(value.astype(np.float64) - expected)
        wrong = int((difference > tolerance * max(1, np.abs(expected).max())).sum())
        furthest = difference.max()
        furthest = f"{furthest:,.0f}" if 1000 <= furthest < 1e15 else f"{furthest:.3g}"
        message = f"The shape is right, but {wrong} of {value.size} values differ, the furthest by {furthest}."
        if not value.ndim:
            message = f"The number is off by {furthest}."
    return Finding(check, points, 0, message)
