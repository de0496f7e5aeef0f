"""A submission's answers, put in the place of the model answers in the reference notebook.

What runs is the reference notebook: its set-up, then for each question the student's cell. Tests, which the student
could have changed, and cells that only show something (tag "ungraded") are left out.
"""

import ast
import functools
import json
import os
import re
import stat
from dataclasses import dataclass
from pathlib import Path

import nbformat
from IPython.core.inputtransformer2 import TransformerManager

from .broken import why

MAX_FILE_BYTES = 50 * 2**20
MAX_CELLS, MAX_SOURCE, MAX_HELPERS, MAX_MANUAL = 3000, 2 * 10**6, 300, 20_000
MAX_LINE = 10_000  # characters of a line in which magics are looked for: Python 3.12 keeps the line with each token
MANUAL_STUB = "YOUR ANSWER HERE"  # what nbgrader hands out in a cell that a person marks
ADVICE = "Save it again in JupyterLab or Colab (File, Download .ipynb) and hand that file in."


class UnreadableSubmissionError(ValueError):
    """The file is not a notebook that can be graded; the message says why and what to do."""


@dataclass(frozen=True)
class Step:
    """Python source to run; `question` is the id of the question it answers, or "" for all around the answers.

    For an answer also: `model`, the model answer; `found`, whether the submission has one; `stub`, whether it is still
    the one that was handed out.
    """

    id: str
    source: str
    question: str = ""
    model: str = ""
    found: bool = True
    stub: bool = False


def read_bytes(path) -> bytes:
    """The bytes of a submission. UnreadableSubmissionError for links, folders, devices and what is too large."""
    path = Path(path)
    try:
        flags = [getattr(os, name, 0) for name in ("O_NOFOLLOW", "O_NONBLOCK", "O_BINARY")]  # as the system has them
        descriptor = os.open(path, os.O_RDONLY | sum(flags))
        with open(descriptor, "rb") as file:
            facts = os.fstat(descriptor)
            if not stat.S_ISREG(facts.st_mode):
                raise UnreadableSubmissionError(f"{path.name} is not a file: hand in the notebook itself.")
            data = file.read(MAX_FILE_BYTES + 1)
    except OSError as error:
        if path.is_symlink():
            reason = f"{path.name} is a link to another file: hand in the notebook itself."
        else:
            reason = f"{path.name} cannot be opened: {error.strerror or error}"
        raise UnreadableSubmissionError(reason) from error
    if len(data) > MAX_FILE_BYTES:
        raise UnreadableSubmissionError(
            f"{path.name} is larger than {MAX_FILE_BYTES >> 20} MB: clear the outputs (Edit, Clear All Outputs) first."
        )
    return data


def parse_notebook(data: bytes, name: str):
    """The notebook in `data`, without outputs, in version 4. UnreadableSubmissionError says what is wrong with it."""
    try:
        document = json.loads(data)
        sheets = document.get("worksheets", [document])  # before version 4
        cells = [cell for sheet in sheets for cell in sheet["cells"]]
        if len(cells) > MAX_CELLS:
            raise ValueError(f"it has {len(cells)} cells, more than {MAX_CELLS}")
        for cell in cells:
            cell.pop("attachments", None)
            if "outputs" in cell:
                cell["outputs"] = []
        if len(json.dumps(document)) > 2 * MAX_SOURCE:
            raise ValueError(f"its cells hold more than {MAX_SOURCE // 10**6} MB of text")
        notebook = nbformat.reads(json.dumps(document), as_version=4)
        for cell in notebook.cells:
            _make_whole(cell)
    except Exception as error:
        if told := why(data):
            raise UnreadableSubmissionError(f"{name} {told}") from error
        reason = " ".join(str(error).split())[:200]
        raise UnreadableSubmissionError(
            f"{name} is not a notebook: {reason or type(error).__name__}. {ADVICE}"
        ) from error
    if not any(cell.cell_type == "code" and cell.source.strip() for cell in notebook.cells):
        raise UnreadableSubmissionError(f"{name} has no code cell: is it the right file? {ADVICE}")
    return notebook


def _make_whole(cell) -> None:
    """Give a cell what every cell has: a type, a source and metadata, in which a label of nbgrader is a dict."""
    cell.cell_type = str(cell.get("cell_type"))
    cell.source = "".join(cell.source) if isinstance(cell.get("source"), list) else str(cell.get("source") or "")
    cell.source = cell.source.encode(errors="replace").decode()  # halves of characters are no Python
    if not isinstance(cell.get("metadata"), dict):
        cell.metadata = nbformat.NotebookNode()
    if not isinstance(cell.metadata.get("nbgrader", {}), dict):
        del cell.metadata["nbgrader"]


def as_python(source: str) -> str:
    """A cell's source with its magics and shell lines turned into calls of `get_ipython()`.

    What cannot be read at all stays as it is: running it then says why.
    """
    if max(map(len, source.splitlines()), default=0) > MAX_LINE:
        return source
    try:
        return TransformerManager().transform_cell(source)
    except Exception:  # from Python 3.12 a zero byte is a SystemError here
        return source


@functools.lru_cache(maxsize=MAX_CELLS)
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
        label = cell.metadata.get("nbgrader", {}).get("grade_id")
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
    return steps[:MAX_HELPERS]


def manual_text(submission, grade_id: str) -> str:
    """What the student wrote where a person gives the points: the cell of this grade id, or cell id; "" if nothing."""
    labelled = [cell for cell in submission.cells if cell.metadata.get("nbgrader", {}).get("grade_id") == grade_id]
    named = [cell for cell in submission.cells if cell.get("id") == grade_id]
    written = [cell.source for cell in labelled or named if cell.source.strip() != MANUAL_STUB]
    return "\n\n".join(written)[:MAX_MANUAL]


def backends(submission) -> list[str]:
    """The Keras backends that the notebook asks for by setting KERAS_BACKEND, in a cell or a magic."""
    setting = re.compile(r"""KERAS_BACKEND["']?\s*\]?\s*[=,]\s*["']?(tensorflow|jax|torch|openvino)\b""")
    return [name for cell in submission.cells if cell.cell_type == "code" for name in setting.findall(cell.source)]


def _is_literal(node) -> bool:
    try:
        ast.literal_eval(node)
    except (ValueError, TypeError, MemoryError, RecursionError):
        return False
    return True


def combine(reference, submission, questions) -> list[Step]:
    """The steps to run: the reference notebook with the submission's answers in it, the model answers beside them.

    reference, submission: notebooks (nbformat 4).
    """
    by_id = {question.id: question for question in questions}
    known = {cell.get("id") for cell in reference.cells}
    steps, placed = [], False
    for cell in reference.cells:
        label = cell.metadata.get("nbgrader", {})
        if cell.cell_type != "code" or label.get("grade") or "ungraded" in cell.metadata.get("tags", ()):
            continue
        model = as_python(cell.source)
        if not label.get("solution"):
            steps.append(Step(cell.id, model))
            continue
        if not placed:
            steps += helpers(submission.cells, known)
            placed = True
        question = by_id.get(label["grade_id"])
        if question is None:
            steps.append(Step(cell.id, model))
            continue
        position = find_answer(submission.cells, question.id, cell.id, question.defines)
        if position is None:
            steps.append(Step(cell.id, "", question.id, model, found=False))
        else:
            source = submission.cells[position].source
            steps.append(Step(cell.id, as_python(source), question.id, model, stub=is_stub(source)))
    return steps
