"""The two child processes: one runs the submission and never sees what is expected, the other never sees its code.

On Linux both are forked from a warm process that has imported Keras and run no operation: a tenth of a second
instead of several. (After an operation TensorFlow has threads, and a forked child can hang.) Elsewhere each child
starts afresh. No confinement: see the package's docstring.
"""

import json
import multiprocessing
import os
import sys
import zlib
from pathlib import Path

import numpy as np

from .answers import attempt, describe, read, write
from .questions import load_assignment

MAX_MESSAGE = 2**16  # bytes of one message from the child that runs the submission
WARM = "course_utils.grading.warm"


def context():
    """The multiprocessing context that starts children: from a warm process on Linux, from nothing elsewhere."""
    if not sys.platform.startswith("linux"):
        return multiprocessing.get_context("spawn")
    chosen = multiprocessing.get_context("forkserver")
    chosen.set_forkserver_preload([WARM])
    return chosen


def use_one_thread() -> None:
    """One thread an operation: the grader works on several submissions at once instead.

    TensorFlow accepts this only before its first operation, so the call also proves that the warm process ran none.
    """
    if tensorflow := sys.modules.get("tensorflow"):
        try:
            tensorflow.config.threading.set_intra_op_parallelism_threads(1)
            tensorflow.config.threading.set_inter_op_parallelism_threads(1)
        except RuntimeError as error:
            raise RuntimeError("the warm process ran a TensorFlow operation before it was forked") from error


def generator(seed: int, question: str) -> np.random.Generator:
    """The source of one question's inputs, the same for the same seed, whatever the other questions draw."""
    return np.random.default_rng([seed, zlib.crc32(question.encode())])


class Shell:
    """What `get_ipython()` gives in a graded cell: magics and shell lines do nothing, and timed cells run untimed."""

    def __init__(self, namespace):
        self.namespace = namespace

    def run_cell_magic(self, name, line, body):
        if name in ("time", "timeit", "capture"):
            exec(compile(body, "<cell>", "exec"), self.namespace)

    def __getattr__(self, name):  # run_line_magic, system, getoutput, …
        return lambda *args, **kwargs: None


def run_submission(connection, steps, probes, forbidden, folder) -> None:
    """Child 1: run the grafted cells in order, then the probes, and leave an .npz file of answers for each question.

    steps: list of graft.Step. probes: {question id: (name defined, probe's name, probe's source)}. `folder` holds
    the inputs as "<question>.inputs.npz". Before each step or probe the parent hears {"begin": id}, after an exception
    {"error": text}, at last {"begin": ""}: so it knows what ran when this process died.
    """
    use_one_thread()
    _silence(folder)
    for name in forbidden:
        sys.modules[name] = None  # makes `import name` an ImportError

    def tell(**message):
        connection.send_bytes(json.dumps(message).encode()[:MAX_MESSAGE])

    namespace = {"__name__": "__main__", "display": lambda *args, **kwargs: None}
    shell = Shell(namespace)
    namespace["get_ipython"] = lambda: shell
    for step in steps:
        tell(begin=step.id)
        try:
            exec(compile(step.source, f"<cell {step.id}>", "exec"), namespace)
        except BaseException as error:  # SystemExit and KeyboardInterrupt too: the next question counts
            tell(error=describe(error))
    for question, (name, probe, source) in probes.items():
        tell(begin=f"probe {question}")
        try:
            tools = {"np": np, "attempt": attempt}
            exec(source, tools)
            if name not in namespace:
                raise NameError(f"no cell defines `{name}`")
            with np.load(folder / f"{question}.inputs.npz", allow_pickle=False) as file:
                inputs = {key: file[key].item() if file[key].ndim == 0 else file[key] for key in file.files}
            write(folder / f"{question}.npz", tools[probe](namespace[name], inputs))
        except BaseException as error:
            tell(error=describe(error))
    tell(begin="")


def decide_submission(connection, checks, seed, folder, questions) -> None:
    """Child 2: send the findings on `questions` as JSON, {question id: [finding as dict, …] or what is wrong}."""
    use_one_thread()
    _silence(folder, "decided.txt")
    outcome = {}
    for question in load_assignment(checks).questions:
        if question.id not in questions:
            continue
        try:
            answers = read(Path(folder) / f"{question.id}.npz")
        except ValueError as error:
            outcome[question.id] = str(error)
            continue
        findings = question.decide(question.inputs(generator(seed, question.id)), answers)
        outcome[question.id] = [vars(finding) for finding in findings]
    connection.send_bytes(json.dumps(outcome, default=float).encode())


def _silence(folder, name="output.txt") -> None:
    """Send all that is printed to a file in `folder`: output of any kind costs no points. `input()` finds nothing."""
    os.chdir(folder)
    printed = os.open(name, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    nothing = os.open(os.devnull, os.O_RDONLY)
    for source, descriptor in ((nothing, 0), (printed, 1), (printed, 2)):
        os.dup2(source, descriptor)
    # Not the parent's objects: a test runner or a notebook may have put its own in their place.
    sys.stdin, sys.stdout, sys.stderr = os.fdopen(0), os.fdopen(1, "w", 1), os.fdopen(2, "w", 1)
