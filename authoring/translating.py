"""The course in other languages: one set of code cells, text cells in each language, `python course.py translate ko`.

translations/LANGUAGE/NAME.md holds the translated text cells of the English notebook NAME, each below a line

    <!-- cell: its-id · english: 1a2b3c4d -->

with a hash of the English cell that was translated; a line `<!-- code -->` stands for its next block of code. Built
from both, the notebook stands in the folder LANGUAGE beside the English one: code, outputs and ids are those of the
English notebook, and cannot differ. A cell whose English has changed since (stale), or that has no translation
(missing), shows the English and says so.
"""

import hashlib
import json
import os
import re
import tomllib
from pathlib import Path
from typing import NamedTuple

from . import catalogues, terms
from .notebooks import NotebookError, read, text_of
from .releasing import LINK, PAGE, ROOT, TABLE, contents, course_settings

CELL = re.compile(r"^<!-- cell: (\S+?)(?: · english: ([0-9a-f]{8}))? -->\n", re.M)
README_HEAD = re.compile(r"\A<!-- english: ([0-9a-f]{8}|\?) -->\n")
README_ROW = re.compile(r"^\| \w+ \| \[(?P<title>.+?)\]\((?P<place>\S+?)\) \| .*$", re.M)
FOLDERS = ("notebooks", "assignments")
CODE = "<!-- code -->"
FENCE = re.compile(r"^(```+|~~~+).*?^\1[ \t]*$", re.M | re.S)
COLAB_LINE = re.compile(r"^\[Open in Colab\].*\n*", re.M)
# A link's target; first, what only looks like a link: code, and mathematics.
TARGET = re.compile(
    r"^(?P<fence>```+|~~~+).*?^(?P=fence)|(?P<ticks>`+).+?(?P=ticks)"
    r"|(?P<before>\]\(|\b(?:src|href)=\")(?P<target>[^)\s\"]+)(?P<after>\)|\")",
    re.M | re.S,
)


class Language(NamedTuple):
    """translations/CODE/language.toml: what the language is called, and the words that structure hangs on."""

    code: str
    name: str
    note: str  # what stands before a text that is shown in English
    words: dict  # {English: translated}: "Figure:", "Yes", … that the book and the rules look for
    table: str  # the head of the README's table of notebooks
    glossary: str  # what stands above the rows of the page of words
    scales: dict  # {a word after a number: what it multiplies by}, as million = 1000000 in English


class Twin(NamedTuple):
    """An English notebook, the translation of its text cells, and the notebook that is built from both."""

    language: Language
    english: Path
    translation: Path
    built: Path


class Translated(NamedTuple):
    source: str
    digest: str | None  # of the English cell; None: of today's, and `translate` writes it


class State(NamedTuple):
    """The ids of a notebook's text cells by what their translation is; orphaned ones have no English cell."""

    current: list
    stale: list
    missing: list
    orphaned: list


def languages(root=ROOT) -> list[str]:
    """The codes of the languages that there are: the folders of translations/."""
    return sorted(path.parent.name for path in Path(root).glob("translations/*/language.toml"))


def language(code, root=ROOT) -> Language:
    """The language `code`; NotebookError if there is none, or its file lacks something."""
    path = Path(root) / "translations" / code / "language.toml"
    try:
        told = tomllib.loads(path.read_text(encoding="utf-8"))
        return Language(
            code,
            told["name"],
            told["note"],
            told["words"],
            told.get("table", ""),
            told.get("glossary", ""),
            told.get("scales", {}),
        )
    except OSError as error:
        known = ", ".join(languages(root)) or "none"
        raise NotebookError(f"{path}: no such file; the languages are {known}") from error
    except (tomllib.TOMLDecodeError, KeyError) as error:
        raise NotebookError(f"{path}: it needs name, note and a table [words] ({error})") from error


def twins(lang, root=ROOT) -> list[Twin]:
    """The notebooks that have a translation; NotebookError where a translation has no notebook any more."""
    found = []
    for path in sorted(Path(root).glob(f"translations/{lang.code}/*_*.md")):
        places = [Path(root) / folder / f"{path.stem}.ipynb" for folder in FOLDERS]
        english = next((place for place in places if place.is_file()), None)
        if english is None:
            raise NotebookError(f"{path}: there is no notebook {path.stem}; rename the translation with its notebook")
        found.append(Twin(lang, english, path, english.parent / lang.code / english.name))
    return found


def pages(lang, root=ROOT) -> dict[Path, str]:
    """{path: text} of what is built beside the notebooks: the page of words and the README, where there are sources."""
    root = Path(root)
    folder, made = root / "translations" / lang.code, {}
    if (folder / "terms.md").is_file():
        made[root / "notebooks" / lang.code / "glossary.md"] = terms.glossary(folder / "terms.md", lang.glossary, root)
    if (folder / "README.md").is_file():
        made[root / f"README.{lang.code}.md"] = readme(lang, root)
    return made


def readme(lang, root=ROOT) -> str:
    """The README in a language, with the table of notebooks: translated ones where there are, else the English."""
    repository, ref = course_settings(root)
    built = {twin.english.relative_to(root).as_posix(): twin for twin in twins(lang, root)}

    def row(found):
        twin = built.get(found["place"])
        if twin is None:
            return found[0]
        title = re.match(r"# \w+ · (.+)", translated(twin.translation)[read(twin.english).cells[0].id].source)[1]
        return found[0].replace(found["place"], twin.built.relative_to(root).as_posix()).replace(found["title"], title)

    rows = README_ROW.sub(row, contents(root)).split("\n\n")[0].splitlines()[2:]
    table = "\n".join([*lang.table.strip("\n").splitlines(), *rows, ""])
    text = (Path(root) / "translations" / lang.code / "README.md").read_text(encoding="utf-8")
    text = README_HEAD.sub("", text).replace("{repository}", repository).replace("{ref}", ref)
    return TABLE.sub(lambda _: table, text, count=1)


def readme_digest(root=ROOT) -> str:
    """The hash of the English README without its table, which stands on the first line of a translation."""
    text = TABLE.sub("", (Path(root) / "README.md").read_text(encoding="utf-8"))
    return hashlib.sha256(text.encode()).hexdigest()[:8]


def plain(source) -> str:
    """An English text cell without the links that `stamp` writes, so that a new address makes no translation stale."""
    return PAGE.sub(r"](\1)", COLAB_LINE.sub("", source)).strip("\n")


def digest(source) -> str:
    """The hash of an English text cell, in which its blocks of code play no part: a translation has the same."""
    return hashlib.sha256(FENCE.sub(CODE, plain(source)).encode()).hexdigest()[:8]


def translated(path) -> dict[str, Translated]:
    """{id: Translated} of a translation's file; NotebookError if it does not begin with a cell or has one twice."""
    head, *parts = CELL.split(Path(path).read_text(encoding="utf-8"))
    if head.strip():
        raise NotebookError(f"{path}: begin with a line '<!-- cell: id -->'; this stands before it: {head[:60]!r}")
    cells = {}
    for name, hashed, source in zip(parts[::3], parts[1::3], parts[2::3], strict=True):
        if name in cells:
            raise NotebookError(f"{path}: the cell {name} stands there twice; take one out")
        cells[name] = Translated(source.strip("\n"), hashed)
    return cells


def state(twin) -> State:
    """Which text cells of a notebook are translated, stale, missing, and which translations are orphaned."""
    cells = translated(twin.translation)
    texts = {cell.id: digest(cell.source) for cell in read(twin.english).cells if cell.cell_type == "markdown"}
    known = [name for name in texts if name in cells]
    return State(
        current=[name for name in known if cells[name].digest in (None, texts[name])],
        stale=[name for name in known if cells[name].digest not in (None, texts[name])],
        missing=[name for name in texts if name not in cells],
        orphaned=[name for name in cells if name not in texts],
    )


def build(twin, root=ROOT):
    """The translated notebook (nbformat's object): the English one, with the text cells that are up to date."""
    nb, cells = read(twin.english), translated(twin.translation)
    current = state(twin).current
    for cell in nb.cells:
        if cell.cell_type == "markdown":
            english = plain(cell.source)
            source = coded(cells[cell.id].source, english) if cell.id in current else None
            cell.source = _linked(source or _noted(english, twin.language.note), twin, root)
    repository, ref = course_settings(root)
    folder, name = twin.built.parent.relative_to(root).as_posix(), twin.built.name
    link = LINK.format(repository=repository, ref=ref, folder=folder, name=name)
    link = link.replace("Open in Colab", twin.language.words["Open in Colab"])
    title, _, body = nb.cells[0].source.partition("\n")
    nb.cells[0].source = "\n\n".join(part for part in (title, link, body.strip("\n")) if part)
    nb.metadata["course"] = {"language": twin.language.code}
    return nb


def coded(source, english):
    """A translated text with the English one's blocks of code; None where it wants fewer or more than there are."""
    blocks = [found[0] for found in FENCE.finditer(english)]
    parts = source.split(CODE)
    if len(parts) != len(blocks) + 1:
        return None
    return "".join(text + block for text, block in zip(parts, [*blocks, ""], strict=True))


def _noted(source, note):
    """An English text with the note that it is English, below its heading if it begins with one."""
    heading, _, rest = source.partition("\n") if source.startswith("#") else ("", "", source)
    return "\n\n".join(part for part in (heading, f"> *{note}*", rest.strip("\n")) if part)


def _linked(source, twin, root):
    """`source` with its links as they are from the language's folder: to a twin where there is one, else to English."""
    repository, ref = course_settings(root)

    def link(found):
        target = found["target"]
        if target is None or re.match(r"[a-z]+:|#", target):
            return found[0]
        file, mark, anchor = target.partition("#")
        place = Path(os.path.normpath(twin.english.parent / file))
        ours = place.parent / twin.language.code / place.name
        source = "terms" if place.name == "glossary.md" else place.stem
        if (Path(root) / "translations" / twin.language.code / f"{source}.md").is_file():
            place = ours
        made = found["before"] + Path(os.path.relpath(place, twin.built.parent)).as_posix() + mark + anchor
        if place.suffix != ".md":
            return made + found["after"]
        address = f"https://github.com/{repository}/blob/{ref}/{place.relative_to(root).as_posix()}"
        return f"{made}{found['after']} ([{twin.language.words['online']}]({address}))"

    return TARGET.sub(link, source)


def translate(code, root=ROOT) -> list[Path]:
    """Build the notebooks of the language `code`; return the files that changed.

    A translated cell without a hash was just written: its line gets the hash of today's English.
    Raises NotebookError where a file of the language cannot be read.
    """
    lang = language(code, root)
    changed = []
    for twin in twins(lang, root):
        texts = {cell.id: digest(cell.source) for cell in read(twin.english).cells}

        def hashed(found, texts=texts):
            name, old = found.groups()
            return found[0] if old or name not in texts else f"<!-- cell: {name} · english: {texts[name]} -->\n"

        text = twin.translation.read_text(encoding="utf-8")
        changed += _write(twin.translation, CELL.sub(hashed, text))
        changed += _write(twin.built, text_of(build(twin, root)))
    folder = Path(root) / "translations" / lang.code
    if (source := folder / "terms.md").is_file():
        changed += _write(source, terms.hashed(source, root))
    if (source := folder / "README.md").is_file():
        text = source.read_text(encoding="utf-8")
        changed += _write(source, text.replace("<!-- english: ? -->", f"<!-- english: {readme_digest(root)} -->", 1))
    for path, text in pages(lang, root).items():
        changed += _write(path, text)
    changed += catalogues.write(lang, up_to_date(lang, root), root)
    for path in spare(lang, root):
        path.unlink()
        changed.append(path)
    return changed


def translate_all(root=ROOT) -> list[Path]:
    """Build the notebooks of all languages; return the files that changed."""
    return [path for code in languages(root) for path in translate(code, root)]


def follow(paths, root=ROOT) -> list[Path]:
    """Build the translated notebooks anew if one of `paths` is a notebook of the course; return what changed."""
    ours = {(Path(root) / folder).resolve() for folder in FOLDERS}
    return translate_all(root) if ours & {Path(path).resolve().parent for path in paths} else []


def spare(lang, root=ROOT) -> list[Path]:
    """Built notebooks of a language that have no translation any more."""
    built = {twin.built for twin in twins(lang, root)}
    found = [path for folder in FOLDERS for path in Path(root).glob(f"{folder}/{lang.code}/*.ipynb")]
    return sorted(set(found) - built)


def drifted(lang, root=ROOT) -> list[Path]:
    """Built notebooks that are not what today's English and translation make; compared as data."""

    def holds(twin):
        made = json.loads(text_of(build(twin, root)))
        return twin.built.is_file() and json.loads(twin.built.read_text(encoding="utf-8")) == made

    old = [twin.built for twin in twins(lang, root) if not holds(twin)]
    old += [path for path, text in pages(lang, root).items() if not _holds(path, text)]
    return old + catalogues.drifted(lang, up_to_date(lang, root), root) + spare(lang, root)


def report(lang, root=ROOT) -> str:
    """A line a notebook: its text cells, and how many are translated, stale, missing, orphaned; then which."""
    states = {twin.english: state(twin) for twin in twins(lang, root)}
    rows, told, sums = [], [], [0] * 5
    for folder in FOLDERS:
        for path in sorted(Path(root).glob(f"{folder}/*.ipynb")):
            texts = [cell.id for cell in read(path).cells if cell.cell_type == "markdown"]
            one = states.get(path, State([], [], texts, []))
            counts = [len(texts), *map(len, one)]
            sums = [a + b for a, b in zip(sums, counts, strict=True)]
            rows.append(f"{path.stem:32} {counts[0]:5}  {counts[1]:10}  {counts[2]:5}  {counts[3]:7}  {counts[4]:8}")
            if path in states:
                kinds = ("stale", "missing", "orphaned")
                told += [
                    f"{path.stem}: {kind}: {', '.join(getattr(one, kind))}" for kind in kinds if getattr(one, kind)
                ]
    told += stale_pages(lang, root)
    head = f"{lang.name:30} cells  translated  stale  missing  orphaned"
    total = f"{'all':32} {sums[0]:5}  {sums[1]:10}  {sums[2]:5}  {sums[3]:7}  {sums[4]:8}"
    coverage = f"coverage: {sums[1]} of {sums[0]}, {100 * sums[1] / sums[0]:.0f} %"
    return "\n".join([head, *rows, total, coverage, *told, *catalogues.report(lang, up_to_date(lang, root), root)])


def up_to_date(lang, root=ROOT) -> list[tuple]:
    """(twin, ids of the cells whose translation is up to date, all translations) of each notebook."""
    return [(twin, state(twin).current, translated(twin.translation)) for twin in twins(lang, root)]


def stale_pages(lang, root=ROOT) -> list[str]:
    """A line for the page of words and for the README, where the English has changed since."""
    folder, told = Path(root) / "translations" / lang.code, []
    if (path := folder / "terms.md").is_file() and (old := terms.stale(path, root)):
        told.append(f"terms: stale or missing: {', '.join(old)}")
    if (path := folder / "README.md").is_file():
        found = README_HEAD.match(path.read_text(encoding="utf-8"))
        if not found or found[1] not in ("?", readme_digest(root)):
            told.append(f"README: stale; English is now {readme_digest(root)}")
    return told


def _holds(path, text):
    return path.is_file() and path.read_text(encoding="utf-8") == text


def _write(path, text):
    if _holds(path, text):
        return []
    path.parent.mkdir(exist_ok=True)
    path.write_text(text, encoding="utf-8", newline="\n")
    return [path]


def run(code, check=False) -> int:
    """`python course.py translate CODE [--check]`: build, or say how things stand; the exit code."""
    lang = language(Path(code).name)
    if not check:
        changed = translate(lang.code)
        print("\n".join(f"wrote {path}" for path in changed) or "nothing to change")
        return 0
    print(report(lang))
    drift = drifted(lang)
    for path in drift:
        print(f"{path.relative_to(ROOT)}: not what it is made from; run `python course.py translate {lang.code}`")
    return 1 if drift else 0
