"""How long a notebook is to read: words of flow prose, lines of code, and words a code line.

    .venv/bin/python -m authoring length [NOTEBOOK …]

Flow prose is what is read one word after the other: the text cells without headings, tables, references, displayed
formulas, quoted code, what is folded (hints and solutions) and the sentence of a `Figure:`. A formula in a line and a
piece of code in a line count as one word each, a link as its text. Code lines are the lines that a student reads or
writes: of the code cells those that are neither empty nor a comment alone; folded solutions count in neither.
"""

import re
from pathlib import Path

import nbformat

NOTEBOOKS = Path(__file__).resolve().parents[1] / "notebooks"
FOLDED = re.compile(r"<details\b.*?</details>", re.S | re.I)
LEFT_OUT = (
    re.compile(r"^(```|~~~).*?^\1", re.S | re.M),  # quoted code
    re.compile(r"\$\$.*?\$\$", re.S),
    re.compile(r"<!--.*?-->", re.S),
    re.compile(r"^#+ .*$", re.M),
    re.compile(r"^\|.*$", re.M),
    re.compile(r"^Figure:.*$", re.M),
)
ONE_WORD = (re.compile(r"`+[^`]+`+"), re.compile(r"\$[^$\n]+\$"))
LINK = re.compile(r"!?\[([^\]]*)\]\([^)]*\)")
REFERENCES = re.compile(r"^#+ (References|Further reading)\b", re.I | re.M)


def prose(source: str) -> str:
    """A text cell's flow prose."""
    source = REFERENCES.split(source)[0]
    for pattern in (FOLDED, *LEFT_OUT):
        source = pattern.sub(" ", source)
    source = LINK.sub(r"\1", source)
    for pattern in ONE_WORD:
        source = pattern.sub("x", source)
    return re.sub(r"<[^>]+>", " ", source)


def count(notebook) -> dict[str, int]:
    """{"words", "code lines", "cells", "predictions"} of a notebook (nbformat's object)."""
    texts = [cell.source for cell in notebook.cells if cell.cell_type == "markdown"]
    words = sum(len(re.findall(r"\w[\w.,'’×%–-]*", prose(text))) for text in texts)
    lines = [line.strip() for cell in notebook.cells if cell.cell_type == "code" for line in cell.source.splitlines()]
    return {
        "words": words,
        "code lines": sum(bool(line) and not line.startswith("#") for line in lines),
        "cells": len(notebook.cells),
        "predictions": sum(len(re.findall(r"\*\*Predict\b", text)) for text in texts),
    }


def table(paths) -> str:
    """A line a notebook."""
    lines = ["notebook                         words  code lines  words a line  cells  predictions"]
    for path in paths or sorted(NOTEBOOKS.glob("*.ipynb")):
        found = count(nbformat.read(path, as_version=4))
        ratio = found["words"] / max(found["code lines"], 1)
        lines.append(
            f"{Path(path).stem:32} {found['words']:5}  {found['code lines']:10}  {ratio:12.1f}  {found['cells']:5}"
            f"  {found['predictions']:11}"
        )
    return "\n".join(lines)
