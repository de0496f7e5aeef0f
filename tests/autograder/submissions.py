"""Make submissions for the grading tests: notebooks with some answers replaced, and the mutants' files read."""

import copy
import platform
import re
import symtable

import nbformat
import pytest

from autograder.engine import RefusedError, grade
from autograder.sandbox import forkserver

# A tiny assignment: double a number (4 points), add one to each entry (6), and a third that may call the first (2).
TINY_CHECKS = """
import numpy as np
from autograder.answers import attempt
from autograder.deciding import compare
from autograder.questions import Question

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
TINY_ANSWERS = {
    "t-q1": "def double(x):\n    return 2 * x",
    "t-q2": "def add(x):\n    return x + 1",
    "t-q3": "def quadruple(x):\n    return double(double(x))",
}
TINY_POINTS = {"t-q1": 4, "t-q2": 6, "t-q3": 2}


def code(cell_id, source, **label):
    cell = nbformat.v4.new_code_cell(source, id=cell_id)
    if label:
        cell.metadata["nbgrader"] = {"schema_version": 3, "task": False, "grade_id": cell_id, **label}
    return cell


def tiny_notebook():
    """The tiny assignment's solution; its test cells must not be run."""
    cells = [code("imports", "import numpy as np")]
    for name, source in TINY_ANSWERS.items():
        cells.append(code(name, source, solution=True, grade=False, locked=False))
        test = {"solution": False, "grade": True, "locked": True, "points": TINY_POINTS[name]}
        cells.append(code(f"{name}-test", "assert False", **test))
    return nbformat.v4.new_notebook(cells=cells)


def tiny_assignment(folder):
    """Write the tiny assignment into a new folder: its solution, and its checks, whose path is returned."""
    folder.mkdir()
    nbformat.write(tiny_notebook(), folder / "tiny.ipynb")
    (folder / "tiny.py").write_text(TINY_CHECKS, encoding="utf-8")
    return folder / "tiny.py"


def answers_in(text):
    """{question id: source} of a mutant or an alternative: an answer runs from `# question: id` to the next one."""
    parts = re.split(r"^# question: (\S+)\n", text, flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def mutant_in(text, notebook):
    """(question id, source) of a mutant: a whole answer, or the model answer with lines replaced.

    Lines to be replaced follow `# replace:`, what comes in their place, perhaps nothing, follows `# with:`; ValueError
    unless they stand in the answer exactly once.
    """
    ((question, body),) = answers_in(text).items()
    whole, *changes = re.split(r"^# replace:\n", body, flags=re.MULTILINE)
    if not changes:
        return question, whole
    (source,) = [f"{cell.source}\n" for cell in notebook.cells if cell.id == question]
    for change in changes:
        old, new = change.split("# with:\n")
        places = list(re.finditer(f"^{re.escape(old)}", source, re.MULTILINE))
        if len(places) != 1:
            raise ValueError(f"{question} holds {len(places)} times what is to be replaced:\n{old}")
        source = source[: places[0].start()] + new + source[places[0].end() :]
    return question, source.strip("\n")


def users_of(question, notebook, questions, gone=frozenset()):
    """The ids of `question` and of those whose answers use what its cell defines, directly or through other answers.

    gone: names that the cell no longer defines. Answers that need them would stop for the student too.
    """
    cells = [cell for cell in notebook.cells if cell.id in questions and cell.cell_type == "code"]
    tables = {cell.id: symtable.symtable(cell.source, cell.id, "exec") for cell in cells}
    tables = {name: table for name, table in tables.items() if name == question or not gone & names_used(table)}
    found, before = {question}, set()
    while found != before:
        before = set(found)
        defined = set().union(*(names_defined(tables[name]) for name in found))
        found |= {name for name, table in tables.items() if defined & names_used(table)}
    return found


def names_gone(answer, model_answer):
    """What the model answer's cell defines and this answer's does not."""
    defined = [names_defined(symtable.symtable(source, "answer", "exec")) for source in (model_answer, answer)]
    return defined[0] - defined[1]


def names_defined(table):
    """What a cell gives a value at its top level; an import again of what the notebook imports changes nothing."""
    return {symbol.get_name() for symbol in table.get_symbols() if symbol.is_assigned() and not symbol.is_imported()}


def names_used(table):
    """The names of the notebook that a cell, or a function in it, reads."""
    here = {symbol.get_name() for symbol in table.get_symbols() if symbol.is_global() and symbol.is_referenced()}
    return here.union(*map(names_used, table.get_children()))


def losses_in(text):
    """The names of the checks in a mutant's line `# loses: …`."""
    return {check.strip() for check in re.search(r"^# loses: (.+)$", text, re.MULTILINE)[1].split(",")}


def says_in(text):
    """What the student must be told, from a mutant's line `# says: …`; "" where it has none."""
    found = re.search(r"^# says: (.+)$", text, re.MULTILINE)
    return found[1].strip() if found else ""


def with_answers(notebook, answers):
    """A copy of `notebook` whose cells with these ids hold these sources."""
    notebook = copy.deepcopy(notebook)
    cells = {cell.id: cell for cell in notebook.cells}
    for cell_id, source in answers.items():
        cells[cell_id].source = source
    return notebook


def graded(notebook, folder, checks, seed=7, **options):
    """The result of a notebook handed in as folder/submission.ipynb, graded in the sandbox."""
    path = folder / "submission.ipynb"
    nbformat.write(notebook, path)
    return graded_file(path, checks, seed=seed, **options)


def can_confine():
    """Whether this machine has what the sandbox are made of: should the grader refuse there, the fault is ours."""
    if not forkserver.LINUX:
        return False
    from autograder.sandbox import landlock, seccomp

    return landlock.version() > 0 and platform.machine() in seccomp.ARCHITECTURES


def graded_file(path, checks, **options):
    """`grade`, or a skipped test where the machine cannot confine a submission; never grading without a sandbox."""
    try:
        return grade(path, checks, **options)
    except RefusedError as error:
        if can_confine():
            raise
        pytest.skip(str(error)[:200])


def points(result):
    """{question id: points}."""
    return {question["id"]: question["points"] for question in result["questions"]}


def messages(result, question_id):
    """{check: message} of a question's findings that say something."""
    (question,) = [question for question in result["questions"] if question["id"] == question_id]
    return {finding["check"]: finding["message"] for finding in question["findings"] if finding["message"]}


def lost(result):
    """{question id: names of the checks that lost points}."""
    return {
        question["id"]: {finding["check"] for finding in question["findings"] if finding["earned"] < finding["points"]}
        for question in result["questions"]
    }
