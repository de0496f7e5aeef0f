"""A submission's answers, put in the place of the model answers in the reference notebook.

What runs is the reference notebook: its set-up, then for each question the student's cell. Tests, which the student
could have changed, and cells that only show something (tag "ungraded") are left out.
"""

import ast
import re
from dataclasses import dataclass
from pathlib import Path

import nbformat
from IPython.core.inputtransformer2 import TransformerManager

MAX_FILE_BYTES = 50 * 2**20


class UnreadableSubmissionError(ValueError):
    """The file is not a notebook that can be graded; the message says why and what to do."""


@dataclass(frozen=True)
class Step:
    """Python source to run; `question` is the id of the question it answers, or "" for all around the answers."""

    id: str
    source: str
    question: str = ""


def read_notebook(path):
    """The notebook at `path`, of any nbformat version, in version 4. UnreadableSubmissionError says what is wrong."""
    path = Path(path)
    advice = "Save it again in JupyterLab or Colab (File, Download .ipynb) and hand that file in."
    try:
        if path.stat().st_size > MAX_FILE_BYTES:
            raise ValueError(f"it is larger than {MAX_FILE_BYTES >> 20} MB: clear the outputs first")
        notebook = nbformat.read(path, as_version=4)
        sources = [cell.source for cell in notebook.cells if cell.cell_type == "code"]
    except OSError as error:
        raise UnreadableSubmissionError(f"{path.name} cannot be opened: {error.strerror or error}") from error
    except Exception as error:
        reason = " ".join(str(error).split())[:200]
        raise UnreadableSubmissionError(
            f"{path.name} is not a notebook: {reason or type(error).__name__}. {advice}"
        ) from error
    if not any(isinstance(source, str) and source.strip() for source in sources):
        raise UnreadableSubmissionError(f"{path.name} has no code cell: is it the right file? {advice}")
    return notebook


def as_python(source: str) -> str:
    """A cell's source with its magics and shell lines turned into calls of `get_ipython()`."""
    return TransformerManager().transform_cell(source)


def statements(source: str) -> list[ast.stmt] | None:
    """The top-level statements of a cell, or None when it is not Python."""
    try:
        return ast.parse(as_python(source)).body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def defines(source: str, name: str) -> bool:
    """Whether a cell gives `name` a value at its top level: def, class, assignment or import."""
    body = statements(source)
    if body is None:
        return bool(re.search(rf"^(def|class)\s+{re.escape(name)}\b", source, re.MULTILINE))
    for node in body:
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                bound = {node.name}
            case ast.Import() | ast.ImportFrom():
                bound = {alias.asname or alias.name.split(".")[0] for alias in node.names}
            case ast.Assign() | ast.AnnAssign():
                targets = node.targets if isinstance(node, ast.Assign) else [node.target]
                bound = {part.id for target in targets for part in ast.walk(target) if isinstance(part, ast.Name)}
            case _:
                bound = set()
        if name in bound:
            return True
    return False


def is_stub(source: str) -> bool:
    """Whether a cell is still the one that was handed out: what it defines holds nothing but a docstring and `...`."""
    body = statements(source)
    if not body:
        return body is not None
    nodes = [node for node in body if isinstance(node, ast.FunctionDef | ast.ClassDef | ast.Assign | ast.Raise)]
    return bool(nodes) and all(map(_is_empty, nodes))


def _is_empty(node) -> bool:
    match node:
        case ast.FunctionDef() | ast.ClassDef():
            return all(map(_is_empty, node.body))
        case ast.Assign() | ast.Expr():
            return isinstance(node.value, ast.Constant) and (isinstance(node, ast.Expr) or node.value.value is ...)
        case ast.Raise():
            return "NotImplementedError" in ast.unparse(node)
    return isinstance(node, ast.Pass)


def find_answer(cells, grade_id: str, cell_id: str, name: str) -> int | None:
    """Position of the code cell that answers a question, or None.

    A cell counts by its grade id, else its cell id, else the name it defines. Among several (students copy cells, or
    write the answer under the stub) the best one defines the name, then is more than the stub, then has the label
    that fits best, then is the last.
    """
    ranked = []
    for position, cell in enumerate(cells):
        if cell.cell_type != "code":
            continue
        label = cell.metadata.get("nbgrader", {})
        label = label.get("grade_id") if isinstance(label, dict) else None
        named = defines(cell.source, name)
        fit = 2 if label == grade_id else 1 if cell.get("id") == cell_id else 0
        if fit or named:
            ranked.append((named, not is_stub(cell.source), fit, position))
    return max(ranked)[-1] if ranked else None


def helpers(cells, known) -> list[Step]:
    """What the student's own cells define: imports, functions, classes, literal constants; nothing that takes time."""
    steps = []
    for cell in cells:
        if cell.cell_type != "code" or cell.get("id") in known or cell.metadata.get("nbgrader"):
            continue
        for node in statements(cell.source) or ():
            literal = isinstance(node, ast.Assign) and _is_literal(node.value)
            if literal or isinstance(node, ast.Import | ast.ImportFrom | ast.FunctionDef | ast.ClassDef):
                steps.append(Step(f"helper {len(steps) + 1}", ast.unparse(node)))
    return steps


def _is_literal(node) -> bool:
    try:
        ast.literal_eval(node)
    except (ValueError, TypeError, MemoryError, RecursionError):
        return False
    return True


def graft(reference, submission, questions, model_answers=()) -> list[Step]:
    """The steps to run: the reference notebook with the submission's answers in it.

    reference, submission: notebooks (nbformat 4). A question without a cell in the submission has no step.
    model_answers: ids of questions whose model answer stays in place of the student's.
    """
    by_id = {question.id: question for question in questions}
    known = {cell.get("id") for cell in reference.cells}
    steps, placed = [], False
    for cell in reference.cells:
        label = cell.metadata.get("nbgrader", {})
        if cell.cell_type != "code" or label.get("grade") or "ungraded" in cell.metadata.get("tags", ()):
            continue
        if not label.get("solution"):
            steps.append(Step(cell.id, as_python(cell.source)))
            continue
        if not placed:
            steps += helpers(submission.cells, known)
            placed = True
        question = by_id.get(label["grade_id"])
        if question is None or question.id in model_answers:
            steps.append(Step(cell.id, as_python(cell.source)))
            continue
        position = find_answer(submission.cells, question.id, cell.id, question.defines)
        if position is not None:
            steps.append(Step(cell.id, as_python(submission.cells[position].source), question.id))
    return steps
