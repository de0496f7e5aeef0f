"""What the children do. One reads the notebook, one runs the submission and never sees what is expected, one decides
and never sees the submission's code.

Each answers one request at a time with one message, so the grader always knows what ran when a child ended.
"""

import json
import linecache
import os
import random
import sys
import tempfile
import traceback
import types
import zlib

import numpy as np

from .answers import Answer, attempt, describe, pack, read, unpack
from .normal_form import forms
from .notebook import UnreadableSubmissionError, backends, combine, manual_text, parse_notebook
from .questions import NOT_STARTED, load_assignment
from .sandbox.forkserver_main import use_one_thread
from .sandbox.messages import Channel

MAX_REQUEST = 256 * 2**20


def generator(seed: int, question: str) -> np.random.Generator:
    """The source of one question's inputs, the same for the same seed, whatever the other questions draw."""
    return np.random.default_rng([seed, zlib.crc32(question.encode())])


# Child 1 --------------------------------------------------------------------------------------------------------


def read_submission(channel: Channel) -> None:
    """Take a submission apart. Request: {name, submission: its length, questions}, body: submission and reference.

    Answer: the body is JSON, {"steps": […], "manual": {question id: text}, "answers": their forms (normal_form.py),
    "backends": that it asks for}, or the head is {"unreadable": why}.
    """
    head, body = channel.receive(most=MAX_REQUEST, head_most=2**22)
    try:
        submission = parse_notebook(body[: head["submission"]], head["name"])
    except UnreadableSubmissionError as error:
        channel.send({"unreadable": str(error)})
        return
    reference = parse_notebook(body[head["submission"] :], "the solution")
    questions = [types.SimpleNamespace(**question) for question in head["questions"]]
    steps = combine(reference, submission, [question for question in questions if not question.manual])
    manual = {question.id: manual_text(submission, question.id) for question in questions if question.manual}
    answers = {step.question: step.source for step in steps if step.question and step.found and not step.stub}
    found = {"steps": [vars(step) for step in steps], "manual": manual, "answers": forms(answers)}
    channel.send({}, json.dumps(found | {"backends": backends(submission)}).encode())


# Child 2 --------------------------------------------------------------------------------------------------------


class Shell:
    """What `get_ipython()` gives in a graded cell: magics and shell lines do nothing, and timed cells run untimed."""

    def __init__(self, namespace):
        self.namespace = namespace

    def run_cell_magic(self, name, line, body):
        if name in ("time", "timeit", "capture"):
            exec(compile(body, "<cell>", "exec"), self.namespace)

    def __getattr__(self, name):  # run_line_magic, system, getoutput, …
        return lambda *args, **kwargs: None


def run_submission(channel: Channel) -> None:
    """Run cells and probes, one a request, each answered by {} or {"error": text}.

    First {forbidden: modules, random: seed}; then {step: id, file: name} with the source as body, or {probe: its name,
    defines: the student's name} with the source of the probe and the packed inputs as body, whose answer's body is the
    packed attempts. Inputs and probe come only when it is their turn: no earlier cell can look at them.
    """
    orders, _ = channel.receive()
    use_one_thread()
    fresh_start(orders["random"])
    os.environ.update(HOME=os.getcwd(), TMPDIR=os.getcwd())
    tempfile.tempdir = os.getcwd()  # the forkserver may have looked for another one already
    for name in orders["forbidden"]:
        sys.modules[name] = None  # makes `import name` an ImportError
    module = types.ModuleType("__main__")
    namespace = module.__dict__
    shell = Shell(namespace)
    namespace.update(display=lambda *args, **kwargs: None, get_ipython=lambda: shell)
    sys.modules["__main__"] = module
    channel.send({})
    while True:
        request, body = channel.receive(most=MAX_REQUEST)
        packed, error = b"", None
        try:
            if "step" in request:
                source, name = body.decode(), f"<cell {request['step']}>"
                linecache.cache[name] = (len(source), None, source.splitlines(keepends=True), name)
                exec(compile(source, name, "exec"), namespace)
            else:
                packed = _probe(request, body, namespace)
        except BaseException as problem:  # SystemExit and KeyboardInterrupt too: the next question counts
            error = describe(problem)
        channel.send({"error": error} if error else {}, packed)


def _probe(request, body, namespace) -> bytes:
    length = request["source"]
    tools = {"np": np, "attempt": attempt}
    exec(compile(body[:length].decode(), "<probe>", "exec"), tools)
    if request["defines"] not in namespace:
        raise NameError(f"no cell defines `{request['defines']}`")
    inputs = {key: parts[""] for key, parts in unpack(body[length:]).items()}
    inputs = {key: array.item() if array.ndim == 0 else array for key, array in inputs.items()}
    return pack(tools[request["probe"]](namespace[request["defines"]], inputs))


def fresh_start(seed: int) -> None:
    """Seed all random generators (a forked child has its parent's state) and send Python's streams nowhere."""
    random.seed(seed)
    np.random.seed(seed)
    if keras := sys.modules.get("keras"):
        keras.utils.set_random_seed(seed)
    # Not the parent's objects: a test runner or a notebook may have put its own in their place.
    sys.stdin, sys.stdout, sys.stderr = os.fdopen(0), os.fdopen(1, "w", 1), os.fdopen(2, "w", 1)


# Child 3 --------------------------------------------------------------------------------------------------------


def decide_submission(channel: Channel) -> None:
    """Decide on packed answers, one question a request, {decide: id, quiet} with the answers as body.

    First {checks: path, seed}. Answers: {"findings": […]}, {"unreadable": why}, or {"failed": a traceback}.
    quiet: leave out the text of errors, which the submission chose, when it could have seen a model answer.
    """
    orders, _ = channel.receive()
    use_one_thread()
    fresh_start(0)
    questions = {question.id: question for question in load_assignment(orders["checks"]).questions}
    channel.send({})
    while True:
        request, body = channel.receive(most=MAX_REQUEST)
        question = questions[request["decide"]]
        try:
            answers = read(body)
        except ValueError as error:
            channel.send({"unreadable": str(error)})
            continue
        if request["quiet"]:
            answers = {name: _quiet(answer) for name, answer in answers.items()}
        try:
            findings = question.decide(question.inputs(generator(orders["seed"], question.id)), answers)
            text = json.dumps([vars(finding) for finding in findings], default=float)
            channel.send({"findings": json.loads(text)})
        except Exception:
            channel.send({"failed": traceback.format_exc()[-2000:]})


def _quiet(answer: Answer) -> Answer:
    told = answer.error in ("", NOT_STARTED)
    return answer if told else Answer(answer.value, "An exception arose", answer.changed)
