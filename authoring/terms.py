"""The bilingual glossary of a language, translations/LANGUAGE/terms.md, and the page of words that is built from it.

One row a term: English | translated | forms not to use | meaning | hash of the English row. The built page follows the
English glossary: a term without a row, or whose English row has changed since, stands there in English.
"""

import hashlib
import re
from pathlib import Path
from typing import NamedTuple

from .notebooks import NotebookError

ENGLISH_ROW = re.compile(r"^\| (?!term \||-)(.+?) \| (.+) \| (\d\d) \|$", re.M)
ROW = re.compile(r"^(\| (?!English )([^|]+?) \| ([^|]+?) \| ([^|]*?) \| ([^|]+?) \|) ?([0-9a-f]{8})? ?\|$", re.M)


class Term(NamedTuple):
    english: str
    ours: str
    never: list  # forms that are not to be used
    meaning: str
    digest: str | None  # None: of today's row


def digest(english, meaning) -> str:
    """The hash of a row of the English glossary."""
    return hashlib.sha256(f"{english}|{meaning}".encode()).hexdigest()[:8]


def terms(path) -> dict[str, Term]:
    """{English: Term} of a language's terms.md, in its order; NotebookError where a line of the table is not whole."""
    text = Path(path).read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if line.startswith("| ") and not line.startswith("| English ")]
    if broken := [line for line in lines if not ROW.match(line)]:
        raise NotebookError(f"{path}: a row needs five cells, the last one a hash or empty: {broken[0][:60]}")
    found = [Term(row[2], row[3], row[4].split(", "), row[5], row[6]) for row in ROW.finditer(text)]
    return {term.english: term for term in found}


def english_rows(root) -> list[tuple[str, str, str]]:
    """(term, meaning, number of the notebook that explains it) for each row of the English glossary."""
    return ENGLISH_ROW.findall((Path(root) / "notebooks" / "glossary.md").read_text(encoding="utf-8"))


def stale(path, root) -> list[str]:
    """The English terms that have no row of today in a language's terms.md."""
    known = terms(path)
    rows = english_rows(root)
    return [term for term, meaning, _ in rows if not _current(known.get(term), meaning)]


def glossary(path, head, root) -> str:
    """The page of words in a language: `head`, then its table, in the order of the translated terms."""
    known, rows = terms(path), []
    for english, meaning, number in english_rows(root):
        term = known.get(english)
        if _current(term, meaning):
            name = term.ours if term.ours == english else f"{term.ours} ({english})"
            rows.append(f"| {name} | {term.meaning} | {number} |")
        else:
            rows.append(f"| {english} | {meaning} | {number} |")
    return "\n".join([head.strip("\n"), *sorted(rows), ""])


def hashed(path, root) -> str:
    """The text of terms.md with today's hash in each row that has none."""
    meanings = {term: meaning for term, meaning, _ in english_rows(root)}

    def fill(row):
        missing = row[6] is None and row[2] in meanings
        return f"{row[1]} {digest(row[2], meanings[row[2]])} |" if missing else row[0]

    return ROW.sub(fill, Path(path).read_text(encoding="utf-8"))


def _current(term, meaning):
    return term is not None and term.digest in (None, digest(term.english, meaning))
