"""What the children do. One reads the notebook, one runs the submission and never sees what is expected, one decides
and never sees the submission's code.

Each answers one request at a time with one message, so the grader always knows what ran when a child ended.
"""

import ast
import json
import marshal
import os
import random
import sys
import tempfile
import traceback
import types
import zlib

import numpy as np

from . import answers, copies
from .answers import attempt, describe, pack, read, unpack
from .cells import definitions, names
from .normal_form import forms
from .notebook import UnreadableSubmissionError, backends, manual_text, parse_notebook
from .plan import as_json, plan
from .questions import load_assignment
from .sandbox.forkserver_main import use_one_thread
from .sandbox.messages import Channel
from .sentences import of_error, say, sent
from .shell import Shell

MAX_REQUEST = 256 * 2**20


def generator(seed: int, question: str) -> np.random.Generator:
    """The source of one question's inputs, the same for the same seed, whatever the other questions draw."""
    return np.random.default_rng([seed, zlib.crc32(question.encode())])


def warm_up() -> None:
    """Take an empty notebook apart: nbformat's schema and IPython's patterns are then ready in every fork."""
    cell = {"id": "a", "cell_type": "code", "metadata": {}, "source": "%time x = 1"}
    notebook = {"nbformat": 4, "nbformat_minor": 5, "metadata": {}}
    notebook["cells"] = [cell | {"outputs": [], "execution_count": None}]
    empty = parse_notebook(json.dumps(notebook).encode(), "an empty notebook")
    plan(empty, empty, [])


# Child 1 --------------------------------------------------------------------------------------------------------


def read_submission(channel: Channel) -> None:
    """Take a submission apart. Request: {name, submission: its length, questions}, body: submission and reference.

    Answer: the body is JSON, a plan (plan.py) and {"manual": {question id: text}, "answers": forms (normal_form.py),
    "backends": that it asks for}, or the head is {"unreadable": why}.
    """
    head, body = channel.receive(most=MAX_REQUEST, head_most=2**22)
    try:
        submission = parse_notebook(body[: head["submission"]], head["name"])
    except UnreadableSubmissionError as error:
        channel.send({"unreadable": sent(of_error(error))})
        return
    reference = parse_notebook(body[head["submission"] :], "the solution")
    questions = [types.SimpleNamespace(**question) for question in head["questions"]]
    found = as_json(plan(reference, submission, [question for question in questions if not question.manual]))
    by_hand = [question.id for question in questions if question.manual]
    manual = {name: manual_text(reference, submission, name) for name in by_hand}
    found |= {"manual": manual, "answers": forms(found["answers"]), "backends": backends(submission)}
    channel.send({}, json.dumps(found).encode())


# Child 2 --------------------------------------------------------------------------------------------------------


def run_submission(channel: Channel) -> None:
    """Run cells and probes, one a request, each answered by {} or {"error": text} (sentences.sent).

    First {forbidden: modules, copies: {form: module} of what they define, random: seed}. Then one of

    {step: id, lend, part}      body: source of a cell; lend: it answers no question; part: "definitions": only these
    {probe, defines, source}    body: source of a probe, which calls the student's object of this name, and the packed
                                inputs. The answer's body is the packed attempts; {"again": true}: it came upon a name
                                that is not defined (yet)
    {model: names}              body: model answers, compiled (plan.model_code), or nothing where they came before;
                                their names are bound to them

    Inputs and probe come only when it is their turn: no earlier cell can look at them.
    """
    orders, _ = channel.receive()
    use_one_thread()
    fresh_start(orders["random"])
    os.environ.update(HOME=os.getcwd(), TMPDIR=os.getcwd())
    tempfile.tempdir = os.getcwd()  # the forkserver may have looked for another one already
    sys.path.insert(0, os.getcwd())  # the student's own modules
    for name in orders["forbidden"]:
        sys.modules[name] = None  # makes `import name` an ImportError
    copies.refuse(orders["copies"])
    module = types.ModuleType("__main__")
    namespace, ours = module.__dict__, {}
    shell = Shell(namespace)
    namespace.update(display=lambda *args, **kwargs: None, get_ipython=lambda: shell)
    sys.modules["__main__"] = module
    channel.send({})
    while True:
        request, body = channel.receive(most=MAX_REQUEST)
        packed, head = b"", {}
        try:
            if "model" in request:
                if body:
                    exec(marshal.loads(body), ours)
                namespace.update({name: ours[name] for name in request["model"]})
            elif "step" in request:
                source = body.decode()
                if request["part"]:
                    source = "\n".join(map(ast.unparse, definitions(source)))
                try:
                    shell.run_step(source, f"<cell {request['step']}>", orders["forbidden"], request["lend"])
                except BaseException as problem:
                    error = describe(problem)
                    answers.causes.update(dict.fromkeys(names(source).binds - set(namespace), error))
                    raise
            else:
                answers.undefined.clear()
                packed = _probe(request, body, namespace)
        except BaseException as problem:  # SystemExit and KeyboardInterrupt too: the next question counts
            head["error"] = sent(describe(problem))
        if "probe" in request and answers.undefined:
            head["again"] = True
        channel.send(head, packed)


def _probe(request, body, namespace) -> bytes:
    length = request["source"]
    tools = {"np": np, "attempt": attempt, "say": say}
    exec(compile(body[:length].decode(), "<probe>", "exec"), tools)
    if request["defines"] not in namespace:
        raise NameError(say("no cell defines `{name}`", name=request["defines"]), name=request["defines"])
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
    """Decide on packed answers, one question a request, {decide: id} with the answers as body.

    First {checks: path, seed}. Answers: {"findings": […]}, {"unreadable": why}, or {"failed": a traceback}.
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
            given = read(body)
        except ValueError as error:
            channel.send({"unreadable": sent(of_error(error))})
            continue
        try:
            findings = question.decide(question.inputs(generator(orders["seed"], question.id)), given)
            text = json.dumps([finding.as_data() for finding in findings], default=float)
            channel.send({"findings": json.loads(text)})
        except Exception:
            channel.send({"failed": traceback.format_exc()[-2000:]})
