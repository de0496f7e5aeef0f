"""A submission's file, read with care: what it holds, or a sentence that says what is wrong with it."""

import json
import os
import re
import stat
from pathlib import Path

from .broken import why
from .sentences import Sentence, of_error, say

MAX_FILE_BYTES = 50 * 2**20
MAX_CELLS, MAX_SOURCE, MAX_MANUAL = 3000, 2 * 10**6, 20_000
MANUAL_STUB = "YOUR ANSWER HERE"  # what nbgrader hands out in a cell that a person marks
ADVICE = say("Save it again in JupyterLab or Colab (File, Download .ipynb) and hand that file in.")


class UnreadableSubmissionError(ValueError):
    """The file is not a notebook that can be graded; the message says why and what to do."""


def read_bytes(path) -> bytes:
    """The bytes of a submission. UnreadableSubmissionError for links, folders, devices and what is too large."""
    path = Path(path)
    try:
        flags = [getattr(os, name, 0) for name in ("O_NOFOLLOW", "O_NONBLOCK", "O_BINARY")]  # as the system has them
        descriptor = os.open(path, os.O_RDONLY | sum(flags))
        with open(descriptor, "rb") as file:
            facts = os.fstat(descriptor)
            if not stat.S_ISREG(facts.st_mode):
                raise UnreadableSubmissionError(
                    say("{file} is not a file: hand in the notebook itself.", file=path.name)
                )
            data = file.read(MAX_FILE_BYTES + 1)
    except OSError as error:
        if path.is_symlink():
            reason = say("{file} is a link to another file: hand in the notebook itself.", file=path.name)
        else:
            reason = say("{file} cannot be opened: {error}", file=path.name, error=error.strerror or error)
        raise UnreadableSubmissionError(reason) from error
    if len(data) > MAX_FILE_BYTES:
        told = say(
            "{file} is larger than {size} MB: clear the outputs (Edit, Clear All Outputs) first.",
            file=path.name,
            size=MAX_FILE_BYTES >> 20,
        )
        raise UnreadableSubmissionError(told)
    return data


def parse_notebook(data: bytes, name: str):
    """The notebook in `data`, without outputs, in version 4. UnreadableSubmissionError says what is wrong with it."""
    import nbformat  # slow: only where a notebook is parsed

    try:
        document = json.loads(data)
        sheets = document.get("worksheets", [document])  # before version 4
        cells = [cell for sheet in sheets for cell in sheet["cells"]]
        if len(cells) > MAX_CELLS:
            raise ValueError(say("it has {number} cells, more than {most}", number=len(cells), most=MAX_CELLS))
        if isinstance(document.get("metadata"), dict):
            document["metadata"].pop("widgets", None)
        for cell in cells:
            cell.pop("attachments", None)
            if "outputs" in cell:
                cell["outputs"] = []
            if cell.get("cell_type") != "code":
                _leave_out_pictures(cell)
        for what, kinds in ((say("code"), ["code"]), (say("text"), ["markdown", "raw", "heading"])):
            source = [cell.get("source", cell.get("input")) for cell in cells if cell.get("cell_type") in kinds]
            if len(json.dumps(source)) > 2 * MAX_SOURCE:
                raise ValueError(
                    say("its cells hold more than {size} MB of {what}", size=MAX_SOURCE // 10**6, what=what)
                )
        notebook = nbformat.reads(json.dumps(document), as_version=4)
        for cell in notebook.cells:
            _make_whole(cell)
    except Exception as error:
        if told := why(data):
            raise UnreadableSubmissionError(say("{file} {trouble}", file=name, trouble=told)) from error
        reason = of_error(error)
        if not isinstance(reason, Sentence):
            reason = " ".join(reason.split())[:200] or type(error).__name__
        told = say("{file} is not a notebook: {reason}. {advice}", file=name, reason=reason, advice=ADVICE)
        raise UnreadableSubmissionError(told) from error
    if not any(cell.cell_type == "code" and cell.source.strip() for cell in notebook.cells):
        told = say("{file} has no code cell: is it the right file? {advice}", file=name, advice=ADVICE)
        raise UnreadableSubmissionError(told)
    return notebook


def _leave_out_pictures(cell) -> None:
    """Leave out of a text cell the pictures that Colab writes into it, as "data:image/png;base64,…"."""
    source = cell.get("source")
    text = "".join(map(str, source)) if isinstance(source, list) else str(source or "")
    cell["source"] = re.sub(r"data:image/[\w.+-]+;base64,[\w+/=]+", "data:", text)


def _make_whole(cell) -> None:
    """Give a cell what every cell has: a type, a source and metadata, in which a label of nbgrader is a dict."""
    cell.cell_type = str(cell.get("cell_type"))
    cell.source = "".join(cell.source) if isinstance(cell.get("source"), list) else str(cell.get("source") or "")
    cell.source = cell.source.encode(errors="replace").decode()  # halves of characters are no Python
    if not isinstance(cell.get("metadata"), dict):
        cell.metadata = type(cell)()
    if not isinstance(cell.metadata.get("nbgrader", {}), dict):
        del cell.metadata["nbgrader"]


def manual_text(reference, submission, grade_id: str) -> str:
    """What the student wrote where a person gives the points; "" if nothing.

    That is the cell of this grade id or cell id, and the student's own text cells from the question's statement to the
    solution's next heading.
    """
    at = next((i for i, cell in enumerate(reference.cells) if _answers(cell, grade_id)), len(reference.cells))
    headings = [i for i, cell in enumerate(reference.cells) if cell.cell_type == "markdown" and cell.source[:1] == "#"]
    start = _place(submission, [reference.cells[i].source for i in headings if i < at][-1:])
    end = _place(submission, [reference.cells[i].source for i in headings if i > at][:1])
    between = range(0) if start is None else range(start, len(submission.cells) if end is None else end)
    given = {cell.source.strip() for cell in reference.cells if not _answers(cell, grade_id)} | {MANUAL_STUB, ""}
    written = [
        cell.source
        for i, cell in enumerate(submission.cells)
        if _answers(cell, grade_id) or (i in between and cell.cell_type in ("markdown", "raw"))
    ]
    return "\n\n".join(text for text in written if text.strip() not in given)[:MAX_MANUAL]


def _answers(cell, grade_id: str) -> bool:
    return grade_id in (cell.metadata.get("nbgrader", {}).get("grade_id"), cell.get("id"))


def _place(notebook, texts) -> int | None:
    """The position of the cell that holds this text, the last if there are several."""
    found = [i for i, cell in enumerate(notebook.cells) if cell.source in texts]
    return found[-1] if found else None


def backends(submission) -> list[str]:
    """The Keras backends that the notebook asks for by setting KERAS_BACKEND, in a cell or a magic."""
    setting = re.compile(r"""KERAS_BACKEND["']?\s*\]?\s*[=,]\s*["']?(tensorflow|jax|torch|openvino)\b""")
    return [name for cell in submission.cells if cell.cell_type == "code" for name in setting.findall(cell.source)]
