"""Tables in files: read whatever a spreadsheet made of them, and write so that no spreadsheet computes what is there.

Reading: UTF-8, with commas, semicolons or tabs between the cells. Writing: commas, UTF-8; LF at the end of a line.
"""

import csv
import io
import re
from pathlib import Path

from .records import ResultsError, write_atomically

DELIMITERS = ",;\t"
# What a spreadsheet would compute, at the start of a cell, or of what it would take for one if it splits at semicolons
# or tabs, as it does in many countries. The full-width characters are those of Japanese and Chinese keyboards.
FORMULA = re.compile(r"(?:^|(?<=[;\t\r\n]))(?=[^\S\t\r\n]*[=+\-@＝＋－＠])")
NUMBER = re.compile(r"[-+]?[\d.,]*")


def harmless(text) -> str:
    """`text` with an apostrophe before each formula: a spreadsheet shows it and does not follow it."""
    text = str(text)
    return text if NUMBER.fullmatch(text) else FORMULA.sub("'", text)


def number(points) -> str:
    """Points as people write them: 7.5, 10."""
    return f"{round(float(points), 2):.2f}".rstrip("0").rstrip(".")


def amount(text: str) -> float | None:
    """The number that someone wrote in a cell, as 2.5 or 2,5; None for anything else."""
    try:
        value = float(text.strip().replace(",", "."))
    except ValueError:
        return None
    return value if value == value and abs(value) < 1e9 else None


def read_table(path, *needed: str, what: str = "the table") -> tuple[list[str], list[dict[str, str]]]:
    """(column names, rows) of a CSV file, whichever delimiter it has. Column names keep their capitals.

    needed: columns of which none may be missing, in small letters.
    Raises ResultsError for a file that cannot be read, or without these columns.
    """
    path = Path(path)
    try:
        text = path.read_bytes().decode("utf-8-sig")
        for mark in DELIMITERS:
            reader = csv.reader(io.StringIO(text, newline=""), delimiter=mark, strict=True)
            if columns := _columns(reader, needed):
                return columns, [
                    dict(zip(columns, line + [""] * len(columns), strict=False)) for line in reader if line
                ]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise ResultsError(f"{path}: {what} cannot be read ({error}); save it as CSV in UTF-8") from error
    raise ResultsError(f"{path}: the first line must name the columns {', '.join(needed) or 'of the table'}")


def _columns(reader, needed) -> list[str]:
    """The names in the first line, or [] when that is not the line that was looked for."""
    try:
        columns = [name.strip() for name in next(reader, [])]
    except csv.Error:
        return []
    there = {name.casefold() for name in columns}
    return columns if there.issuperset(needed) and (len(columns) > 1 or not needed) else []


def write_table(path, columns, rows, quoting=csv.QUOTE_MINIMAL, delimiter=",") -> None:
    """Write a table in which every cell is harmless; whole or not at all."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n", quoting=quoting, delimiter=delimiter)
    writer.writerows([[harmless(cell) for cell in line] for line in [columns, *rows]])
    write_atomically(path, text.getvalue())
