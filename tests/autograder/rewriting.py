"""Right notebooks, written otherwise: edits that keep the meaning, drawn at random, and a run from top to bottom.

`rewritten(base, rng)` gives a notebook and the kinds of its edits; `runs(notebook, folder)` says whether it runs from
top to bottom in Jupyter. One that does has only right answers (its visible tests pass), so the grader must give all
points. The kinds are ways in which notebooks of strangers differ from what was handed out.
"""

import ast
import copy
from dataclasses import dataclass
from pathlib import Path

import nbformat
from submissions import answers_in, code, with_answers

from autograder.cells import as_python, names, statements

ROOT = Path(__file__).resolve().parents[2]

SMALL_CHECKS = """
import numpy as np
from autograder.answers import attempt
from autograder.deciding import compare
from autograder.questions import Question

NOTEBOOK = "small.ipynb"


def inputs(rng):
    return {"x": rng.normal(size=(3, int(rng.integers(3, 9)))), "by": int(rng.integers(2, 9))}


def probe(function, inputs):
    return {"value": attempt(function, inputs["x"], inputs["by"])}


def decide_scaled(inputs, answers):
    return [compare("value", 30, answers["value"], inputs["x"] * inputs["by"])]


def decide_moved(inputs, answers):
    return [compare("value", 30, answers["value"], inputs["x"] + inputs["by"])]


def decide_line(inputs, answers):
    return [compare("value", 20, answers["value"], inputs["x"] * inputs["by"] + inputs["by"])]


def decide_widths(inputs, answers):
    return [compare("value", 20, answers["value"], inputs["x"].sum(axis=1) * inputs["by"])]


QUESTIONS = (
    Question("s-q1", 30, "scaled", inputs, probe, decide_scaled),
    Question("s-q2", 30, "moved", inputs, probe, decide_moved),
    Question("s-q3", 20, "line", inputs, probe, decide_line, needs=("s-q1", "s-q2")),
    Question("s-q4", 20, "widths", inputs, probe, decide_widths, needs=("s-q1",)),
)
"""
SMALL = [
    ("imports", "import numpy as np\n\nrng = np.random.default_rng(1)", ""),
    ("tools", 'def rows(x):\n    """Sum of each row."""\n    return np.sum(x, axis=1)', ""),
    ("s-q1", "def scaled(x, by=2):\n    return x * by", "answer"),
    (
        "s-q1-test",
        "x = np.arange(6.0).reshape(2, 3)\ny = scaled(x, 3)\nassert np.allclose(y, 3 * x)\nprint('ok')",
        "test",
    ),
    ("q1-show", "values = rng.normal(size=(2, 3))\nprint(scaled(values))", "shown"),
    ("s-q2", "def moved(x, by=1):\n    return x + by", "answer"),
    ("s-q2-test", "y = moved(x, 4)\nassert y is not None\nassert np.allclose(y - x, 4)\nprint('ok so far')", "test"),
    ("q2-more", "again = moved(-x)\nassert np.allclose(again, 1 - x), 'of the other sign'\nprint('ok')", "shown"),
    ("s-q3", "def line(x, by):\n    return moved(scaled(x, by), by)", "answer"),
    ("s-q3-test", "y = line(x, 5)\nassert np.allclose(y, 5 * x + 5)\nprint('ok: a line')", "test"),
    ("s-q4", "def widths(x, by=1):\n    return scaled(rows(x), by)", "answer"),
    ("s-q4-test", "total = widths(x, 2)\nassert total.shape == (2,)\nassert np.allclose(total, [6, 24])", "test"),
]


def small_notebook():
    """The solution of a small assignment, whose visible tests can be run without Keras."""
    points = {"s-q1-test": 30, "s-q2-test": 30, "s-q3-test": 20, "s-q4-test": 20}
    cells = []
    for name, source, kind in SMALL:
        labels = {
            "answer": {"solution": True, "grade": False, "locked": False},
            "test": {"solution": False, "grade": True, "locked": True, "points": points.get(name)},
        }
        cells.append(code(name, source, **labels.get(kind, {})))
        if kind == "shown":
            cells[-1].metadata["tags"] = ["ungraded"]
    return nbformat.v4.new_notebook(cells=cells)


def small_assignment(folder):
    """Write it into a new folder; the path of its checks."""
    folder.mkdir(parents=True)
    nbformat.write(small_notebook(), folder / "small.ipynb")
    (folder / "small.py").write_text(SMALL_CHECKS, encoding="utf-8")
    return folder / "small.py"


@dataclass
class Base:
    """A right notebook as a student has it, its hidden checks, and {grade id: what the answer defines}."""

    name: str
    checks: Path
    notebook: nbformat.NotebookNode
    defines: dict


def bases_of(assignment, quick=True) -> list[Base]:
    """The model answers and the other right answers of one of the course's assignments, in what students get.

    quick: without cells that only show something, where no later cell needs a name of theirs.
    """
    solution = nbformat.read(assignment.notebook, 4)
    release = nbformat.read(ROOT / "assignments" / assignment.notebook.name, 4)
    shown = {cell.id for cell in solution.cells if "ungraded" in cell.metadata.get("tags", ())}
    if quick:
        release.cells = without(release.cells, shown)
    marks = ("### BEGIN SOLUTION", "### END SOLUTION")
    defines = {question.id: question.defines for question in assignment.questions if not question.manual}
    model = {
        cell.id: "\n".join(line for line in cell.source.splitlines() if line.strip() not in marks)
        for cell in solution.cells
        if cell.id in defines
    }
    files = sorted((ROOT / "tests/mutants" / assignment.name / "alternatives").glob("*.py"))
    others = {path.stem: answers_in(path.read_text(encoding="utf-8")) for path in files}
    return [
        Base(f"{assignment.name} {name}", assignment.checks, with_answers(release, answers), defines)
        for name, answers in {"model": model, **others}.items()
    ]


def without(cells, shown):
    """The cells without those of the ids `shown` that neither test anything nor make a name that a later cell uses."""
    kept, needed = [], set()
    for cell in reversed(cells):
        found = names(as_python(cell.source)) if cell.cell_type == "code" else None
        if found and cell.id in shown and "assert" not in cell.source and not found.binds & needed:
            continue
        needed |= found.uses if found else set()
        kept.append(cell)
    return kept[::-1]


# The edits. Each gets a notebook's cells, the base and a generator, changes the cells in place, or returns False.


def own(source):
    return nbformat.v4.new_code_cell(source)


def answer(cells, base, rng):
    """(position of the cell, name, source) of an answer that is one function in an untouched cell, or None."""
    found = []
    for at, cell in enumerate(cells):
        name = base.defines.get(cell.metadata.get("nbgrader", {}).get("grade_id"))
        plain = cell.cell_type == "code" and not cell.source.startswith("%") and f"def {name}(" in cell.source
        if name and plain and f"{name}_" not in cell.source:  # a helper of an edit before
            body = statements(as_python(cell.source)) or ()
            if sum(getattr(node, "name", "") == name for node in body) == 1:
                found.append((at, name))
    return found[rng.integers(len(found))] if found else None


def renamed(source, name, new):
    """The definition of `name` in a cell's source under a new name, with all that stands beside it."""
    tree = ast.parse(source)
    for node in tree.body:
        if getattr(node, "name", "") == name:
            node.name = new
    return ast.unparse(tree)


FORMS = {
    "def": "def {new}(*args, **kwargs):\n    return {old}(*args, **kwargs)",
    "lambda": "{new} = lambda *args, **kwargs: {old}(*args, **kwargs)",
    "by name": "{new} = {old}",
    "partial": "from functools import partial\n{new} = partial({old})",
    "annotated": "from collections.abc import Callable\n{new}: Callable = {old}",
    "tuple": "{new}, _unused = {old}, 0",
    "star": "{new}, *_rest = [{old}, 1, 2]",
    "if": "if True:\n    {new} = {old}\nelse:\n    {new} = None",
    "try": "try:\n    from absent_module import {new}\nexcept ImportError:\n    {new} = {old}",
    "with": "import contextlib\nwith contextlib.nullcontext():\n    {new} = {old}",
    "for": "for {new} in [None, {old}]:\n    pass",
    "walrus": "print(({new} := {old}) is not None)",
    "decorator": "def _as_is(f):\n    return f\n\n\n@_as_is\ndef {new}(*a, **k):\n    return {old}(*a, **k)",
    "object": "class _{new}:\n    def __call__(self, *a, **k):\n        return {old}(*a, **k)\n\n\n{new} = _{new}()",
    "static": "class _{new}:\n    call = staticmethod({old})\n\n\n{new} = _{new}.call",
    "del": "_kept = {old}\n{new} = _kept\ndel _kept",
    "default": "def {new}(*args, f={old}, **kwargs):\n    return f(*args, **kwargs)",
    "registry": "TOOLS = {{}}\nTOOLS['{old}'] = {old}\n{new} = lambda *args, **kwargs: TOOLS['{old}'](*args, **kwargs)",
    "appended": "{new}_all = []\n{new}_all.append({old})\n{new} = lambda *a, **k: {new}_all[0](*a, **k)",
    "setattr": "import types\n{new}_in = types.SimpleNamespace()\nsetattr({new}_in, 'f', {old})\n"
    "{new} = lambda *a, **k: {new}_in.f(*a, **k)",
    "globals": "globals()['{new}'] = {old}",
    "augmented": "{new} = []\n{new} += [{old}]\n{new} = {new}[0]",
    "global": "def _set():\n    global {new}\n    {new} = {old}\n\n\n_set()",
    "match": "match 1:\n    case 1:\n        {new} = {old}",
    "awaited": "async def _later():\n    return {old}\n\n\n{new} = await _later()",
}


def helper(form, where):
    """The answer calls a helper of its own, made in this form and at this place."""

    def edit(cells, base, rng):
        found = answer(cells, base, rng)
        if not found:
            return False
        at, name = found
        source = cells[at].source
        inner, helper_name = f"{name}_inner", f"{name}_helper"
        made = renamed(source, name, inner) + "\n\n\n" + FORMS[form].format(new=helper_name, old=inner)
        cells[at].source = f"def {name}(*args, **kwargs):\n    return {helper_name}(*args, **kwargs)"
        if where == "given cell":
            given = [i for i, cell in enumerate(cells[:at]) if cell.get("id") in ("imports", "tools", "conv-bn")]
            if not given:
                return False
            cells[given[-1]].source += "\n\n" + made
        elif where == "test cell above":
            above = [i for i in range(at) if cells[i].metadata.get("nbgrader", {}).get("grade")]
            if not above or cells[above[-1]].cell_type != "code":
                return False
            cells[above[-1]].source += "\n\n" + made
        elif where == "two cells":
            cells[at:at] = [own(renamed(source, name, inner)), own(FORMS[form].format(new=helper_name, old=inner))]
        else:
            cells.insert({"cell above": at, "cell below": at + 1}[where], own(made))

    return edit


def use_in(source, name, line):
    """The source with a line at the start of the function `name`."""
    tree = ast.parse(source)
    for node in tree.body:
        if getattr(node, "name", "") == name:
            node.body[:0] = ast.parse(line).body
    return ast.unparse(tree)


IMPORTS = {
    "plain": ("import math", "math.floor(0.5)"),
    "from": ("from math import floor, ceil as up", "up(floor(0.5))"),
    "star": ("from math import *", "floor(0.5)"),
    "alias": ("import itertools as it", "list(it.chain([1], [2]))"),
    "in try": ("try:\n    import math\nexcept ImportError:\n    math = None", "math.floor(0.5)"),
    "in if": ("if True:\n    import math", "math.floor(0.5)"),
    "absent": ("try:\n    import absent_module\nexcept ImportError:\n    absent_module = 0", "absent_module + 1"),
    "numpy again": ("import numpy", "numpy.zeros(1)"),
}


def imported(form, where):
    def edit(cells, base, rng):
        found = answer(cells, base, rng)
        given = [i for i, cell in enumerate(cells) if cell.get("id") == "imports"]
        if not found or not given:
            return False
        at, name = found
        line, use = IMPORTS[form]
        cells[at].source = use_in(cells[at].source, name, use)
        if where == "given cell":
            cells[given[0]].source += f"\n{line}\n"
        else:
            cells.insert({"first cell": given[0], "cell above": at, "cell below": at + 1}[where], own(line))

    return edit


def value(made, use):
    """Own values that the answer uses: computed, annotated, changed in place. `made`: the cells that make them."""

    def edit(cells, base, rng):
        found = answer(cells, base, rng)
        if not found:
            return False
        at, name = found
        cells[at].source = use_in(cells[at].source, name, use)
        cells[at:at] = [own(source) for source in made]

    return edit


def split(cells, base, rng):
    places = []
    for at, cell in enumerate(cells):
        if cell.cell_type == "code" and "%" not in cell.source[:2]:
            nodes = statements(as_python(cell.source)) or ()
            places += [(at, node.end_lineno) for node in nodes[:-1]]
    if not places:
        return False
    at, line = places[rng.integers(len(places))]
    lines = cells[at].source.splitlines()
    if as_python(cells[at].source).splitlines() == lines:
        cells[at].source = "\n".join(lines[:line])
        cells.insert(at + 1, own("\n".join(lines[line:]).strip("\n")))
    else:
        return False


def merge(number):
    def edit(cells, base, rng):
        codes = [i for i, cell in enumerate(cells) if cell.cell_type == "code" and not cell.source.startswith("%%")]
        if len(codes) < 2:
            return False
        start = int(rng.integers(len(codes) - 1))
        taken = codes[start : start + number] if number else codes
        cells[taken[0]].source = "\n\n".join(cells[i].source for i in taken)
        for i in reversed(taken[1:]):
            del cells[i]

    return edit


def copied(what):
    def edit(cells, base, rng):
        found = answer(cells, base, rng)
        if not found:
            return False
        at, _ = found
        if what == "answer and test":
            tests = [i for i in range(at, len(cells)) if cells[i].metadata.get("nbgrader", {}).get("grade")]
            if not tests:
                return False
            cells[tests[0] + 1 : tests[0] + 1] = copy.deepcopy([cells[at], cells[tests[0]]])
        else:
            cells.insert(at + 1, copy.deepcopy(cells[at]))

    return edit


def first_try(how):
    """A wrong first try, which the student left."""

    def edit(cells, base, rng):
        found = answer(cells, base, rng)
        if not found:
            return False
        at, name = found
        right, wrong = cells[at].source, f"def {name}(*args, **kwargs):\n    return 0"
        if how == "above, in a cell":
            cells.insert(at, own(wrong))
        elif how == "above, same cell":
            cells[at].source = f"{wrong}\n\n\n{right}"
        elif how == "in its cell, right below":
            cells[at].source = wrong
            cells.insert(at + 1, own(right))
        elif how == "stub left, right above":
            cells[at].source = f"def {name}(*args, **kwargs):\n    # your code here\n    ..."
            cells.insert(at + 1, own(right))
        elif how == "raising, right below":
            cells[at].source = f"def {name}(*args, **kwargs):\n    raise ValueError('later')"
            cells.insert(at + 1, own(right))

    return edit


def after_test(source):
    """A try after the last test of the last question: nothing graded comes after it."""

    def edit(cells, base, rng):
        ends = list(base.defines.values())
        last = [i for i, cell in enumerate(cells) if cell.metadata.get("nbgrader", {}).get("grade")]
        if not last:
            return False
        for cell in cells[last[-1] + 1 :]:
            if cell.cell_type == "code" and set(ends) & names(as_python(cell.source)).uses:
                return False
        chosen = ends if rng.integers(2) else [ends[rng.integers(len(ends))]]
        cells.append(own("\n".join(source.format(name=name) for name in chosen)))

    return edit


def scratch(source):
    def edit(cells, base, rng):
        first = next(i for i, cell in enumerate(cells) if cell.get("id") == "imports") + 1
        cells.insert(int(rng.integers(first, len(cells) + 1)), own(source))

    return edit


def magic(line, which):
    def edit(cells, base, rng):
        found = answer(cells, base, rng)
        if not found:
            return False
        at, name = found
        if which == "answer":
            cells[at].source = f"{line}\n{cells[at].source}"
        else:
            inner = f"{name}_timed"
            cells.insert(at, own(f"{line}\n{renamed(cells[at].source, name, inner)}"))
            cells[at + 1].source = f"def {name}(*args, **kwargs):\n    return {inner}(*args, **kwargs)"

    return edit


def written(cells, base, rng):
    """The answer stands in a module of the student's own, written by %%writefile."""
    found = answer(cells, base, rng)
    if not found:
        return False
    at, name = found
    given = "\n".join(cell.source for cell in cells[:at] if cell.get("id") in ("imports", "tools", "conv-bn"))
    uses = names(as_python(cells[at].source)).uses & set(base.defines.values())
    if uses:
        return False
    source = cells[at].source
    cells[at].source = f"from my_{name} import {name}"
    cells.insert(at, own(f"%%writefile my_{name}.py\n{given}\n\n\n{source}"))


def labels(how):
    def edit(cells, base, rng):
        for number, cell in enumerate(cells):
            if how != "ids":
                cell.metadata = nbformat.NotebookNode(id=f"x{number}") if how == "colab" else nbformat.NotebookNode()
            if how != "labels":
                cell.id = f"c{number}-{rng.integers(10**6)}"

    return edit


def test_changed(line):
    """A student adds to a visible test."""

    def edit(cells, base, rng):
        tests = [cell for cell in cells if cell.metadata.get("nbgrader", {}).get("grade") and cell.cell_type == "code"]
        if not tests:
            return False
        cell = tests[rng.integers(len(tests))]
        lines = cell.source.split("\n")
        cell.source = "\n".join([line, *lines] if rng.integers(2) else [*lines, line])

    return edit


def name_of_a_test(cells, base, rng):
    """The answer uses a name that a visible test, or a cell that shows something, has made above it."""
    found = answer(cells, base, rng)
    if not found:
        return False
    at, name = found
    for cell in cells[:at][::-1]:
        if cell.cell_type == "code" and cell.metadata.get("nbgrader", {}).get("grade"):
            made = sorted(names(as_python(cell.source)).binds - set(base.defines.values()))
            if made:
                cells[at].source = use_in(cells[at].source, name, f"globals()['{name}'], {made[0]}")
                return None
    return False


def deleted(kind):
    def edit(cells, base, rng):
        def goes(cell):
            label = cell.metadata.get("nbgrader", {})
            if kind == "text":
                return cell.cell_type == "markdown"
            return cell.cell_type == "code" and bool(label.get("grade")) and not label.get("solution")

        if not any(map(goes, cells)):
            return False
        cells[:] = [cell for cell in cells if not goes(cell)]

    return edit


def reformatted(cells, base, rng):
    for cell in cells:
        if cell.cell_type == "code" and "%" not in cell.source and statements(cell.source):
            cell.source = ast.unparse(ast.parse(cell.source))


SCRATCH = {
    "print": "print('x', np.zeros((2, 3)).shape)",
    "names of tests": "x = np.zeros(3); y = 1; kernel = None; model = 'mine'",
    "plot": "import matplotlib.pyplot as plt\nplt.plot([1, 2, 3])\nplt.title('mine')\nplt.show()",
    "plot with %": "%matplotlib inline\nimport matplotlib.pyplot as plt\n_ = plt.hist(np.arange(9))",
    "!": "!echo hello\nfiles = !ls\nprint(len(files))",
    "?": "np.mean?",
    "%timeit": "%timeit -n 1 -r 1 np.zeros(3)",
    "%%timeit": "%%timeit -n 1 -r 1\nx = 5",
    "%time": "%time took = np.zeros(3)",
    "%%bash": "%%bash\necho hello",
    "%%html": "%%html\n<b>hello</b>",
    "%load_ext": "%load_ext autoreload\n%autoreload 2",
    "seed": "np.random.seed(0)\nimport random\nrandom.seed(1)",
    "builtins": "id, input, vars, dir = 1, 2, 3, 4",
    "builtins of use": "max = max\nsum = sum\nlist = list",
    "warnings": "import warnings\nwarnings.filterwarnings('ignore')",
    "display": "from IPython.display import display, Markdown\ndisplay(Markdown('**x**'))",
    "await": "import asyncio\nawait asyncio.sleep(0)",
    "class": "class Experiment:\n    def __init__(self):\n        self.runs = []\n\n\nexperiment = Experiment()",
    "loop": "history = []\nfor i in range(3):\n    history.append(i)",
    "assert": "assert np.add(1, 1) == 2\nprint('fine')",
    "comment": "# todo: look at this again",
    "underscore": "np.zeros(2)",
    "exit handler": "import atexit\n_ = atexit.register(print, 'bye')",
    "file": "with open('notes.txt', 'w') as file:\n    file.write('x')",
    "env": "import os\nos.environ['TF_CPP_MIN_LOG_LEVEL'] = '3'\n%env MINE=1",
    "same name": "def helper(x):\n    return x\n\n\ndef f(x):\n    return helper(x)",
}
VALUES = {
    "annotated": (["LEAST: int = 4"], "LEAST + 1"),
    "computed": (["SIZE = 2**3 * len('ab')"], "SIZE + 1"),
    "array": (["ZERO = np.float64(0)"], "ZERO + 1"),
    "alias of a module": (["linear = np.linalg"], "linear.norm([3, 4])"),
    "dict changed": (["SETTINGS = {}", "SETTINGS['width'] = 3"], "SETTINGS['width'] + 1"),
    "list appended": (["PARTS = []", "PARTS.append(3)"], "PARTS[0] + 1"),
    "list by a loop": (["TABLE = []\nfor i in range(5):\n    TABLE += [i]"], "TABLE[4]"),
    "set by a function": (["BOX = {}\n\n\ndef fill_box():\n    BOX['a'] = 1", "fill_box()"], "BOX['a']"),
    "attribute": (["class Settings:\n    pass", "Settings.width = 3"], "Settings.width + 1"),
    "patched module": (["np.my_width = 3"], "np.my_width + 1"),
    "while": (["n = 1\nwhile n < 9:\n    n *= 2\nMOST_N = n"], "MOST_N + 1"),
    "comprehension": (["SQUARES = {k: k * k for k in range(4)}"], "SQUARES[3]"),
    "lambda": (["square = lambda v: v * v"], "square(3)"),
    "enum": (["from enum import Enum\nclass Kind(Enum):\n    A = 1"], "Kind.A.value + 1"),
    "dataclass": (
        [
            "from dataclasses import dataclass\n\n\n@dataclass\nclass Size:\n    width: int = 3",
            "SIZES = [Size(), Size(4)]",
        ],
        "SIZES[1].width + 1",
    ),
    "generator state": (["numbers = iter(range(9**9))", "next(numbers)"], "numbers.__class__"),
    "exec": (["exec('HIDDEN = 3')"], "HIDDEN + 1"),
    "captured": (["%%capture said\nSEEN = 3\nprint(SEEN)"], "SEEN + len(said.stdout[:0])"),
    "from file": (["with open('n.txt', 'w') as f:\n    f.write('3')", "N = int(open('n.txt').read())"], "N + 1"),
    "timed": (["%time TIMED = 3"], "TIMED + 1"),
}
EDITS = (
    {f"helper as {form}, cell above": helper(form, "cell above") for form in FORMS}
    | {f"helper in {where}": helper("def", where) for where in ("cell below", "two cells")}
    | {f"helper as {form}, {where}": helper(form, where) for form in ("def", "by name") for where in ("given cell",)}
    | {"helper as def, test cell above": helper("def", "test cell above")}
    | {f"import {form}, {w}": imported(form, w) for form in IMPORTS for w in ("given cell", "cell above")}
    | {f"import plain, {where}": imported("plain", where) for where in ("first cell", "cell below")}
    | {f"value: {name}": value(*parts) for name, parts in VALUES.items()}
    | {"split a cell": split, "merge two cells": merge(2), "merge three cells": merge(3), "merge all cells": merge(0)}
    | {f"copy {what}": copied(what) for what in ("answer", "answer and test")}
    | {
        f"first try {how}": first_try(how)
        for how in (
            *("above, in a cell", "above, same cell", "in its cell, right below"),
            *("stub left, right above", "raising, right below"),
        )
    }
    | {"try after the tests": after_test("def {name}(*args, **kwargs):\n    return None")}
    | {"names gone after the tests": after_test("del {name}"), "value after the tests": after_test("{name} = 3")}
    | {f"scratch: {name}": scratch(source) for name, source in SCRATCH.items()}
    | {f"{line.split()[0]} on the answer": magic(line, "answer") for line in ("%%time", "%%capture", "%%capture out")}
    | {f"{line.replace(chr(10), '+')} on a helper": magic(line, "helper") for line in ("%%time", "%%capture\n%%time")}
    | {"%%writefile": written}
    | {f"without {how}": labels(how) for how in ("ids", "labels", "ids and labels", "colab")}
    | {"test printed more": test_changed("print('mine')"), "test with an own name": test_changed("mine = 3")}
    | {"name of a test used": name_of_a_test, "reformatted": reformatted}
    | {f"{kind} deleted": deleted(kind) for kind in ("text", "tests")}
)
LAST = ("without ids", "without labels", "without ids and labels", "without colab", "merge all cells", "tests deleted")


def rewritten(base, rng, kinds=None, most=4):
    """(notebook, kinds): a copy of the base's notebook after edits of these kinds, or of 1 to `most` drawn ones.

    Edits that find no place are left out.
    """
    notebook = copy.deepcopy(base.notebook)
    if kinds is None:
        number = 1 if rng.integers(2) else int(rng.integers(2, most + 1))
        kinds = [str(kind) for kind in rng.choice(list(EDITS), number, replace=False)]
    done = []
    for kind in sorted(kinds, key=LAST.__contains__):  # what takes the labels away comes last: the others look for them
        if EDITS[kind](notebook.cells, base, rng) is not False:
            done.append(kind)
    return notebook, done


def runs(notebook, folder, seconds=600) -> str:
    """Run a copy from top to bottom in Jupyter: "" when no cell fails, else the error."""
    from nbclient import NotebookClient
    from nbclient.exceptions import CellExecutionError

    notebook = copy.deepcopy(notebook)
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.setdefault("outputs", [])
    try:
        NotebookClient(
            notebook, timeout=seconds, kernel_name="python3", resources={"metadata": {"path": str(folder)}}
        ).execute()
    except CellExecutionError as error:
        return f"{error.ename}: {error.evalue}"
    return ""
