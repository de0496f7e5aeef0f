"""What the child that runs a submission may hand to the child that decides: arrays of plain numbers, and text.

Nothing here is ever pickled, so nothing that a submission leaves behind can run code where the points are given.
"""

import traceback
from dataclasses import dataclass
from pathlib import Path

import numpy as np

NOT_STARTED = "not started"
MAX_BYTES = 64 * 2**20  # of one answer: a wrong axis can ask for terabytes
MAX_TEXT = 400


@dataclass(frozen=True)
class Answer:
    """One call of a student's function: `value`, or None and the `error`; `changed`: it wrote into its arguments."""

    value: np.ndarray | None = None
    error: str = ""
    changed: bool = False


def describe(error: BaseException) -> str:
    """One line on an exception, with the line of the student's cell where it arose."""
    if isinstance(error, NotImplementedError):
        return NOT_STARTED
    lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename.startswith("<cell")]
    if isinstance(error, SyntaxError) and error.lineno:
        lines.append(error.lineno)
    text = " ".join(str(error).split())
    if len(text) > MAX_TEXT:
        text = text[:MAX_TEXT] + " …"
    return f"{type(error).__name__}: {text}" + (f" (line {lines[-1]} of your cell)" if lines else "")


def plain(value) -> np.ndarray:
    """`value` as an array of plain numbers or text; TypeError says what is wrong with anything else."""
    if value is None:
        raise TypeError("it returned None: does every path end in `return`? (`print` only shows a value)")
    if value is ...:
        raise NotImplementedError
    try:
        array = np.asarray(value)
    except ValueError:
        raise TypeError(f"it returned a {type(value).__name__} of parts that differ in length") from None
    if array.dtype.kind not in "biufU":
        raise TypeError(f"it returned a {type(value).__name__}, which is not an array of plain numbers")
    if array.nbytes > MAX_BYTES:
        raise TypeError(f"it returned an array of shape {array.shape}: far too large")
    return array


def attempt(function, *args, **kwargs) -> dict:
    """Call a student's function with copies of the arrays. A dict of plain arrays comes back, never an exception."""
    given = [np.copy(arg) if isinstance(arg, np.ndarray) else arg for arg in args]
    try:
        outcome = {"value": plain(function(*given, **kwargs))}
    except Exception as error:
        outcome = {"error": np.array(describe(error))}
    pairs = zip(args, given, strict=True)
    outcome["changed"] = np.array(any(isinstance(a, np.ndarray) and not np.array_equal(a, b) for a, b in pairs))
    return outcome


def write(path, attempts: dict[str, dict]) -> None:
    """Save a probe's attempts, {name: {part: array}}, as an .npz file of plain arrays."""
    np.savez(path, **{f"{name}/{part}": plain(a) for name, parts in attempts.items() for part, a in parts.items()})


def read(path) -> dict[str, Answer]:
    """The attempts in the .npz file `path`, by name. ValueError when it holds anything but plain arrays."""
    found: dict[str, dict] = {}
    try:
        with np.load(Path(path), allow_pickle=False) as file:
            for key in file.files:
                name, part = key.rsplit("/", 1)
                found.setdefault(name, {})[part] = plain(file[key])
        return {
            name: Answer(parts.get("value"), str(parts.get("error", "")), bool(parts.get("changed", False)))
            for name, parts in found.items()
        }
    except Exception as error:
        raise ValueError(f"the answers are not plain arrays ({type(error).__name__})") from error
