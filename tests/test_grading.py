"""The grader's core: what one question does costs that question only, and only plain data reach the decider."""

import json
import os
import pickle

import nbformat
import numpy as np
import pytest
from submissions import graded, lost, messages, points, with_answers

from course_utils.grading import answers, children
from course_utils.grading.deciding import compare
from course_utils.grading.engine import GraderError, grade
from course_utils.grading.graft import UnreadableSubmissionError, find_answer, graft, is_stub, read_notebook
from course_utils.grading.questions import load_assignment

# A tiny assignment: double a number (4 points), add one to each entry (6), and a third that may call the first (2).
CHECKS = """
import numpy as np
from course_utils.grading.answers import attempt
from course_utils.grading.deciding import compare
from course_utils.grading.questions import Question

NOTEBOOK = "tiny.ipynb"
FORBIDDEN = ("colorsys",)


def inputs(rng):
    return {"x": rng.normal(size=int(rng.integers(3, 9)))}


def probe(function, inputs):
    return {"value": attempt(function, inputs["x"])}


def decide_double(inputs, answers):
    return [compare("value", 4, answers["value"], 2 * inputs["x"])]


def decide_add(inputs, answers):
    return [compare("value", 6, answers["value"], inputs["x"] + 1)]


def decide_both(inputs, answers):
    return [compare("value", 2, answers["value"], 4 * inputs["x"])]


QUESTIONS = (
    Question("t-q1", 4, "double", inputs, probe, decide_double),
    Question("t-q2", 6, "add", inputs, probe, decide_add),
    Question("t-q3", 2, "quadruple", inputs, probe, decide_both, needs=("t-q1",)),
)
"""
ANSWERS = {
    "t-q1": "def double(x):\n    return 2 * x",
    "t-q2": "def add(x):\n    return x + 1",
    "t-q3": "def quadruple(x):\n    return double(double(x))",
}
FULL = {"t-q1": 4, "t-q2": 6, "t-q3": 2}


def code(cell_id, source, **label):
    cell = nbformat.v4.new_code_cell(source, id=cell_id)
    if label:
        cell.metadata["nbgrader"] = {"schema_version": 3, "task": False, "grade_id": cell_id, **label}
    return cell


@pytest.fixture
def tiny():
    cells = [code("imports", "import numpy as np")]
    for name, source in ANSWERS.items():
        cells.append(code(name, source, solution=True, grade=False, locked=False))
        cells.append(code(f"{name}-test", "assert False", solution=False, grade=True, locked=True, points=FULL[name]))
    return nbformat.v4.new_notebook(cells=cells)


@pytest.fixture
def checks(tmp_path, tiny):
    (tmp_path / "assignment").mkdir()
    nbformat.write(tiny, tmp_path / "assignment/tiny.ipynb")
    path = tmp_path / "assignment/tiny.py"
    path.write_text(CHECKS, encoding="utf-8")
    return path


@pytest.fixture
def result_of(tiny, checks, tmp_path):
    """result_of({"t-q1": source}): the result of the right submission with these cells in it instead."""
    return lambda sources, **options: graded(with_answers(tiny, sources), tmp_path, checks, **options)


def test_right_answers_earn_everything_and_the_result_is_plain_data(result_of):
    result = result_of({})
    assert (result["score"], result["max_score"], points(result)) == (12, 12, FULL)
    assert json.loads(json.dumps(result)) == result


def test_the_same_seed_gives_the_same_result_and_another_seed_other_inputs(result_of):
    wrong = {"t-q2": "def add(x):\n    return x + 2 + x.sum()"}
    assert result_of(wrong, seed=3) == result_of(wrong, seed=3)
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
        ("def double(x):\n    raise ValueError('I broke')", "I broke (line 2 of your cell)"),
        ("raise SystemExit('I leave')", "I leave"),
        ("def double(x)\n    return 2 * x", "SyntaxError"),
        ("double = 3", "TypeError"),
        ("def double(x):\n    return double(x)", "RecursionError"),
    ],
)
def test_what_breaks_costs_only_its_own_question(result_of, source, told):
    """Question 3 calls `double` and is looked at with the model answer instead: a mistake costs its points once."""
    result = result_of({"t-q1": source}, seconds=2)
    assert points(result) == FULL | {"t-q1": 0}
    assert told in " ".join(messages(result, "t-q1").values())


def test_a_cell_that_stops_after_its_answer_keeps_the_answer(result_of):
    assert points(result_of({"t-q1": ANSWERS["t-q1"] + "\n\n1 / 0"})) == FULL


def test_a_crash_late_in_the_run_leaves_what_was_finished(result_of):
    result = result_of({"t-q3": "import os\n\ndef quadruple(x):\n    os.abort()"})
    assert points(result) == FULL | {"t-q3": 0}


def test_a_child_that_lies_about_where_it_died_ends_the_grading(result_of):
    """It says again and again that another cell is at fault. Question 3 is then looked at without it."""
    lie = (
        "import gc, json, os\n"
        "from multiprocessing.connection import Connection\n"
        "pipe = [c for c in gc.get_objects() if isinstance(c, Connection) and c.writable][0]\n"
        "pipe.send_bytes(json.dumps({'begin': 'imports'}).encode())\n"
        "os._exit(0)\n"
    )
    assert points(result_of({"t-q1": lie})) == {"t-q1": 0, "t-q2": 0, "t-q3": 2}


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
    assert points(result_of({"t-q1": source})) == FULL


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
    assert points(result_of({"t-q2": spying + ANSWERS["t-q2"]})) == FULL
    forbidden = result_of({"t-q2": "import colorsys\n" + ANSWERS["t-q2"]})
    assert "colorsys" in messages(forbidden, "t-q2")["question"]
    assert points(forbidden) == FULL | {"t-q2": 0}


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
    assert points(result) == FULL | {"t-q2": 0}


class MakesFolder:
    """Makes a folder in the process that unpickles it."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return os.mkdir, (str(self.path),)


def test_pickled_answers_are_refused_and_never_unpickled(tmp_path):
    trap = tmp_path / "unpickled"
    np.savez(tmp_path / "q.npz", **{"value/value": np.array([MakesFolder(trap)], dtype=object)})
    with pytest.raises(ValueError, match="not plain arrays"):
        answers.read(tmp_path / "q.npz")
    (tmp_path / "q.npz").write_bytes(pickle.dumps(MakesFolder(trap)))
    with pytest.raises(ValueError, match="not plain arrays"):
        answers.read(tmp_path / "q.npz")
    assert not trap.exists()


def test_an_answer_file_that_the_submission_rewrites_reaches_the_decider_only_as_data(result_of):
    forged = (
        "import pickle, threading, time\n"
        "def forge():\n"
        "    while True:\n"
        "        with open('t-q2.npz', 'wb') as f:\n"
        "            pickle.dump({'value': 1}, f)\n"
        "        time.sleep(0.001)\n"
        "threading.Thread(target=forge, daemon=True).start()\n"
        "def add(x):\n"
        "    return x + 1\n"
    )
    result = result_of({"t-q2": forged + "time.sleep(0.1)"})
    assert result["score"] in (6, 12)  # the thread may lose the race; it never gains a point or stops the grader


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
    assert points(graded(tiny, tmp_path, checks)) == FULL


def test_old_and_foreign_notebooks_are_read(tiny, checks, tmp_path):
    for cell in tiny.cells:
        del cell["id"]
    tiny.nbformat_minor, tiny.metadata = 2, {"colab": {"name": "x"}, "accelerator": "GPU"}
    assert points(graded(tiny, tmp_path, checks)) == FULL
    path = tmp_path / "old.ipynb"
    path.write_text(nbformat.writes(tiny, version=3), encoding="utf-8")
    assert points(grade(path, checks, seed=1)) == FULL


def test_a_deleted_cell_costs_its_question_and_says_so(tiny, checks, tmp_path):
    tiny.cells = [cell for cell in tiny.cells if cell.id != "t-q2"]
    result = graded(tiny, tmp_path, checks)
    assert points(result) == FULL | {"t-q2": 0}
    assert "No cell answers this question: define `add`" in messages(result, "t-q2")["question"]


def test_a_copied_cell_counts_as_the_last_copy_that_was_worked_on(tiny, checks, tmp_path):
    label = tiny.cells[3].metadata
    stub = nbformat.v4.new_code_cell("def add(x):\n    # your code here\n    ...", id="copy", metadata=label)
    tiny.cells += [stub]
    assert points(graded(tiny, tmp_path, checks)) == FULL


def test_an_answer_under_the_untouched_stub_counts(tiny, checks, tmp_path):
    tiny.cells[3].source = "def add(x):\n    '''Add.'''\n    # your code here\n    ..."
    tiny.cells.append(nbformat.v4.new_code_cell(ANSWERS["t-q2"], id="mine"))
    assert points(graded(tiny, tmp_path, checks)) == FULL


def test_own_cells_lend_their_definitions_and_run_nothing_else(tiny, checks, tmp_path):
    own = "import math\nONE = 1\nraise SystemExit\ndef helper(x):\n    return x + math.floor(ONE)\nwhile True: pass"
    tiny.cells.insert(1, nbformat.v4.new_code_cell(own, id="own"))
    tiny.cells[4].source = "def add(x):\n    return helper(x)"
    assert points(graded(tiny, tmp_path, checks)) == FULL


def test_visible_tests_and_cells_that_only_show_are_not_run(tiny, checks):
    tiny.cells.append(code("show", "1 / 0"))
    tiny.cells[-1].metadata["tags"] = ["ungraded"]
    steps = graft(tiny, tiny, load_assignment(checks).questions)
    assert [step.id for step in steps] == ["imports", *FULL]


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
    assert points(result) == FULL | {"t-q2": 0}


def test_find_answer_prefers_the_named_then_the_labelled():
    cells = [code("other", "def add(x): return 1"), code("t-q2", "y = add(3)", solution=True), code("note", "1")]
    assert find_answer(cells, "t-q2", "t-q2", "add") == 0
    assert find_answer(cells, "t-q2", "t-q2", "absent") == 1
    assert find_answer(cells, "t-q9", "t-q9", "absent") is None


# Errors ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text", ["", "not json", "{}", "[1, 2]", '{"cells": 3, "nbformat": 4, "nbformat_minor": 5}', "\0"]
)
def test_an_unreadable_submission_is_named_with_a_reason_and_advice(text, checks, tmp_path):
    path = tmp_path / "kim.ipynb"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(UnreadableSubmissionError, match=r"kim\.ipynb .*(not a notebook|no code cell).*Save it again"):
        grade(path, checks)


def test_a_missing_submission_and_missing_checks_are_named(checks, tmp_path):
    with pytest.raises(UnreadableSubmissionError, match=r"kim\.ipynb cannot be opened"):
        read_notebook(tmp_path / "kim.ipynb")
    with pytest.raises(FileNotFoundError, match="no hidden checks at"):
        load_assignment(tmp_path / "a9.py")


def test_checks_that_contradict_themselves_are_refused(checks):
    checks.write_text(CHECKS.replace('needs=("t-q1",)', 'needs=("t-q9",)'), encoding="utf-8")
    with pytest.raises(ValueError, match="t-q9"):
        load_assignment(checks)


def test_checks_that_fail_are_the_graders_fault_and_not_the_students(checks, tiny, tmp_path):
    checks.write_text(CHECKS.replace('answers["value"], inputs["x"] + 1', 'answers["value"], 1 / 0'), encoding="utf-8")
    with pytest.raises(GraderError, match="ZeroDivisionError"):
        graded(tiny, tmp_path, checks)


def test_checks_whose_points_do_not_add_up_are_the_graders_fault(checks, tiny, tmp_path):
    checks.write_text(CHECKS.replace('"t-q2", 6', '"t-q2", 7'), encoding="utf-8")
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


def test_each_question_has_inputs_of_its_own():
    first, again, other = (children.generator(5, name).normal(size=4) for name in ("q1", "q1", "q2"))
    assert (first == again).all() and (first != other).all()


def test_a_warm_process_that_ran_an_operation_is_refused(monkeypatch):
    class Threading:
        def __getattr__(self, name):
            raise RuntimeError("cannot be modified after initialization")

    class TensorFlow:
        class config:  # noqa: N801
            threading = Threading()

    monkeypatch.setitem(children.sys.modules, "tensorflow", TensorFlow)
    with pytest.raises(RuntimeError, match="before it was forked"):
        children.use_one_thread()


def test_no_child_is_left_behind(result_of):
    result_of({"t-q1": "while True:\n    pass"}, seconds=1)
    assert children.multiprocessing.active_children() == []
    assert lost(result_of({})) == {name: set() for name in FULL}
