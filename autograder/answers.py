"""What the child that runs a submission may hand to the child that decides: arrays of plain numbers, and text.

Nothing here is ever pickled or unzipped, so nothing that a submission leaves behind can run code, or unfold, where
the points are given.
"""

import json
import math
import re
import struct
import traceback
from dataclasses import dataclass

import numpy as np

from .questions import NOT_STARTED
from .sentences import Sentence, cut, of_error, received, say, sent

FORBIDDEN = say(
    "While it is graded, your code may use files in its own folder only, and no network, programs or processes"
)
MAX_BYTES = 64 * 2**20  # of a question's answers: a wrong axis can ask for terabytes
MAX_TEXT = 400
MAX_TOLD = 2 * MAX_TEXT + 600  # an error with its line and its cause
MAX_PARTS = 1000
asarray, copy = np.asarray, np.copy  # a submission may put others in their place
causes: dict[str, str] = {}  # {name that a cell would have bound: how that cell stopped}
undefined: list[str] = []  # names that were missed in attempts
not_run: list[str] = []  # shell lines
PLAIN = re.compile(r"[<>|=](b1|[iu][1248]|f(2|4|8|16)|U\d{1,8})")


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
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if frame.filename.startswith("<cell")]
    places = []
    if frames:
        name = frames[-1].name[:80] if frames[-1].name.isidentifier() else ""
        elsewhere = name and frames[-1].filename != frames[0].filename  # an earlier answer, which this one calls
        line = frames[-1].lineno
        if elsewhere:
            places.append(say("line {line} of the cell with `{name}`", line=line, name=name))
        elif name:
            places.append(say("line {line} of your cell, in `{name}`", line=line, name=name))
        else:
            places.append(say("line {line} of your cell", line=line))
    if isinstance(error, SyntaxError) and error.lineno:
        places.append(say("line {line} of your cell", line=error.lineno))
    try:
        text = of_error(error)
        if not isinstance(text, Sentence):
            text = " ".join(re.sub(r"\x1b\[[0-9;]*m", "", text).split())  # Keras writes in bold
    except Exception:
        text = say("(its text cannot be printed)")
    if len(text) > MAX_TEXT:
        text = cut(text, MAX_TEXT) + " …"
    if isinstance(error, PermissionError):
        text += ". " + FORBIDDEN
    if isinstance(error, FileNotFoundError) and not_run:
        text += ". " + say("`{line}` is not run where your work is graded", line=not_run[-1][:80])
    told = f"{type(error).__name__[:80]}: " + text
    if places:
        told += " (" + places[-1] + ")"
    if isinstance(error, NameError) and not isinstance(error, UnboundLocalError):
        undefined.append(str(error.name))
        if error.name in causes:
            cause = cut(causes[error.name], 2 * MAX_TEXT)
            told = say("{error}; the cell that defines it stops with {cause}", error=told, cause=cause)
    return told


def plain(value) -> np.ndarray:
    """`value` as an array of plain numbers or text; TypeError says what is wrong with anything else."""
    if value is None:
        raise TypeError(say("it returned None: does every path end in `return`? (`print` only shows a value)"))
    if value is ...:
        raise NotImplementedError
    try:
        array = asarray(value)
    except ValueError:
        told = say("it returned a {kind} of parts that differ in length", kind=type(value).__name__)
        raise TypeError(told) from None
    if array.dtype.kind not in "biufU":
        told = say("it returned a {kind}, which is not an array of plain numbers", kind=type(value).__name__)
        raise TypeError(told)
    if array.nbytes > MAX_BYTES:
        raise TypeError(say("it returned an array of shape {shape}: far too large", shape=array.shape))
    return array


def attempt(function, *args, **kwargs) -> dict:
    """Call a student's function with copies of the arrays. A dict of plain arrays comes back, never an exception."""
    given = [copy(arg) if isinstance(arg, np.ndarray) else arg for arg in args]
    try:
        outcome = {"value": plain(function(*given, **kwargs))}
    except Exception as error:
        outcome = {"error": np.array(sent(describe(error)))}
    # The bytes are compared by methods of the arrays themselves, which no submission can put others in place of.
    pairs = zip(args, given, strict=True)
    changed = any(isinstance(a, np.ndarray) and (a.shape, a.tobytes()) != (b.shape, b.tobytes()) for a, b in pairs)
    outcome["changed"] = np.array(changed)
    return outcome


def pack(attempts: dict[str, dict]) -> bytes:
    """A probe's attempts, {name: {part: array}}, as bytes: a list of names, types and shapes, then the arrays."""
    arrays = [(name, part, plain(array)) for name, parts in attempts.items() for part, array in parts.items()]
    if sum(array.nbytes for _, _, array in arrays) > MAX_BYTES:
        raise TypeError(say("it returned arrays that are far too large in all"))
    index = json.dumps([[name, part, array.dtype.str, array.shape] for name, part, array in arrays]).encode()
    return b"".join([struct.pack("!I", len(index)), index, *(array.tobytes() for _, _, array in arrays)])


def unpack(data: bytes) -> dict[str, dict]:
    """What `pack` packed. ValueError when it is anything but plain arrays."""
    try:
        start = 4 + struct.unpack_from("!I", data)[0]
        found: dict[str, dict] = {}
        index = json.loads(data[4:start])
        if len(index) > MAX_PARTS:
            raise ValueError("too many arrays")
        for name, part, kind, shape in index:
            if not isinstance(name, str) or not isinstance(part, str) or not PLAIN.fullmatch(kind):
                raise TypeError(f"an array of type {str(kind)[:20]!r}")
            if len(shape) > 32 or not all(type(n) is int and 0 <= n < 2**40 for n in shape):
                raise ValueError("an impossible shape")
            dtype, number = np.dtype(kind), math.prod(shape)
            if number * dtype.itemsize > min(MAX_BYTES, len(data) - start):
                raise ValueError("an array longer than its data")
            if kind[1] == "b":  # a truth value is one bit, whatever the byte holds
                array = np.frombuffer(data, np.uint8, number, start) != 0
            elif dtype.itemsize:
                array = np.frombuffer(data, dtype, number, start)
            else:
                array = np.zeros(min(number, MAX_PARTS), dtype)
            found.setdefault(name, {})[part] = array.reshape(shape).copy()
            start += number * dtype.itemsize
        return found
    except Exception as error:
        raise ValueError(not_plain(error)) from error


def not_plain(error: Exception):
    """What is said of answers that are no plain arrays."""
    return say("What your function returned did not arrive as plain arrays ({kind})", kind=type(error).__name__)


def read(data: bytes) -> dict[str, Answer]:
    """The attempts in `data`, by name. ValueError when it holds anything but plain arrays."""
    answers = {}
    for name, parts in unpack(data).items():
        try:
            error = received(str(parts["error"]), MAX_TOLD) if "error" in parts else ""
            answers[name] = Answer(parts.get("value"), error, bool(parts.get("changed", False)))
        except Exception as problem:  # text of impossible characters, a truth value of many
            raise ValueError(not_plain(problem)) from problem
    return answers
