"""What runs from top to bottom for the student runs for us: right answers keep their points however they are written.

The state in which a question is probed, imports, magics, helper files, and what a look with model answers may tell. The
last part is a small sample of the generator's notebooks (rewriting.py); `python course.py bench rewrites` has hundreds.
"""

import builtins
import dis
import marshal
import socket
import time
from pathlib import Path

import nbformat
import numpy as np
import pytest
from rewriting import EDITS, Base, rewritten, runs, small_assignment, small_notebook
from submissions import TINY_CHECKS, TINY_POINTS, graded, messages, points, tiny_assignment, tiny_notebook, with_answers

from autograder.cells import as_python, names
from autograder.notebook import manual_text, parse_notebook
from autograder.plan import model_code, plan
from autograder.questions import load_assignment
from autograder.sandbox.child import Child, StarvedError
from autograder.sandbox.messages import Channel

ROOT = Path(__file__).resolve().parents[2]
FULL = {"s-q1": 30, "s-q2": 30, "s-q3": 20, "s-q4": 20}


@pytest.fixture
def small():
    return small_notebook()


@pytest.fixture(scope="module")
def checks(tmp_path_factory):
    return small_assignment(tmp_path_factory.mktemp("small") / "assignment")


def position(notebook, cell_id):
    return [cell.id for cell in notebook.cells].index(cell_id)


def insert(notebook, before, *sources):
    at = position(notebook, before)
    notebook.cells[at:at] = [nbformat.v4.new_code_cell(source) for source in sources]
    return notebook


def append(notebook, source):
    notebook.cells.append(nbformat.v4.new_code_cell(source))
    return notebook


# The state in which a question is probed -------------------------------------------------------------------------

WRONG = "def scaled(x, by=2):\n    return x + 1000"
RIGHT = "def scaled(x, by=2):\n    return x * by"


def test_a_later_cell_does_not_change_an_earlier_answer(small, checks, tmp_path):
    small = append(small, "def rows(x):\n    raise ValueError\n\n\ndel moved\nscaled = line = widths = np = 3")
    assert points(graded(small, tmp_path, checks)) == FULL


def test_two_helpers_of_one_name_in_two_cells_each_serve_their_own(small, checks, tmp_path):
    answers = {
        "s-q2": "def part(x):\n    return x\n\n\ndef moved(x, by=1, part=part):\n    return part(x) + by",
        "s-q4": "def part(x, by):\n    return rows(x) * by\n\n\ndef widths(x, by=1):\n    return part(x, by)",
    }
    assert points(graded(with_answers(small, answers), tmp_path, checks)) == FULL


@pytest.mark.parametrize(
    ("above", "below", "points_of_q1"),
    [
        ([WRONG, RIGHT], [], 30),  # a correction below the first try
        ([RIGHT], [WRONG], 30),  # a try below the test
        ([WRONG], [RIGHT], 0),  # what stood where the test stands counts
        ([], [RIGHT], 30),  # an answer below its test only
        (["def scaled(x, by=2):\n    ..."], [RIGHT], 30),
        ([RIGHT, "def scaled(x, by=2):\n    ..."], [], 30),  # the stub was left below
    ],
)
def test_of_several_tries_the_last_above_the_test_counts(small, checks, tmp_path, above, below, points_of_q1):
    del small.cells[position(small, "s-q1")]
    small = insert(insert(small, "s-q1-test", *above), "q1-show", *below)
    assert points(graded(small, tmp_path, checks)) == FULL | {"s-q1": points_of_q1}


def test_an_answer_whose_helper_stands_below_its_test_counts(small, checks, tmp_path):
    small = with_answers(small, {"s-q2": "def moved(x, by=1):\n    return plus(x, by)"})
    small = append(small, "def plus(x, by):\n    return x + by")
    assert points(graded(small, tmp_path, checks)) == FULL


def test_a_name_that_is_never_there_changes_nothing_of_what_was_found_at_the_test(small, checks, tmp_path):
    small = with_answers(small, {"s-q2": "def moved(x, by=1):\n    return x + by + never"})
    small = append(small, "def moved(x, by=1):\n    return unknown")
    told = messages(graded(small, tmp_path, checks), "s-q2")["value"]
    assert "'never'" in told and "unknown" not in told


def test_what_was_taken_out_of_the_given_cells_is_put_back_and_what_was_changed_stays(small, checks, tmp_path):
    gone = {"imports": "import math", "tools": ""}
    assert points(graded(with_answers(small, gone), tmp_path, checks)) == FULL
    changed = {"tools": "def rows(x):\n    return 0 * np.sum(x, axis=1)"}
    assert points(graded(with_answers(small, changed), tmp_path, checks)) == FULL | {"s-q4": 0}


def test_tests_and_shown_cells_run_only_for_an_answer_that_uses_their_names(small, checks):
    questions = load_assignment(checks).questions
    used = with_answers(small, {"s-q3": "def line(x, by):\n    return (x * by + by) if values.size else y"})
    ran = [step.source for step in plan(small, used, questions)["steps"] if not step.probe]
    assert any("values =" in source for source in ran) and any("y = moved" in source for source in ran)
    assert not any("total =" in source for source in ran)
    assert len([step for step in plan(small, small, questions)["steps"] if not step.probe]) == len(FULL) + 2


# Cells that fail, and cells that take too long -------------------------------------------------------------------


@pytest.mark.parametrize(
    "source",
    [
        "1 / 0",
        "while True:\n    pass",
        "import os\nos._exit(1)",
        "import time\ntime.sleep(99)",
        "this is no Python",
        "numbers = [0] * 10**11",
    ],
)
def test_a_bad_scratch_cell_costs_nothing(small, checks, tmp_path, source):
    result = graded(insert(small, "s-q2", source), tmp_path, checks, seconds=3)
    assert (points(result), result["status"]) == (FULL, "graded")


@pytest.mark.parametrize("end", ["1 / 0", "raise SystemExit", "while True:\n    pass", "import os\nos._exit(1)"])
def test_a_cell_that_stops_lends_what_it_defines(small, checks, tmp_path, end):
    own = f"import math\nONE = 1\n{end}\n\n\ndef plus(x, by):\n    return x + by * ONE + math.floor(0.5)"
    small = with_answers(small, {"s-q2": "def moved(x, by=1):\n    return plus(x, by)"})
    assert points(graded(insert(small, "s-q2", own), tmp_path, checks, seconds=3)) == FULL


def test_an_import_that_fails_is_told_where_it_is_used_and_costs_nothing_else(small, checks, tmp_path):
    small = insert(small, "s-q1", "from absent_module import bar\nimport absent_other as other\nZERO = 0")
    small = with_answers(
        small,
        {
            "s-q1": "def scaled(x, by=2):\n    return x * by + ZERO",
            "s-q2": "def moved(x, by=1):\n    return np.array([row + by for row in bar(x)])",
            "s-q4": "def widths(x, by=1):\n    return other.sum(x) * by",
        },
    )
    result = graded(small, tmp_path, checks)
    assert points(result) == FULL | {"s-q2": 0, "s-q4": 0}
    told = messages(result, "s-q2")["value"]
    assert "from absent_module import bar" in told and "No module named" in told and "numpy" in told
    assert "absent_other" in messages(result, "s-q4")["value"]


def test_a_name_error_tells_why_the_cell_that_defines_the_name_stopped(small, checks, tmp_path):
    small = insert(small, "s-q1", "table = open('data.csv').read()")
    small = with_answers(small, {"s-q1": "def scaled(x, by=2):\n    return x * by * len(table)"})
    told = messages(graded(small, tmp_path, checks), "s-q1")["value"]
    assert "'table'" in told and "FileNotFoundError" in told


def test_what_depends_on_a_shell_line_says_so(small, checks, tmp_path):
    small = insert(small, "s-q1", "files = !ls\n!pip install absent_module\nimport absent_module")
    answers = {
        "s-q2": "def moved(x, by=1):\n    return x + by * len(files)",
        "s-q4": "def widths(x, by=1):\n    return absent_module.sum(x)",
    }
    result = graded(with_answers(small, answers), tmp_path, checks)
    assert "`!ls` is not run" in messages(result, "s-q2")["value"]
    assert "`!pip install absent_module` is not run" in messages(result, "s-q4")["value"]


def test_one_cause_is_told_once(tmp_path):
    checks = tiny_assignment(tmp_path / "assignment")
    twice = 'return [compare("value", 3, answers["value"], 0), compare("again", 3, answers["value"], 0)]'
    checks.write_text(TINY_CHECKS.replace('return [compare("value", 6, answers["value"], inputs["x"] + 1)]', twice))
    tiny = with_answers(tiny_notebook(), {"t-q2": "def add(x):\n    return x + math.pi"})
    told = messages(graded(tiny, tmp_path, checks), "t-q2")
    assert "'math' is not defined" in told["value"] and "in 2 checks" in told["value"]
    assert told["again"] == "As in \u201cvalue\u201d."


# Files of the student's own ---------------------------------------------------------------------------------------


def test_files_beside_the_notebook_can_be_imported_and_opened(small, checks, tmp_path):
    files = {
        "helpers.py": b"def times(x, by):\n    return x * by",
        "tools/__init__.py": b"from .plus import plus",
        "tools/plus.py": b"def plus(x, by):\n    return x + by",
        "factor.txt": b"1",
        "../outside.py": b"",
        "/tmp/outside.py": b"",
        "helpers.py/x": b"",
    }
    answers = {
        "s-q1": "from helpers import times as scaled",
        "s-q2": "import tools\nmoved = tools.plus",
        "s-q4": "def widths(x, by=1):\n    return rows(x) * by * int(open('factor.txt').read())",
    }
    assert points(graded(with_answers(small, answers), tmp_path, checks, files=files)) == FULL
    assert points(graded(with_answers(small, answers), tmp_path, checks)) == FULL | {"s-q1": 0, "s-q2": 0, "s-q4": 0}


# Written answers ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("how", ["in its cell", "in a cell below", "in two cells", "without labels", "as a code cell"])
def test_a_written_answer_is_found_wherever_the_student_wrote_it(how):
    text = nbformat.v4.new_markdown_cell
    own = text("YOUR ANSWER HERE", id="w-q9", metadata={"nbgrader": {"grade_id": "w-q9", "solution": True}})
    given = [text("## Question 9\nWhy?", id="q9"), own, text("## Takeaways"), text("The end.")]
    reference = nbformat.v4.new_notebook(cells=given)
    reference = parse_notebook(nbformat.writes(insert(reference, "q9", "1 + 1")).encode(), "the solution")
    cells = parse_notebook(nbformat.writes(reference).encode(), "kim").cells
    answer = [text("Because it is so.")] if how != "in two cells" else [text("Because"), text("it is so.")]
    if how == "in its cell":
        cells[2].source = answer[0].source
    elif how == "as a code cell":
        cells[2] = nbformat.v4.new_code_cell(answer[0].source, id="w-q9")
    else:
        cells[3:3] = answer
    if how == "without labels":
        for number, cell in enumerate(cells):
            cell.metadata, cell.id = nbformat.NotebookNode(), f"x{number}"
    found = manual_text(reference, nbformat.v4.new_notebook(cells=cells), "w-q9")
    assert found.split() == ["Because", "it", "is", "so."]
    assert manual_text(reference, reference, "w-q9") == ""


# The look with model answers --------------------------------------------------------------------------------------

SPY = """
def widths(x, by=1):
    import gc, inspect, linecache, sys
    frame, seen = sys._getframe(), []
    while frame:
        seen += [repr(value) for value in frame.f_locals.values() if isinstance(value, str | bytes | dict)]
        frame = frame.f_back
    seen += [repr(linecache.cache)]
    seen += [repr(part) for part in gc.get_objects() if isinstance(part, dict) and len(part) < 99 and "source" in part]
    try:
        seen.append(inspect.getsource(scaled))
    except OSError:
        pass
    if "return x " + "* by" in "".join(seen):
        return 0
    return scaled(rows(x), by)
"""


def test_the_source_of_a_model_answer_is_nowhere_in_reach(small, checks, tmp_path):
    answers = {"s-q1": "def scaled(x, by=2):\n    return x", "s-q4": SPY}
    result = graded(with_answers(small, answers), tmp_path, checks)
    assert points(result) == FULL | {"s-q1": 0}
    assert "our answer to s-q1" in messages(result, "s-q4")["follow-on"]


def test_a_look_with_model_answers_says_fixed_sentences(tmp_path):
    """The answer reads the model answer's constants, and says them by an error and by a shape."""
    checks = tiny_assignment(tmp_path / "assignment")
    both = 'return [compare("value", 1, answers["value"], 4 * inputs["x"]), compare("more", 1, answers["value"], 0)]'
    text = checks.read_text(encoding="utf-8").replace(
        'return [compare("value", 2, answers["value"], 4 * inputs["x"])]', both
    )
    checks.write_text(text, encoding="utf-8")
    spy = (
        "def quadruple(x):\n    names = str(double.__code__.co_consts)\n"
        "    return 4 * x if double(3) == 6 else np.zeros(7)"
    )
    answers = {"t-q1": "def double(x):\n    return x", "t-q3": spy}
    result = graded(with_answers(tiny_notebook(), answers), tmp_path, checks)
    assert points(result) == TINY_POINTS | {"t-q1": 0, "t-q3": 1}
    assert (
        messages(result, "t-q3")["more"] == "This check does not hold with our answer to t-q1 in place of yours either."
    )


@pytest.mark.parametrize("path", sorted((ROOT / "solutions/checks").glob("a*.py")), ids=lambda path: path.stem)
def test_model_answers_stand_alone_with_what_they_need(path):
    """Each with the given cells and the answers that it needs, and nothing else, has all names that it uses."""
    assignment = load_assignment(path)
    questions = [question for question in assignment.questions if not question.manual]
    reference = parse_notebook(assignment.notebook.read_bytes(), "the solution")
    for question in questions:
        code = marshal.loads(model_code(reference, questions, [question.id]))
        waiting, used, bound = [code], set(), set(code.co_names) | set(dir(builtins))
        while waiting:
            part = waiting.pop()
            waiting += [inner for inner in part.co_consts if isinstance(inner, type(code))]
            used |= {step.argval for step in dis.get_instructions(part) if step.opname == "LOAD_GLOBAL"}
        assert used <= bound, (question.id, used - bound)
        assert question.defines in code.co_names and code.co_filename == "<model>"


# Time ---------------------------------------------------------------------------------------------------------


class Busy(Child):
    """A child that is never on a processor, or idle, and answers after some looks of its supervisor, or never."""

    def __init__(self, waits: bool, answers_after: int):
        here, self.there = socket.socketpair()
        self.channel, self.process, self.report, self.cpu, self.waited = Channel(here), None, {}, 0.0, 0.0
        self.waits, self.looks, self.answers_after, self.began = waits, 0, answers_after, time.monotonic()

    def look(self):
        self.looks += 1
        if self.waits:
            self.waited = time.monotonic() - self.began
        if self.looks == self.answers_after:
            Channel(self.there).send({"done": True})


def test_only_the_time_that_a_child_could_use_counts():
    with pytest.raises(TimeoutError) as stopped:
        Busy(waits=False, answers_after=2).ask({}, seconds=0.1, patience=50)
    assert not isinstance(stopped.value, StarvedError)
    with pytest.raises(StarvedError):
        Busy(waits=True, answers_after=-1).ask({}, seconds=0.1, patience=5)
    assert Busy(waits=True, answers_after=3).ask({}, seconds=0.1, patience=500)[0] == {"done": True}


# Source as Python -------------------------------------------------------------------------------------------------


def test_magics_give_way_to_the_cell_they_stand_on_and_lines_stay_where_they_are():
    nested = as_python("%%capture said\n%%time\nx = 1\n%time y = 2\nz = !ls")
    assert nested.splitlines()[0] == "said = get_ipython().captured()"
    assert nested.splitlines()[2:4] == ["x = 1", "y = 2"]
    assert names(nested).binds == {"said", "x", "y", "z"}


def test_names_that_a_cell_binds_uses_and_changes():
    found = names("import os.path as p\nfor i in a: b[i] = c\nd.append(1)\ndef f(x): return x + g\nclass C(D): e = h")
    assert found.binds == {"p", "i", "f", "C"} and found.sets == {"p", "f", "C"}
    assert found.uses >= {"a", "b", "c", "d", "g", "D", "h"} and not found.uses & {"x", "e"}
    assert found.changes == {"b", "d"}
    assert names("await later()").uses == {"later"}
    assert names("def f(x)\n    broken").binds == {"f"}


# A small sample of the generator's notebooks ----------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(14))
def test_rewritten_notebooks_keep_all_points(small, checks, tmp_path, seed):
    pytest.importorskip("nbclient")
    rng = np.random.default_rng(seed)
    base = Base("small", checks, small, {q.id: q.defines for q in load_assignment(checks).questions})
    notebook, kinds = rewritten(base, rng, [str(kind) for kind in rng.choice(list(EDITS), 4, replace=False)])
    if error := runs(notebook, tmp_path):
        pytest.skip(f"no rewriting: {error}")
    result = graded(notebook, tmp_path, checks)
    assert points(result) == FULL, (kinds, {question: messages(result, question) for question in FULL})


def test_a_wrong_answer_stays_wrong_whatever_is_edited_around_it(small, checks, tmp_path):
    base = Base("small", checks, small, {q.id: q.defines for q in load_assignment(checks).questions})
    kinds = ["split a cell", "merge three cells", "without ids and labels", "scratch: names of tests"]
    notebook, _ = rewritten(base, np.random.default_rng(3), kinds)
    for cell in notebook.cells:
        cell.source = cell.source.replace("return x + by", "return x - by")
    assert points(graded(notebook, tmp_path, checks)) == FULL | {"s-q2": 0}
