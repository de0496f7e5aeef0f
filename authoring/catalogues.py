"""Catalogues of the grader's sentences, merged and compiled by Babel: `python course.py translate ko` writes them.

autograder/locale holds the grader's own sentences, solutions/checks/locale those of the hidden checks, each in
LANGUAGE/LC_MESSAGES/messages.po, where people translate, and messages.mo, which is read. A sentence is what stands in
`say(...)`, what a template translates, the name of a check, and the heading of a question; a heading's translation is
that of the assignment. As everywhere with gettext, a sentence that has changed is fuzzy: its old translation stands
there to be mended, and English is shown until the line "#, fuzzy" is gone.
"""

import ast
import io
import re
from pathlib import Path
from typing import NamedTuple

from babel.messages import extract
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from jinja2.ext import babel_extract

from .notebooks import read
from .releasing import ROOT

KEYWORDS = ("say", "Finding", "passed", "together", "compare", "judged")  # first argument: a sentence, a check's name
TEMPLATES = ("page.html", "feedback.html")  # statistics.html is the instructor's, and English
SLOT = re.compile(r"\{\w+|%\(\w+\)s")
HEADING = re.compile(r"#+ +(.+)")


class Plain(Catalog):
    """A catalogue whose head says what programs need, and no dates and addresses, which git knows."""

    @property
    def mime_headers(self):
        return [("Language", self.language), ("Content-Type", "text/plain; charset=utf-8")]


class Part(NamedTuple):
    """One of the two catalogues: its name, the folder that `locale` is in, and the files that its sentences are in."""

    name: str
    folder: Path
    sources: list
    solutions: list  # whose questions' headings are among them

    def file(self, code: str, kind: str) -> Path:
        return self.folder / "locale" / code / "LC_MESSAGES" / f"messages.{kind}"


class State(NamedTuple):
    """The sentences of a catalogue by what their translation is; stale ones are fuzzy, orphaned ones gone in English.

    wrong: sentences whose translation has other slots than the English.
    """

    current: list
    stale: list
    missing: list
    orphaned: list
    wrong: list


def parts(root=ROOT) -> list[Part]:
    """The catalogues that this course has."""
    grader, checks = Path(root) / "autograder", Path(root) / "solutions" / "checks"
    pages = [grader / "templates" / name for name in TEMPLATES]
    found = [
        Part("autograder", grader, [*sorted(grader.rglob("*.py")), *pages], []),
        Part("checks", checks, sorted(checks.glob("*.py")), sorted(checks.parent.glob("*.ipynb"))),
    ]
    return [part for part in found if part.folder.is_dir()]


def sentences(part, root=ROOT) -> Catalog:
    """The English sentences, in the order of the files."""
    found = Catalog()
    for path in part.sources:
        for text in _in_template(path) if path.suffix == ".html" else _in_python(path):
            found.add(text, locations=[(path.relative_to(root).as_posix(), 1)])
    for path in part.solutions:
        for heading in _headings(path).values():
            found.add(heading, locations=[(path.relative_to(root).as_posix(), 1)])
    return found


def _in_template(path):
    with path.open("rb") as file:
        for _, text, _, _ in extract.extract(babel_extract, file, {"_": None, "gettext": None}):
            yield text


def _in_python(path):
    """The first arguments of calls, where they are text. Babel's own extractor loses some that are nested deep."""
    calls = [node for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(node, ast.Call)]
    for call in sorted(calls, key=lambda call: (call.lineno, call.col_offset)):
        if getattr(call.func, "id", "") in KEYWORDS and call.args and isinstance(call.args[0], ast.Constant):
            yield from [call.args[0].value] * isinstance(call.args[0].value, str)


def merged(part, lang, twins, root=ROOT) -> Catalog:
    """The catalogue of a language as it is with today's sentences: what `write` writes."""
    path, found = part.file(lang.code, "po"), Plain(fuzzy=False)
    found.language, found.header_comment = lang.code, f"# The grader's sentences in {lang.name}."
    if path.is_file():
        with path.open("rb") as file:
            old = read_po(file)
        found.obsolete = old.obsolete
        for message in old:
            if message.id:
                found[message.id] = message
    found.update(sentences(part, root), update_header_comment=False)
    for english, ours in headings(twins).items():
        if english in found:
            found[english].string = ours
            found[english].flags.discard("fuzzy")
    return found


def headings(twins) -> dict[str, str]:
    """{English heading: translated} of the text cells that are up to date."""
    made = {}
    for twin, current, translated in twins:
        english = _headings(twin.english)
        for name in current:
            if name in english and (ours := HEADING.match(translated[name].source)):
                made[english[name]] = ours[1].strip()
    return made


def _headings(path) -> dict[str, str]:
    """{cell's id: heading} of a notebook's questions."""
    cells = [cell for cell in read(path).cells if cell.cell_type == "markdown"]
    found = {cell.id: HEADING.match(cell.source) for cell in cells}
    return {name: match[1].strip() for name, match in found.items() if match and match[1].startswith("Question ")}


def state(catalogue) -> State:
    """How a merged catalogue stands."""
    messages = [message for message in catalogue if message.id]
    done = [message for message in messages if message.string and not message.fuzzy]
    return State(
        current=[message.id for message in done],
        stale=[message.id for message in messages if message.fuzzy],
        missing=[message.id for message in messages if not message.string],
        orphaned=list(catalogue.obsolete),
        wrong=[message.id for message in done if slots(message.id) != slots(message.string)],
    )


def slots(text: str) -> set[str]:
    """The names of what is filled in."""
    return set(SLOT.findall(text))


def files(part, lang, twins, root=ROOT) -> dict[Path, bytes]:
    """{path: content} of both files of a catalogue."""
    catalogue = merged(part, lang, twins, root)
    people, program = io.BytesIO(), io.BytesIO()
    write_po(people, catalogue, width=120, include_lineno=False)
    write_mo(program, catalogue)
    return {part.file(lang.code, "po"): people.getvalue(), part.file(lang.code, "mo"): program.getvalue()}


def write(lang, twins, root=ROOT) -> list[Path]:
    """Write the catalogues of a language; the files that changed."""
    changed = []
    for part in parts(root):
        for path, content in files(part, lang, twins, root).items():
            if not path.is_file() or path.read_bytes() != content:
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(content)
                changed.append(path)
    return changed


def drifted(lang, twins, root=ROOT) -> list[Path]:
    """Catalogues that are not what the sentences and translations of today make."""
    found = [item for part in parts(root) for item in files(part, lang, twins, root).items()]
    return [path for path, content in found if not path.is_file() or path.read_bytes() != content]


def report(lang, twins, root=ROOT) -> list[str]:
    """A line a catalogue, as for notebooks; then which sentences are stale, missing, orphaned or have other slots."""
    rows, told = [], []
    for part in parts(root):
        stands = state(merged(part, lang, twins, root))
        current, stale, missing, orphaned, _ = map(len, stands)
        total = current + stale + missing
        rows.append(f"{part.name:32} {total:5}  {current:10}  {stale:5}  {missing:7}  {orphaned:8}")
        for kind in ("stale", "missing", "orphaned", "wrong"):
            named = "other slots than the English" if kind == "wrong" else kind
            told += [f"{part.name}: {named}: {text}" for text in getattr(stands, kind)]
    head = f"{'sentences of feedback':28} sentences  translated  stale  missing  orphaned"
    return [head, *rows, *told] if rows else []
