r"""The rule for numbers in prose: a number that a cell computes is read back, a wrong one fails.

A numeral is a run of digits, with thousands commas, a decimal point or an exponent if it has them. Digits
after a letter, or after a letter and a hyphen, are a name (`a1`, `float32`, `VGG-16`), and so are versions
(`3.15.1`). *A claim* is bold text that holds a numeral and no letter (`**3**`, `**9.68×**`, `**89.4 %**`,
`**0.85–0.94**`): each of its numerals must be printed, as the same value, by a code cell that stands above it
in the same section (since the last heading of level 1 or 2); a section without code cells, such as the
takeaways, may claim what any cell above has printed. *Everything else is given:* any other numeral from 13
on, or with a decimal point, must stand in the source or the text output of some code cell of the notebook, or
be the points of its graded cells or their sum, or stand in a bold question (`**… 64 filters …?**`), which
poses its own numbers. Not looked at: code, link texts and targets, HTML tags, headings, `<summary>` texts,
list numbers, durations in minutes, lines that start with `*Difficulty`, the References section; and, unless
claimed, years 1900–2099 and numerals in a sentence that holds a web link (a citation). Signs, %, ×, units and
dashes play no part: 89.4 % wants 89.4 printed, not 0.894. LaTeX is read like prose.
"""

import functools
import re
from decimal import Decimal
from typing import NamedTuple

from notebook_rules import HEADING, WEB_LINK, blank, code_cells, markdown_cells, output_text, prose, say

SUMMARY = re.compile(r"<summary>(.*?)</summary>", re.S)
BOLD = re.compile(r"\*\*(?=\S)(.+?)(?<=\S)\*\*", re.S)
MARKDOWN_LINK = re.compile(r"!?\[[^\[\]]*\]\([^)]*\)")
NUMERAL = re.compile(
    r"(?:(?<![A-Za-z_0-9])(?<![A-Za-z]-)(?<![0-9]\.)|(?<=[0-9]x))"
    r"(?:(?P<version>[0-9]+(?:\.[0-9]+){2,})"
    r"|(?P<number>(?:[0-9]{1,3}(?:(?:,|_|\{,\})[0-9]{3})+(?![0-9])|[0-9]+)(?:\.[0-9]+)?(?:e[+-]?[0-9]+)?))"
)
SENTENCE_END = re.compile(r"[.!?][\"”')*_]*\s+(?![a-z0-9(])|\n\s*\n|\n\s*(?=[-*+>]\s|\||[0-9]+\.\s)")
UNREAD = [  # parts of markdown in which no numeral is looked at
    HEADING,
    SUMMARY,
    MARKDOWN_LINK,
    WEB_LINK,
    re.compile(r"</?[a-zA-Z][^>]*>"),
    re.compile(r"^[ \t]*[0-9]+\.[ \t]", re.M),
    re.compile(r"^\*Difficulty.*$", re.M),
    re.compile(r"[0-9]+(?:\s*(?:to|or|–|-)\s*[0-9]+)?\s+minutes?\b|\bMinutes: about [0-9]+"),
]


class Numeral(NamedTuple):
    """A numeral that the rule looks at: where it stands, whether it is claimed, and the values it may have."""

    index: int
    start: int
    end: int
    value: Decimal
    claimed: bool
    allowed: set


def prose_numbers(nb, path):
    """Numbers in prose that no cell computes; see the top of this file."""
    problems = []
    for numeral in checked_numerals(nb):
        if numeral.value not in numeral.allowed:
            cell = nb.cells[numeral.index]
            text = cell.source[numeral.start : numeral.end]
            if numeral.claimed:
                what = f"claims {text}, but no code cell above it in its section prints that; print it or correct it"
            else:
                what = f"says {text}, which stands in no code cell or output; compute it, cite it or leave it out"
            problems.append(say(path, cell, what))
    return problems


def checked_numerals(nb):
    """Return the list of Numerals in the notebook's prose."""
    sections = _sections(nb)
    printed = [
        (index, sections[index][0][1], numbers(output_text(cell)))
        for index, cell in enumerate(nb.cells)
        if cell.cell_type == "code"
    ]
    with_code = {section for _, section, _ in printed}
    given = set().union(*(values for _, _, values in printed), *(numbers(cell.source) for cell in code_cells(nb)))
    points = [cell.metadata.get("nbgrader", {}).get("points", 0) for cell in nb.cells]
    given |= {Decimal(value) for value in (*points, sum(points))}
    for cell in markdown_cells(nb):
        given = given.union(*(numbers(bold[1]) for bold in BOLD.finditer(prose(cell)) if bold[1].endswith("?")))
    found = []
    for index, cell in enumerate(nb.cells):
        if cell.cell_type != "markdown":
            continue
        for start, end, value, claimed in _numerals_of(prose(cell)):
            _, section, title = [begin for begin in sections[index] if begin[0] <= start][-1]
            above = [values for at, of, values in printed if at < index and (of == section or section not in with_code)]
            if title != "References":
                found.append(Numeral(index, start, end, value, claimed, set().union(*above) if claimed else given))
    return found


def _sections(nb):
    """For each cell the (position, number, title) of its sections; the first runs on from the cell above."""
    current, sections = (0, ""), []
    for cell in nb.cells:
        sections.append([(0, *current)])
        for heading in HEADING.finditer(prose(cell)) if cell.cell_type == "markdown" else ():
            if len(heading[1]) <= 2:
                current = (current[0] + 1, heading[2])
                sections[-1].append((heading.start(), *current))
    return sections


@functools.lru_cache(maxsize=1024)
def _numerals_of(text):
    """A list of (start, end, value, claimed), one for each numeral in a markdown text that the rule looks at."""
    found = []
    ends = [(match.start(), match.end()) for match in SENTENCE_END.finditer(text)]
    links = [match.start() for match in WEB_LINK.finditer(text)]
    for pattern in UNREAD:
        text = blank(pattern, text)
    bold = [match.span() for match in BOLD.finditer(text)]
    claims = [(start, end) for start, end in bold if not re.search(r"[^\W\d_]", text[start:end])]
    questions = [(start, end) for start, end in bold if text[start:end].endswith("?**")]
    for match in NUMERAL.finditer(text):
        if not match["number"]:
            continue
        at, value = match.start(), _value(match["number"])
        claimed = any(start < at < end for start, end in claims)
        year = re.fullmatch(r"(19|20)[0-9]{2}", match[0])
        small = value < 13 and "." not in match[0]
        begin = max((end for _, end in ends if end <= at), default=0)
        stop = min((start for start, _ in ends if start >= at), default=len(text))
        cited = any(begin <= link < stop for link in links)
        asked = any(start < at < end for start, end in questions)
        if claimed or not (year or small or cited or asked):
            found.append((*match.span(), value, claimed))
    return found


@functools.lru_cache(maxsize=1024)
def numbers(text):
    """The values of all numerals in a text."""
    return frozenset(_value(match["number"]) for match in NUMERAL.finditer(text) if match["number"])


def _value(numeral):
    return Decimal(re.sub(r"[,_{}]", "", numeral))
