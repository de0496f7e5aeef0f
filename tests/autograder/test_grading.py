"""The grader's core: what one question does costs that question only, and only plain data reach the decider."""

import json
import os
import pickle
import py_compile
import socket
import struct
import subprocess
import sys
import time

import nbformat
import numpy as np
import pytest
from submissions import (
    TINY_ANSWERS,
    TINY_CHECKS,
    TINY_POINTS,
    code,
    graded,
    graded_file,
    lost,
    messages,
    points,
    tiny_assignment,
    tiny_notebook,
    with_answers,
)

from autograder import answers, children
from autograder.cells import is_stub
from autograder.deciding import beside, compare, passed, shared
from autograder.engine import GraderError, RefusedError, grade
from autograder.notebook import UnreadableSubmissionError, read_bytes
from autograder.plan import plan
from autograder.questions import Finding, load_assignment
from autograder.rebuild import rebuild
from autograder.sandbox import cgroup, cleanup, forkserver, forkserver_main, readable, trial
from autograder.sandbox.cleanup import below


@pytest.fixture
def tiny():
    return tiny_notebook()


@pytest.fixture
def checks(tmp_path):
    return tiny_assignment(tmp_path / "assignment")


@pytest.fixture
def result_of(tiny, checks, tmp_path):
    """result_of({"t-q1": source}): the result of the right submission with these cells in it instead."""
    return lambda sources, **options: graded(with_answers(tiny, sources), tmp_path, checks, **options)


def test_right_answers_earn_everything_and_the_result_is_plain_data(result_of):
    result = result_of({})
    assert (result["score"], result["max_score"], points(result)) == (12, 12, TINY_POINTS)
    assert json.loads(json.dumps(result)) == result


def test_the_same_seed_gives_the_same_result_and_another_seed_other_inputs(result_of):
    wrong = {"t-q2": "def add(x):\n    return x + 2 + x.sum()"}
    first, again = result_of(wrong, seed=3), result_of(wrong, seed=3)
    assert first | {"seconds": 0} == again | {"seconds": 0}
    assert messages(result_of(wrong, seed=3), "t-q2") != messages(result_of(wrong, seed=4), "t-q2")


def test_without_a_seed_the_inputs_are_drawn_in_secret(result_of):
    assert result_of({}, seed=None)["seed"] != result_of({}, seed=None)["seed"]


@pytest.mark.parametrize(
    ("source", "told"),
    [
        ("import os\n\ndef double(x):\n    os._exit(0)", "ended Python"),
        ("import os\nos._exit(1)\n\ndef double(x):\n    return 2 * x", "ended Python"),
        ("def double(x):\n    while True:\n        pass", "within"),
        ("def double(x):\n    return 2 * x\n\nwhile True:\n    pass", "within"),
        ("while True:\n    try:\n        double\n    except BaseException:\n        pass", "within"),
        ("def double(x):\n    raise ValueError('I broke')", "I broke (line 2 of your cell, in `double`)"),
        ("raise SystemExit('I leave')", "I leave"),
        ("def double(x)\n    return 2 * x", "SyntaxError"),
        ("double = 3", "TypeError"),
        ("def double(x):\n    return double(x)", "RecursionError"),
    ],
)
def test_what_breaks_costs_only_its_own_question(result_of, source, told):
    """Question 3 calls `double` and is looked at with the model answer instead: a mistake costs its points once."""
    result = result_of({"t-q1": source}, seconds=2)
    assert points(result) == TINY_POINTS | {"t-q1": 0}
    assert told in " ".join(messages(result, "t-q1").values())


def test_a_cell_that_stops_after_its_answer_keeps_the_answer(result_of):
    assert points(result_of({"t-q1": TINY_ANSWERS["t-q1"] + "\n\n1 / 0"})) == TINY_POINTS


def test_a_crash_late_in_the_run_leaves_what_was_finished(result_of):
    result = result_of({"t-q3": "import os\n\ndef quadruple(x):\n    os.abort()"})
    assert points(result) == TINY_POINTS | {"t-q3": 0}


def test_answers_sent_ahead_are_data_and_nothing_else(result_of):
    """A cell writes messages of its own to the grader. They count as its answers, so they are wrong, not dangerous."""
    forged = (
        "import json, os, struct\n"
        "for message in ({}, {'findings': [{'check': 'value', 'points': 6, 'earned': 6}]}, {'score': 12}):\n"
        "    text = json.dumps(message).encode()\n"
        "    os.write(3, struct.pack('!IQ', len(text), 0) + text)\n"
    )
    result = result_of({"t-q1": forged + TINY_ANSWERS["t-q1"]})
    assert points(result)["t-q2"] == points(result)["t-q1"] == 0
    assert "as plain arrays" in messages(result, "t-q1")["question"]


@pytest.mark.parametrize(
    "written", ["b'\\xff' * 20", "struct.pack('!IQ', 2**31, 2**40)", "struct.pack('!IQ', 3, 0) + b'[1]'"]
)
def test_nonsense_on_the_channel_costs_the_question_that_wrote_it(result_of, written):
    source = f"import os, struct\n\ndef double(x):\n    os.write(3, {written})\n    return 2 * x"
    assert points(result_of({"t-q1": source}, seconds=3)) == TINY_POINTS | {"t-q1": 0}


def test_half_a_message_is_not_waited_for_beyond_the_limit(result_of):
    stalled = "import os, time\n\ndef double(x):\n    os.write(3, b'x')\n    time.sleep(60)"
    assert points(result_of({"t-q1": stalled}, seconds=1)) == TINY_POINTS | {"t-q1": 0}


def test_two_questions_that_break_are_both_left_out(result_of):
    result = result_of({"t-q1": "import os\nos._exit(3)", "t-q3": "while True:\n    pass"}, seconds=2)
    assert points(result) == {"t-q1": 0, "t-q2": 6, "t-q3": 0}


@pytest.mark.parametrize(
    "source",
    [
        "print('x' * 100_000)\n\ndef double(x):\n    print('hello')\n    return 2 * x",
        "import warnings\nwarnings.warn('careful')\n\ndef double(x):\n    warnings.warn('again')\n    return 2 * x",
        "import os\nos.write(2, b'raw bytes')\n\ndef double(x):\n    return 2 * x",
        "import logging\nlogging.error('oops')\n\ndef double(x):\n    return 2 * x",
        "%matplotlib inline\n!ls\nget_ipython().system('ls')\n\ndef double(x):\n    return 2 * x\n\ndisplay(double(1))",
        "%%time\ndef double(x):\n    return 2 * x",
    ],
)
def test_output_of_any_kind_and_magics_cost_nothing(result_of, source):
    assert points(result_of({"t-q1": source})) == TINY_POINTS


HONEST = """
import asyncio, inspect, logging, os, pathlib, random, shutil, tempfile, threading, time, zipfile
from concurrent.futures import ThreadPoolExecutor


async def later(x):
    await asyncio.sleep(0.01)
    return x


def add(x):
    with tempfile.TemporaryDirectory() as folder, tempfile.NamedTemporaryFile() as file:
        file.write(x.tobytes())
        path = pathlib.Path(folder) / "x.npy"
        np.save(path, x)
        shutil.copy(path, "copy.npy")
        shutil.copytree(folder, "tree")
        with zipfile.ZipFile("all.zip", "w") as archive:
            archive.write("copy.npy")
        shutil.rmtree("tree")
        assert sorted(os.listdir()) and list(pathlib.Path(".").rglob("*.npy"))
        x = np.load("copy.npy", mmap_mode="r")
    with ThreadPoolExecutor(2) as pool:
        rows = list(pool.map(lambda value: value + 1, x))
    lock = threading.Lock()
    with lock:
        time.sleep(0.001)
    assert "def later" in inspect.getsource(later) and 0 <= random.random() < 1
    logging.warning("%s", os.cpu_count())
    return asyncio.run(later(np.array(rows)))
"""


def test_what_honest_work_needs_works_in_the_sandbox(result_of):
    """Files, copies, threads, asyncio, sources: whoever uses more than plain NumPy loses nothing."""
    assert points(result_of({"t-q2": HONEST})) == TINY_POINTS


def test_waiting_for_the_keyboard_is_an_error_and_no_hang(result_of):
    result = result_of({"t-q1": "def double(x):\n    return x * float(input())"})
    assert "EOFError" in messages(result, "t-q1")["value"]


def test_patched_numpy_moves_no_points(result_of):
    patched = "np.allclose = lambda *a, **k: True\nnp.abs = lambda x: 0 * x\nnp.asarray = lambda x: x\n"
    result = result_of({"t-q1": patched + "def double(x):\n    return 3 * x"})
    assert points(result)["t-q1"] == 0


def test_the_runner_knows_neither_deciders_nor_forbidden_modules(result_of):
    spying = (
        "import gc, sys, types\n"
        "seen = [name for name in sys.modules if name.startswith('checks_')]\n"
        "functions = [f for f in gc.get_objects() if isinstance(f, types.FunctionType)]\n"
        "seen += [f for f in functions if f.__name__ in ('decide_add', 'decide_double', 'inputs')]\n"
        "assert seen == [], seen\n"
    )
    assert points(result_of({"t-q2": spying + TINY_ANSWERS["t-q2"]})) == TINY_POINTS
    forbidden = result_of({"t-q2": "import colorsys\n" + TINY_ANSWERS["t-q2"]})
    assert "colorsys" in messages(forbidden, "t-q2")["question"]
    assert points(forbidden) == TINY_POINTS | {"t-q2": 0}


@pytest.mark.parametrize(
    ("returned", "told"),
    [
        ("None", "return"),
        ("print(x)", "return"),
        ("object()", "object"),
        ("[x, x[:1]]", "differ in length"),
        ("np.array([x, None], dtype=object)", "plain numbers"),
        ("np.zeros(2**40, dtype=np.int8)", "MemoryError|far too large|ArrayMemory"),
        ("np.ones(40_000_000)", "far too large"),
        ("'text'", "text"),
        ("x + np.nan", "NaN"),
        ("x[1:]", "shape"),
    ],
)
def test_results_that_are_no_plain_array_are_explained(result_of, returned, told):
    result = result_of({"t-q2": f"def add(x):\n    return {returned}"})
    message = " ".join(messages(result, "t-q2").values())
    assert any(part in message for part in told.split("|")), message
    assert points(result) == TINY_POINTS | {"t-q2": 0}


class MakesFolder:
    """Makes a folder in the process that unpickles it."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return os.mkdir, (str(self.path),)


def test_pickled_answers_are_refused_and_never_unpickled(tmp_path):
    trap = tmp_path / "unpickled"
    packed = answers.pack({"value": {"value": np.arange(3.0)}})
    for data in (pickle.dumps(MakesFolder(trap)), packed.replace(b"<f8", b"|O8"), b"", packed[:-1], packed[:9]):
        with pytest.raises(ValueError, match="as plain arrays"):
            answers.read(data)
    assert not trap.exists()


@pytest.mark.parametrize(
    "index",
    [
        [["value", "value", "<f8", [2**39, 2**39]]],
        [["value", "value", "<f8", [-1]]],
        [["value", "value", "<f8", [True]]],
        [["value", "value", "<f8", [1] * 33]],
        [["value", "value", "<U99999999", [1]]],
        [["value", "value", "<M8[s]", [0]]],
        [["value", "value", "{'names': ['a']}", [0]]],
        [["value", "value", "<f8"]],
        [[["value"], "value", "<f8", [0]]],
        [["value", "value", "<f8", [0]]] * 1001,
        {"value": 1},
        7,
    ],
)
def test_forged_indexes_are_refused(index):
    text = json.dumps(index).encode()
    with pytest.raises(ValueError, match="as plain arrays"):
        answers.read(struct.pack("!I", len(text)) + text + bytes(64))


@pytest.mark.parametrize("array", [np.arange(6.0).reshape(2, 3), np.array(3), np.array("text"), np.zeros((0, 4), "i2")])
def test_packed_arrays_come_back_as_they_were(array):
    back = answers.unpack(answers.pack({"name": {"value": array}}))["name"]["value"]
    assert back.dtype == array.dtype and back.shape == array.shape and (back == array).all()


@pytest.mark.parametrize("value", [None, ..., object(), [1, [2]], {"a": 1}, np.array([None])])
def test_plain_refuses_what_is_not_numbers_or_text(value):
    with pytest.raises((TypeError, NotImplementedError)):
        answers.plain(value)


def test_attempt_gives_copies_and_tells_when_they_were_changed():
    x = np.arange(3.0)

    def spoil(array):
        array += 1
        return array

    outcome = answers.attempt(spoil, x)
    assert outcome["changed"] and (x == [0, 1, 2]).all() and (outcome["value"] == [1, 2, 3]).all()
    assert not answers.attempt(np.sum, x)["changed"]


# Finding the answers --------------------------------------------------------------------------------------------


def test_cells_without_metadata_ids_or_order_are_found_by_name(tiny, checks, tmp_path):
    tiny.cells.reverse()
    for number, cell in enumerate(tiny.cells):
        cell.metadata, cell.id = {}, f"pasted-{number}"
    assert points(graded(tiny, tmp_path, checks)) == TINY_POINTS


def test_old_and_foreign_notebooks_are_read(tiny, checks, tmp_path):
    for cell in tiny.cells:
        del cell["id"]
    tiny.nbformat_minor, tiny.metadata = 2, {"colab": {"name": "x"}, "accelerator": "GPU"}
    assert points(graded(tiny, tmp_path, checks)) == TINY_POINTS
    path = tmp_path / "old.ipynb"
    path.write_text(nbformat.writes(tiny, version=3), encoding="utf-8")
    assert points(graded_file(path, checks, seed=1)) == TINY_POINTS


def test_a_deleted_cell_costs_its_question_and_says_so(tiny, checks, tmp_path):
    tiny.cells = [cell for cell in tiny.cells if cell.id != "t-q2"]
    result = graded(tiny, tmp_path, checks)
    assert points(result) == TINY_POINTS | {"t-q2": 0}
    assert "No cell answers this question: define `add`" in messages(result, "t-q2")["question"]


def test_a_copied_cell_counts_as_the_last_copy_that_was_worked_on(tiny, checks, tmp_path):
    label = tiny.cells[3].metadata
    stub = nbformat.v4.new_code_cell("def add(x):\n    # your code here\n    ...", id="copy", metadata=label)
    tiny.cells += [stub]
    assert points(graded(tiny, tmp_path, checks)) == TINY_POINTS


def test_an_answer_under_the_untouched_stub_counts(tiny, checks, tmp_path):
    tiny.cells[3].source = "def add(x):\n    '''Add.'''\n    # your code here\n    ..."
    tiny.cells.append(nbformat.v4.new_code_cell(TINY_ANSWERS["t-q2"], id="mine"))
    assert points(graded(tiny, tmp_path, checks)) == TINY_POINTS


def test_own_cells_lend_their_definitions_and_run_nothing_else(tiny, checks, tmp_path):
    own = "import math\nONE = 1\nraise SystemExit\ndef helper(x):\n    return x + math.floor(ONE)\nwhile True: pass"
    tiny.cells.insert(1, nbformat.v4.new_code_cell(own, id="own"))
    tiny.cells[4].source = "def add(x):\n    return helper(x)"
    assert points(graded(tiny, tmp_path, checks)) == TINY_POINTS


def test_visible_tests_and_cells_that_only_show_are_not_run(tiny, checks):
    tiny.cells.append(code("show", "1 / 0"))
    tiny.cells[-1].metadata["tags"] = ["ungraded"]
    steps = plan(tiny, tiny, load_assignment(checks).questions)["steps"]
    assert [step.source for step in steps if not step.probe] == ["import numpy as np", *TINY_ANSWERS.values()]


@pytest.mark.parametrize(
    ("source", "stub"),
    [
        ("def f(x):\n    '''Doc.'''\n    ...", True),
        ("def f(x):\n    raise NotImplementedError()", True),
        ("# your code here", True),
        ("model = ...", True),
        ("class A:\n    def call(self, x):\n        pass", True),
        ("def f(x):\n    return 0", False),
        ("def f(x):\n    x + 1\n    ...", False),
        ("def f(x)\n    broken", False),
    ],
)
def test_stubs_are_told_from_answers(source, stub):
    assert is_stub(source) is stub


def test_an_untouched_question_is_not_started(result_of):
    result = result_of({"t-q2": "def add(x):\n    # your code here\n    ..."})
    assert messages(result, "t-q2") == {"question": "not started"}
    assert points(result) == TINY_POINTS | {"t-q2": 0}


# Errors ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text", ["", "not json", "{}", "[1, 2]", '{"cells": 3, "nbformat": 4, "nbformat_minor": 5}', "\0"]
)
def test_an_unreadable_submission_is_named_with_a_reason_and_advice(text, checks, tmp_path):
    path = tmp_path / "kim.ipynb"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(UnreadableSubmissionError, match=r"kim\.ipynb .*(is empty|not? a? ?notebook|no code cell)"):
        graded_file(path, checks)


def test_a_missing_submission_and_missing_checks_are_named(checks, tmp_path):
    with pytest.raises(UnreadableSubmissionError, match=r"kim\.ipynb cannot be opened"):
        read_bytes(tmp_path / "kim.ipynb")
    with pytest.raises(FileNotFoundError, match="no hidden checks at"):
        load_assignment(tmp_path / "a9.py")


def test_checks_that_contradict_themselves_are_refused(checks):
    checks.write_text(TINY_CHECKS.replace('needs=("t-q1",)', 'needs=("t-q9",)'), encoding="utf-8")
    with pytest.raises(ValueError, match="t-q9"):
        load_assignment(checks)


def test_checks_that_fail_are_the_graders_fault_and_not_the_students(checks, tiny, tmp_path):
    checks.write_text(
        TINY_CHECKS.replace('answers["value"], inputs["x"] + 1', 'answers["value"], 1 / 0'), encoding="utf-8"
    )
    with pytest.raises(GraderError, match="ZeroDivisionError"):
        graded(tiny, tmp_path, checks)


def test_checks_whose_points_do_not_add_up_are_the_graders_fault(checks, tiny, tmp_path):
    checks.write_text(TINY_CHECKS.replace('"t-q2", 6', '"t-q2", 7'), encoding="utf-8")
    with pytest.raises(GraderError, match="do not add up"):
        graded(tiny, tmp_path, checks)


# Deciding and children ------------------------------------------------------------------------------------------


def test_compare_tells_a_known_mistake_and_never_shows_the_expected_value():
    expected = np.array([1.25, -7.5])
    hints = [(-expected, "The sign is wrong.")]
    assert compare("c", 3, answers.Answer(expected), expected).earned == 3
    assert compare("c", 3, answers.Answer(-expected), expected, hints).message == "The sign is wrong."
    other = compare("c", 3, answers.Answer(expected + 1), expected, hints)
    assert other.earned == 0 and "2 of 2 values differ" in other.message
    assert "1.25" not in other.message and "7.5" not in other.message
    assert compare("c", 3, answers.Answer(np.array(3.0)), 5).message == "The number is off by 2."
    assert compare("c", 3, answers.Answer(np.array(0)), 1234567).message == "The number is off by 1,234,567."


@pytest.mark.parametrize(
    ("shape", "told"),
    [((3, 0), "empty"), ((2, 4, 1), "number of axes"), ((2, 4), "axis 1 should"), ((3, 4), "axes 0 and 1 should")],
)
def test_a_wrong_shape_is_told_without_the_right_one(shape, told):
    message = compare("c", 3, answers.Answer(np.zeros(shape)), np.ones((2, 7))).message
    assert told in message and str(shape) in message and "7" not in message


def test_a_slip_that_several_checks_see_costs_as_much_as_the_dearest_of_them():
    slip, other = "The bias is missing.", "The sign is wrong."
    findings = [Finding("a", 6, 0, slip), Finding("b", 3, 0, slip), Finding("c", 2, 0, other), Finding("d", 1, 1)]
    found = shared(findings, [slip])
    assert [finding.earned for finding in found] == [2, 1, 0, 1]
    assert [finding.message for finding in found] == [slip, slip, other, ""]  # each still says why
    assert shared(findings, ["Nobody did this."]) == findings
    assert shared(findings[1:], [slip]) == findings[1:]  # seen by one check: nothing to share


def test_after_a_crash_nothing_else_is_told():
    crashed = compare("value", 4, answers.Answer(error="NameError: name 'x' is not defined"), 1)
    wrong = compare("value", 4, answers.Answer(np.array(3)), 1)
    untouched, list_changed = passed("input untouched", 2, True, ""), passed("list untouched", 2, False, "It popped.")
    found = beside([crashed], [untouched, list_changed])
    assert [(finding.earned, finding.message) for finding in found] == [(0, crashed.message)] * 3
    told = [finding.message for finding in beside([wrong], [untouched, list_changed])]
    assert told == [wrong.message, "It counts once a value is right.", "It popped."]


def test_an_error_in_an_earlier_answer_is_not_said_of_this_cell():
    names = {}
    exec(compile("def first(x):\n    return 1 / x", "<cell a>", "exec"), names)
    exec(compile("def second(x):\n\n\n    return first(x)", "<cell b>", "exec"), names)
    exec(compile("def third(x):\n    return 1 / x", "<cell b>", "exec"), names)

    def told(name):
        return answers.read(answers.pack({"x": answers.attempt(names[name], 0)}))["x"].error

    assert "(line 2 of the cell with `first`)" in told("second")
    assert "(line 2 of your cell, in `third`)" in told("third")


def test_an_error_is_told_in_plain_letters():
    assert (
        answers.describe(ValueError("\x1b[1mInput 0\x1b[0m of\nlayer 'dense'"))
        == "ValueError: Input 0 of layer 'dense'"
    )


def test_what_is_hidden_from_the_probe_never_reaches_the_submission(tiny, tmp_path):
    checks = tiny_assignment(tmp_path / "assignment")
    text = TINY_CHECKS.replace('return {"x"', 'return {"hidden seed": 5, "x"')
    text = text.replace('attempt(function, inputs["x"])', 'attempt(function, inputs["x"]) if len(inputs) == 1 else {}')
    checks.write_text(
        text.replace(
            'compare("value", 4, answers["value"], 2', 'compare("value", inputs["hidden seed"] - 1, answers["value"], 2'
        ),
        encoding="utf-8",
    )
    assert points(graded(tiny, tmp_path, checks)) == TINY_POINTS


def test_each_question_has_inputs_of_its_own():
    first, again, other = (children.generator(5, name).normal(size=4) for name in ("q1", "q1", "q2"))
    assert (first == again).all() and (first != other).all()


def test_a_forkserver_that_ran_an_operation_is_refused(monkeypatch):
    class Threading:
        def __getattr__(self, name):
            raise RuntimeError("cannot be modified after initialization")

    class TensorFlow:
        class config:  # noqa: N801
            threading = Threading()

    monkeypatch.setitem(sys.modules, "tensorflow", TensorFlow)
    with pytest.raises(RuntimeError, match="before it was to fork"):
        forkserver_main.use_one_thread()


def test_no_child_is_left_behind(result_of):
    result_of({"t-q1": "while True:\n    pass"}, seconds=1)
    deadline = time.monotonic() + 5
    while below(forkserver.running(True).process.pid) and time.monotonic() < deadline:
        time.sleep(0.05)  # the supervisor reports before it ends
    assert below(forkserver.running(True).process.pid) == []
    assert lost(result_of({})) == {name: set() for name in TINY_POINTS}


# Limits, notes, manual questions --------------------------------------------------------------------------------


def test_the_total_time_ends_a_notebook_whose_cells_each_keep_to_the_limit(result_of):
    slow = {name: f"import time\ntime.sleep(2)\n{source}" for name, source in TINY_ANSWERS.items()}
    result = result_of(slow, seconds=30, total_seconds=3)
    assert points(result) == TINY_POINTS | {"t-q2": 0, "t-q3": 0} and result["status"] == "partly run"
    assert "in the time for the whole notebook" in messages(result, "t-q3")["question"]


def test_the_status_says_whether_something_had_to_be_stopped(result_of):
    assert result_of({})["status"] == "graded"
    assert result_of({"t-q1": "def double(x):\n    raise ValueError"})["status"] == "graded"
    assert result_of({"t-q1": "import os\nos._exit(0)"})["status"] == "partly run"


def test_a_backend_set_in_the_notebook_comes_too_late_and_the_student_is_told(tiny, checks, tmp_path):
    tiny.cells.insert(0, code("own", "import os\nos.environ['KERAS_BACKEND'] = 'jax'"))
    result = graded(tiny, tmp_path, checks)
    assert points(result) == TINY_POINTS
    assert "KERAS_BACKEND to jax" in messages(result, "t-q1")["note"]
    tiny.cells[0].source = "import os\nos.environ['KERAS_BACKEND'] = 'tensorflow'"
    assert messages(graded(tiny, tmp_path, checks), "t-q1") == {}


def test_manual_questions_carry_the_text_and_wait_for_a_person(tiny, checks, tmp_path):
    more = 'Question("t-q3", 2, "quadruple", inputs, probe, decide_both, needs=("t-q1",)),'
    text = TINY_CHECKS.replace(more, more + '\n    Question("t-q4", 5, manual=True),')
    checks.write_text(text, encoding="utf-8")
    cell = nbformat.v4.new_markdown_cell("Because <b>channels</b> mix.", id="t-q4")
    cell.metadata["nbgrader"] = {
        "schema_version": 3,
        "task": False,
        "grade_id": "t-q4",
        "solution": True,
        "grade": True,
    }
    tiny.cells.append(cell)
    result = graded(tiny, tmp_path, checks)
    manual = {"manual": True, "text": "Because <b>channels</b> mix.", "findings": []}
    assert result["questions"][3] == {"id": "t-q4", "points": 0, "max_points": 5} | manual
    assert (result["score"], result["max_score"]) == (12, 17)
    cell.source = "YOUR ANSWER HERE\n"  # as nbgrader hands it out
    assert graded(tiny, tmp_path, checks)["questions"][3]["text"] == ""
    tiny.cells.pop()
    assert graded(tiny, tmp_path, checks)["questions"][3]["text"] == ""


def test_a_question_that_is_neither_manual_nor_whole_is_refused(checks):
    checks.write_text(TINY_CHECKS.replace("decide_add),", "None),"), encoding="utf-8")
    with pytest.raises(ValueError, match="t-q2 needs"):
        load_assignment(checks)


def test_random_numbers_are_the_same_in_each_run_and_not_the_warm_process_s(result_of):
    shown = "import random\nraise ValueError(str((random.random(), np.random.rand())))"
    source = "def add(x):\n    " + shown.replace("\n", "\n    ")
    first, again, other = (messages(result_of({"t-q2": source}, seed=seed), "t-q2") for seed in (3, 3, 4))
    assert first == again != other


def test_what_the_deciders_cannot_make_sense_of_costs_the_question_only(checks, result_of):
    fragile = 'return [compare("value", 6, answers["value"], inputs["x"] + [1, 2, 3][answers["value"].value.ndim])]'
    checks.write_text(TINY_CHECKS.replace('return [compare("value", 6, answers["value"], inputs["x"] + 1)]', fragile))
    result = result_of({"t-q2": "def add(x):\n    return np.zeros((1,) * 9)"})
    assert points(result) == TINY_POINTS | {"t-q2": 0}
    assert "cannot make sense of" in messages(result, "t-q2")["question"]


def test_a_follow_on_look_tells_nothing_that_a_submission_read_from_the_model_answer(result_of):
    spy = "def quadruple(x):\n    import inspect\n    raise ValueError('return 2 ' + inspect.getsource(double))"
    result = result_of({"t-q1": "def double(x):\n    return x", "t-q3": spy})
    assert "return 2 * x" not in json.dumps(result)


# The sandbox ------------------------------------------------------------------------------------------------------


def test_elsewhere_than_on_linux_grading_is_refused_with_a_reason(tiny, checks, tmp_path, monkeypatch):
    path = tmp_path / "submission.ipynb"
    nbformat.write(tiny, path)
    monkeypatch.setattr(forkserver, "LINUX", False)
    with pytest.raises(RefusedError, match=r"cannot confine.*stranger's program.*--no-sandbox"):
        grade(path, checks)


def test_a_machine_without_landlock_refuses(tmp_path):
    """In a process of its own: the call that asks for Landlock's version is answered as an old kernel would."""
    code = (
        "import sys\n"
        "from autograder.sandbox import confinement, landlock\n"
        "landlock.CREATE_RULESET = 9999\n"
        "try:\n    confinement.enter([], [], [sys.argv[1]])\n"
        "except OSError as error:\n    print(error)\n"
    )
    done = subprocess.run([sys.executable, "-c", code, tmp_path], capture_output=True, text=True, check=True)
    assert "Landlock" in done.stdout


def test_a_sandbox_that_does_not_hold_is_noticed(monkeypatch):
    """The trial child is started without a sandbox: it reads, writes and becomes another program."""
    if not forkserver.LINUX:
        pytest.skip("only Linux has a forkserver")
    real = trial.Child
    monkeypatch.setattr(trial, "Child", lambda target, *, sandbox, **options: real(target, sandbox=False, **options))
    monkeypatch.setattr(forkserver.running(True), "layers", None)
    with pytest.raises(RefusedError, match=r"cannot confine .*sandbox (could not be tried|does not hold)"):
        trial.layers()


def test_without_a_sandbox_the_result_says_so(tiny, checks, tmp_path):
    path = tmp_path / "submission.ipynb"
    nbformat.write(tiny, path)
    result = grade(path, checks, seed=1, sandbox=False)
    assert points(result) == TINY_POINTS and result["sandbox"] == []


def test_other_systems_grade_trusted_work_in_fresh_processes(tiny, checks, tmp_path, monkeypatch):
    path = tmp_path / "submission.ipynb"
    nbformat.write(with_answers(tiny, {"t-q2": "def add(x):\n    print('hello')\n    return x"}), path)
    monkeypatch.setattr(forkserver, "LINUX", False)
    result = grade(path, checks, seed=1, sandbox=False)
    assert points(result) == TINY_POINTS | {"t-q2": 0}


def test_a_closed_module_is_closed_in_all_its_compiled_forms(tmp_path, monkeypatch):
    (tmp_path / "closed_one.py").write_text("x = 1", encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    forms = {py_compile.compile(tmp_path / "closed_one.py", optimize=level) for level in (0, 1, 2)}
    other = tmp_path / "__pycache__/closed_one.cpython-399.pyc"
    other.touch()
    source = os.path.realpath(tmp_path / "closed_one.py")
    assert set(readable.files_of("closed_one")) == {source, str(other), *map(os.path.realpath, forms)}


def test_private_paths_inside_granted_folders_are_taken_out(tmp_path):
    for name in ("a/b/open", "a/b/closed", "a/c/open", "d/open"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    granted, listed = readable.open_without([tmp_path / "a", tmp_path / "d"], [tmp_path / "a/b/closed"])
    assert set(granted) == {str(tmp_path / name) for name in ("a/b/open", "a/c", "d")}
    assert set(listed) == {str(tmp_path / name) for name in ("a", "a/b")}
    assert readable.open_without([tmp_path / "a/b"], [tmp_path / "a"]) == ([], [])


def test_a_channel_refuses_what_is_too_long_and_times_out():
    from autograder.sandbox.messages import Channel, MessageError

    here, there = (Channel(end) for end in socket.socketpair())
    there.send({"a": 1}, b"body")
    assert here.receive(1, most=4) == ({"a": 1}, b"body")
    there.send({}, b"12345")
    with pytest.raises(MessageError, match="too long"):
        here.receive(1, most=4)
    silent, other = socket.socketpair()
    with other, pytest.raises(TimeoutError):
        Channel(silent).receive(0.01)
    other_end = Channel(silent)
    with pytest.raises(EOFError):
        other_end.receive(1)


def test_folders_too_deep_for_rmtree_are_removed(tmp_path):
    top = tmp_path / "top"
    top.mkdir()
    here = os.open(top, os.O_RDONLY)
    for _ in range(1200):
        os.mkdir("deep", dir_fd=here)
        deeper = os.open("deep", os.O_RDONLY, dir_fd=here)
        os.close(here)
        here = deeper
    os.close(here)
    cleanup.remove(str(top))
    assert not top.exists()


def test_control_groups_of_both_versions_get_the_limit(tmp_path):
    """On a made-up tree: the real one is rarely ours to change."""
    for version, line, place in ((2, "0::/me", "me"), (1, "4:cpu,memory:/me", "memory/me")):
        root = tmp_path / str(version)
        (root / place).mkdir(parents=True)
        (root / place / "cgroup.subtree_control").write_text("cpu memory")
        own = tmp_path / f"own-{version}"
        own.write_text(f"9:cpuset:/other\n{line}\n")
        group = cgroup.new_group(100, root=root, own=own)
        limit = "memory.max" if version == 2 else "memory.limit_in_bytes"
        assert group.folder.parent == root / place and (group.folder / limit).read_text() == str(100 * 2**20)
        assert not group.exceeded()
        group.events.write_text("oom_kill_disable 0\noom_kill 1\n")
        assert group.exceeded()


def test_no_control_group_where_none_can_be_had(tmp_path):
    own = tmp_path / "own"
    assert cgroup.new_group(100, root=tmp_path, own=own) is None
    own.write_text("0::/me\n")
    assert cgroup.new_group(100, root=tmp_path, own=own) is None


# Models by their configuration ----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def model():
    import keras

    inputs = keras.Input((8, 8, 3))
    left = keras.layers.Conv2D(4, 1, activation="relu")(inputs)
    right = keras.layers.SeparableConv2D(4, 3, padding="same")(inputs)
    outputs = keras.layers.GlobalAveragePooling2D()(keras.layers.Concatenate()([left, right]))
    return keras.Model(inputs, outputs)


def test_a_model_is_rebuilt_without_weights_that_take_memory(model):
    back = rebuild(model.to_json())
    assert back.count_params() == model.count_params() and back.output_shape == model.output_shape


def changed(model, old, new):
    text = model.to_json()
    assert old in text
    return text.replace(old, new)


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('"class_name": "Conv2D"', '"class_name": "Lambda"', "Lambda is not one"),
        ('"module": "keras.layers", "class_name": "Conv2D"', '"module": "os", "class_name": "system"', "os.system"),
        ('"class_name": "Conv2D"', '"class_name": "TorchModuleWrapper"', "not one"),
        ('"registered_name": null', '"registered_name": "mine>Evil"', "no layer of Keras"),
        ('"activation": "relu"', '"activation": {"class_name": "function", "config": "exec"}', "function is not one"),
        ('"activation": "relu"', '"activation": {"class_name": "__lambda__", "config": {}}', "__lambda__ is not"),
        ('"filters": 4', '"filters": 40000000', "too large"),
        ('"class_name": "Functional"', '"class_name": ["Functional"]', "cannot be rebuilt"),
        ("{", "[", "cannot be rebuilt"),
    ],
)
def test_configurations_with_anything_else_are_refused(model, old, new, told):
    with pytest.raises(ValueError, match=told):
        rebuild(changed(model, old, new))


def test_configurations_that_are_no_models_or_too_long_are_refused():
    for text in ("", "3", "{}", '{"class_name": "Zeros", "module": "keras.initializers", "config": {}}', " " * 2**21):
        with pytest.raises(ValueError, match="configuration"):
            rebuild(text)
