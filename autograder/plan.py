"""What is run of a submission, in which order, and where each question is probed.

A student's cells run in the order of the notebook, as in Jupyter, and a question is probed where its visible test
stands: in the state in which the student saw it. What was handed out is told from what the student wrote, statement by
statement, so cells may be copied, split, merged, moved, and lose their labels:

- given cells (set-up, imports, helpers) run as the student left them; what was taken out of them is put back on top
- visible tests and cells that only show something are left out, unless an answer uses a name from them
- all other cells run; those on which no answer depends, as far as names tell, share one small limit of time
"""

import ast
import collections
import dataclasses
import marshal
from dataclasses import dataclass, field

from .cells import Names, as_python, is_stub, is_stub_of, keys, names, statements
from .questions import NOT_STARTED
from .sentences import say, sent

MAX_PARTS = 100  # of one cell


@dataclass(frozen=True)
class Step:
    """Python source to run, or a question to probe.

    answers: ids of the questions whose answer the source binds. scratch: no answer depends on it, as far as names tell.
    probe: the id of a question; it is probed here, unless it has been. last: it is not probed again, whatever comes.
    """

    id: str
    source: str = ""
    answers: tuple[str, ...] = ()
    scratch: bool = False
    probe: str = ""
    last: bool = False


@dataclass
class Chunk:
    """Statements of one cell that stand together and are of one kind."""

    cell: int
    source: str
    labels: set  # grade id and id of the cell
    known: bool  # of a visible test, or of a cell that only shows something, as it was handed out
    keys: frozenset = field(init=False)
    names: Names = field(init=False)
    answers: tuple = ()
    runs: bool = True
    scratch: bool = False

    def __post_init__(self):
        self.keys, self.names = frozenset(keys(self.source)), names(self.source)


class Reference:
    """What the solution notebook says of an assignment: given statements, the answers' cells, the tests of each."""

    def __init__(self, notebook, questions):
        self.given, self.models = [], {}  # sources of given cells, {question id: source of the model answer}
        self.given_ids, self.shown = set(), set()  # ids of given cells; keys of statements that are not run
        self.tests = collections.defaultdict(set)  # {question id: labels of its visible tests}
        asserts, at, ids = collections.defaultdict(set), "", {question.id for question in questions}
        for cell in notebook.cells:
            if cell.cell_type != "code":
                continue
            label, source = cell.metadata.get("nbgrader", {}), as_python(cell.source)
            if label.get("solution"):
                at = label["grade_id"]
                self.models[at] = source
            elif label.get("grade") or "ungraded" in cell.metadata.get("tags", ()):
                tested = {key for key in keys(source) if key.startswith("Assert")}
                if tested or label.get("grade"):
                    self.tests[at] |= {cell.get("id"), label.get("grade_id")} - {None}
                    asserts[at] |= tested
                self.shown |= set(keys(source))
            else:
                self.given.append(source)
                self.given_ids.add(cell.get("id"))
        self.shown -= {key for source in self.given for key in keys(source)}
        number = collections.Counter(key for tested in asserts.values() for key in tested)
        self.asserts = {name: {key for key in asserts[name] if number[key] == 1} for name in ids}


def chunks(submission, reference) -> list[Chunk]:
    """The code cells of a submission, divided where what was handed out as a test meets what the student wrote."""
    found = []
    for number, cell in enumerate(submission.cells):
        if cell.cell_type != "code" or not cell.source.strip():
            continue
        labels = {str(cell.metadata.get("nbgrader", {}).get("grade_id")), str(cell.get("id"))} - {"None"}
        source = as_python(cell.source)
        marks = [key in reference.shown for key in keys(source)]
        if all(marks) or not any(marks):
            found.append(Chunk(number, source, labels, bool(marks) and all(marks)))
        else:
            found += [Chunk(number, part, labels, known) for part, known in _divided(source, marks)]
    return found


def _divided(source: str, marks) -> list[tuple[str, bool]]:
    """A source in parts of one mark each, each with its lines where they were, for messages name them."""
    nodes, lines = statements(source), source.splitlines()
    starts = [min([node.lineno, *(part.lineno for part in getattr(node, "decorator_list", ()))]) for node in nodes]
    parts = [(1, marks[0])]
    for start, end, mark in zip(starts[1:], (node.end_lineno for node in nodes), marks[1:], strict=False):
        if mark != parts[-1][1]:
            if start <= end:  # two statements in one line
                return [(source, False)]
            parts.append((start, mark))
    if len(parts) > MAX_PARTS:
        return [(source, False)]
    ends = [start - 1 for start, _ in parts[1:]] + [len(lines)]
    return [
        ("\n" * (start - 1) + "\n".join(lines[start - 1 : end]), mark)
        for (start, mark), end in zip(parts, ends, strict=True)
    ]


def plan(notebook, submission, questions) -> dict:
    """{"steps": list of Step, "problems": {question id: why it is not probed, or what to say when it has no answer},
    "untried": ids of the questions that are not probed, "answers": {question id: source of the answer}, "late":
    {question id: ids of the steps that answer it again, and nothing else, below its test}}.

    notebook, submission: the solution and what was handed in (nbformat 4). questions: those that are graded here.
    """
    reference = Reference(notebook, questions)
    parts = chunks(submission, reference)
    present = {key for part in parts for key in part.keys}
    wanted = [node for source in reference.given for node in statements(source) or ()]
    missing = [node for node in wanted if ast.dump(node) not in present]
    dynamic = any("import *" in part.source or "run_line_magic('run" in part.source for part in parts)
    probes, problems, untried, answers, places = collections.defaultdict(list), {}, [], {}, {}
    for question in questions:
        name = question.defines
        binding = [i for i, part in enumerate(parts) if name in part.names.binds and not part.known]
        full = [i for i in binding if not is_stub_of(parts[i].source, name)]
        labelled = [part for part in parts if question.id in part.labels]
        empty = [part for part in labelled if is_stub(part.source)] or len(binding) > len(full)
        if full:
            for i in binding:
                if i in full:
                    parts[i].answers += (question.id,)
                elif is_stub(parts[i].source):
                    parts[i].runs = False  # the student answered elsewhere
        else:
            told = say("No cell answers this question: define `{name}` in its cell, or in one of your own.", name=name)
            problems[question.id] = NOT_STARTED if empty else told
            if labelled and not empty:
                del problems[question.id]
                for part in labelled:  # whatever it does is told as this question's
                    part.answers += (question.id,)
            elif not dynamic:
                untried.append(question.id)
                continue
        place, own = _place(parts, reference, question.id, full)
        probes[place].append(question.id)
        places[question.id] = place
        if full and full[-1] >= place:
            probes[full[-1] + 1].append(question.id)
        if own is not None:
            answers[question.id] = parts[own].source
    _choose(parts, reference)
    steps = [Step("given", "\n".join(map(ast.unparse, missing)))] if missing else []
    for i, part in enumerate(parts):
        steps += [Step(f"{name} {i}", probe=name) for name in probes[i]]
        if part.runs:
            steps.append(Step(_id(parts, i), part.source, part.answers, part.scratch))
    steps += [Step(f"{name} {len(parts)}", probe=name) for name in probes[len(parts)]]
    asked = [question.id for question in questions if question.id not in untried]
    steps += [Step(f"{name} last", probe=name, last=True) for name in asked]
    late = {
        name: [_id(parts, i) for i in range(at, len(parts)) if parts[i].answers == (name,)]
        for name, at in places.items()
    }
    return {"steps": steps, "problems": problems, "untried": untried, "answers": answers, "late": late}


def _id(parts, i) -> str:
    return f"{parts[i].cell + 1}.{i}"


def _place(parts, reference, question_id: str, full) -> tuple[int, int | None]:
    """(the chunk before which a question is probed, the chunk that answers it there)."""
    labels, asserts = reference.tests[question_id], reference.asserts[question_id]
    tests = [i for i, part in enumerate(parts) if part.labels & labels]
    if tests:
        cell = parts[tests[-1]].cell  # the last copy of the last of its tests
        inside = [i for i in tests if parts[i].cell == cell]
        known = [i for i in inside if parts[i].known]
        at = max([known[-1] if known else inside[0], *(i + 1 for i in full if i in inside)])
    else:
        at = max((i for i, part in enumerate(parts) if part.known and part.keys & asserts), default=None)
    above = [i for i in full if at is not None and i < at]
    if above:
        return at, above[-1]
    return (full[-1] + 1, full[-1]) if full else (len(parts) if at is None else at, None)


def _choose(parts, reference) -> None:
    """Decide from the names which chunks run, and which are scratch: from the last to the first, what answers need."""
    given, needed = {key for source in reference.given for key in keys(source)}, set()
    for part in reversed(parts):
        used = bool((part.names.binds | part.names.changes) & needed)
        if part.known:
            part.runs = used
        elif not (part.answers or part.labels & reference.given_ids or part.keys & given):
            part.scratch = not used
        if part.runs and not part.scratch:
            needed -= part.names.sets
            needed |= part.names.uses


def model_code(notebook, questions, ids) -> bytes:
    """The model answers of these questions and of all that they need, and what these use of the given cells, compiled.

    As bytes for `marshal.loads`, so that where a submission runs there is no source to read, in no frame or traceback.
    """
    reference, by_id = Reference(notebook, questions), {question.id: question for question in questions}
    waiting, wanted = list(ids), set()
    while waiting:
        name = waiting.pop()
        if name not in wanted:
            wanted.add(name)
            waiting += by_id[name].needs
    sources = [*reference.given, *(source for name, source in reference.models.items() if name in wanted)]
    needed, kept = {by_id[name].defines for name in wanted}, []
    for node in reversed([node for source in sources for node in statements(source) or ()]):
        found = names(ast.unparse(node))
        if found.binds & needed:
            needed |= found.uses
            kept.append(node)
    module = ast.Module(body=kept[::-1], type_ignores=[])
    return marshal.dumps(compile(module, "<model>", "exec", dont_inherit=True))


def as_json(found: dict) -> dict:
    """A plan with its steps as dicts, its problems as sentences.sent gives them."""
    problems = {name: sent(problem) for name, problem in found["problems"].items()}
    return found | {"steps": [dataclasses.asdict(step) for step in found["steps"]], "problems": problems}
