"""Sphinx's source pages from the course's notebooks and documents: what Colab and Jupyter need is taken out or marked.

The notebooks themselves stay as they are, and hold nothing that only this book understands.
"""

import base64
import copy
import html
import io
import itertools
import json
import re
import shutil
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from PIL import Image

from ..notebooks import NotebookError, read, write
from ..releasing import ROOT, course_settings

HERE = Path(__file__).resolve().parent
OPENING = re.compile(r"# (\w+) · ([^\n]+)\n.*\*\*You need\*\*(.*?)\*\*Time\*\* about (\d+) minutes", re.S)
EQUATION = re.compile(r"^\$\$.+?\$\$$", re.M | re.S)
GLOSSARY_ROW = re.compile(r"^\| (?!term \||-)(.+?) \| (.+) \| (\d\d) \|$", re.M)
# A question of a quiz: a bold line with its number, and two or more answers that fold; the right one begins with Yes.
OPTION = r"<details><summary>.*?</summary>\n.*?</details>\n*"
QUESTION = re.compile(rf"^\*\*(\d+\. .+?)\*\*\n\n((?:{OPTION}){{2,}})", re.M | re.S)
FOLD = re.compile(r"<details><summary>(.*?)</summary>(.*?)</details>", re.S)
MOST_BYTES = 2_000_000  # of the pictures of one slider
COVER = ("09", "bubbles")  # the picture of the front page: the cell that draws it, and its notebook's number


class Said:
    """How notebooks say what the book looks for; a translated one may say it in English, too, where it is not yet."""

    def __init__(self, words):
        def either(*texts):
            return "|".join(re.escape(text) for word in texts for text in {word, words.get(word, word)})

        self.words = words
        self.figure = re.compile(rf"^(?:{either('Figure:')}) (.+)\n*", re.M)
        self.right = re.compile(rf"\s*(?:{either('Yes')})(?![A-Za-z])")
        self.folded = re.compile(rf"<details>(?=<summary>(?:(?P<hint>{either('Hint')})|{either('Solution')})<)")
        self.colab = re.compile(rf"^(\[(?:{either('Open in Colab')})\]\(\S+\))$", re.M)
        self.online = re.compile(rf"(\]\([^)\s]+\.md\)) \(\[(?:{either('online')})\]\(\S+?\)\)")

    def __call__(self, word):
        return self.words.get(word, word)


ENGLISH = Said({})


def stage(folder, root=ROOT, frames=Path("none"), lang=None):
    """Write into `folder` what Sphinx builds: a page for each notebook, assignment and document, and the front page.

    lang: a translating.Language; its notebooks stand in the place of the English ones, where there are any.
    """
    (folder / "extra").mkdir(parents=True)  # what is copied as it is
    said = Said(lang.words) if lang else ENGLISH
    paths = sorted([*root.glob("notebooks/*.ipynb"), *root.glob("assignments/*.ipynb")])
    lessons = [_lesson(path, lang) for path in paths]
    for path, nb, about in lessons:
        target = folder / about["place"]
        target.parent.mkdir(parents=True, exist_ok=True)
        control = frames / f"{path.stem}.json"
        controls = json.loads(control.read_text(encoding="utf-8")) if control.is_file() else {}
        write(_page(nb, about, controls, None if lang else folder, said), target)
    _documents(folder, root, lang, said)
    _front_page(folder, root, lessons, lang, said)


def _lesson(path, lang=None):
    nb = read(path)
    found = OPENING.match(nb.cells[0].source)
    if not found:
        raise NotebookError(f"{path}: its first cell must have '# 00 · Title', '**You need** …', '**Time** about …'")
    number, title, needs, minutes = found.groups()
    goals = re.findall(r"^- (.+?)[;.]?$", nb.cells[0].source, re.M)
    place = f"{path.parent.name}/{path.name}"
    about = {"number": number, "title": title, "needs": needs, "minutes": int(minutes), "goals": goals, "place": place}
    if lang and (ours := path.parent / lang.code / path.name).is_file():
        nb = _moved(read(ours), lang.code)
        about["title"] = nb.cells[0].source.splitlines()[0].split(" · ", 1)[1]
    return path, nb, about


def _moved(nb, code):
    """A translated notebook with its links as they are from the English one's folder, where its page stands."""
    for cell in nb.cells:
        if cell.cell_type == "markdown":
            text = re.sub(r"(\]\(|(?:src|href)=\")\.\./", r"\1", cell.source)
            cell.source = re.sub(rf"(\]\(\.\./\w+/){code}/", r"\1", text)
    return nb


def _page(nb, about, controls, folder, said):
    """The notebook as its page shows it."""
    number, equations = about["number"], itertools.count(1)
    for cell, after in zip(nb.cells, [*nb.cells[1:], None], strict=True):
        if cell.cell_type == "markdown":
            cell.source = QUESTION.sub(lambda found: _question(found, said), said.online.sub(r"\1", cell.source))
            cell.source = EQUATION.sub(lambda found: f"{found.group()} (eq-{number}-{next(equations)})", cell.source)
            cell.source = cell.source.replace(said("Choose an answer by opening it."), said("Choose an answer."))
            cell.source = said.folded.sub(_fold, cell.source)
            cell.source = said.colab.sub(r"\1{.colab}", cell.source)
            continue
        if cell.id == "setup":
            cell.metadata.tags = [*cell.metadata.get("tags", []), "hide-input"]
        pictures = [output for output in cell.outputs if "image/png" in output.get("data", {})]
        if pictures and after is not None and said.figure.search(after.source):
            _figure(cell, after, f"figure-{about['number']}-{cell.id}", controls.get(cell.id), folder, said)
    nb.cells = [part for cell in nb.cells for part in _parted(cell)]
    return nb


def _figure(cell, after, name, control, folder, said):
    """Make the line `Figure: …` of the cell that follows the picture's description and caption, with its slider."""
    text = said.figure.search(after.source).group(1)
    text = text[0].upper() + text[1:]
    slider = _control(name, control, folder) if control else ""
    after.source = slider + said.figure.sub("", after.source, count=1)
    cell.metadata.mystnb = {
        "image": {"alt": _first_sentence(text)},
        "figure": {"caption": text, "name": name},
    }
    for output in cell.outputs:  # a value shown below a picture is no figure of its own
        if output.output_type == "execute_result" and set(output.data) == {"text/plain"}:
            value = output.data["text/plain"]
            output.clear()
            output.update(output_type="stream", name="stdout", text=value + "\n")


def _parted(cell):
    """The cell; where it drew several pictures, one more that carries the last, for the caption below all of them."""
    places = [index for index, output in enumerate(cell.get("outputs", ())) if "image/png" in output.get("data", {})]
    if len(places) < 2 or "mystnb" not in cell.metadata:
        return [cell]
    last = copy.deepcopy(cell)
    last.id, last.outputs = f"{cell.id}-caption", cell.outputs[places[-1] :]  # an empty cell would be skipped
    last.metadata.tags = [*cell.metadata.get("tags", []), "remove-input"]
    cell.outputs = cell.outputs[: places[-1]]
    del cell.metadata.mystnb["figure"]
    return [cell, last]


def _first_sentence(text):
    plain = re.sub(r"[*`\\]|\[(.+?)\]\(.+?\)", r"\1", text)
    return re.split(r"(?<=[.!?]) (?=[A-Z\u1100-\ud7ff])", plain)[0]


def _question(found, said=ENGLISH):
    """A quiz question, in HTML that folds by itself and that book.js turns into a group of radio buttons."""
    statement, options = found.groups()
    right = sum(bool(said.right.match(answer)) for _, answer in FOLD.findall(options))
    if right != 1:
        raise NotebookError(f"this question has {right} answers that begin with 'Yes': {statement}")
    marked = FOLD.sub(lambda option: _option(option, said), options)
    return f'<div class="quiz">\n\n**{statement}**\n\n{marked}\n</div>\n\n'


def _option(found, said):
    answer, why = found.groups()
    kind = "right" if said.right.match(why) else "wrong"
    return f'<details class="option {kind}"><summary>{answer}</summary>{why}</details>'


def _fold(found):
    return f'<details class="{"hint" if found["hint"] else "solution"}">'


def _control(name, control, folder):
    """Put the pictures of all positions beside the page; the slider with which book.js shows them in the figure.

    folder: None for a page of another language, which shows the pictures of the English one, a folder further up.
    """
    if folder is not None:
        _pictures(folder / "extra" / "frames" / name, control["frames"])
    frames = f"{'../' if folder is not None else '../../'}frames/{name}/"
    label, values, at = control["label"], control["values"], control["at"]
    return (
        f'<div class="play" hidden data-figure="{name}" data-frames="{frames}" '
        f'data-values="{html.escape(json.dumps(values))}"><label for="{name}-at">{html.escape(label)}</label>'
        f'<input id="{name}-at" type="range" min="0" max="{len(values) - 1}" value="{at}">'
        f'<output for="{name}-at">{html.escape(values[at])}</output></div>\n\n'
    )


def _pictures(place, frames):
    place.mkdir(parents=True)
    for index, frame in enumerate(frames):
        with Image.open(io.BytesIO(base64.b64decode(frame))) as picture:
            picture.save(place / f"{index}.webp", lossless=True)
    if (size := sum(path.stat().st_size for path in place.iterdir())) > MOST_BYTES:
        raise NotebookError(
            f"{place.name}: its slider's pictures take {size:,} bytes; a page has {MOST_BYTES:,} for them."
        )


def _documents(folder, root, lang, said):
    place = root / "notebooks" / (lang.code if lang else "") / "glossary.md"
    glossary = (place if place.is_file() else root / "notebooks" / "glossary.md").read_text(encoding="utf-8")
    rows = GLOSSARY_ROW.findall(glossary)
    head = glossary.split("\n| ")[0].replace("The last column names", "Each entry ends with") + "\n"
    entries = "\n".join(f"{term}\n  {meaning} ({said('notebook')} {number})\n" for term, meaning, number in rows)
    tail = glossary.rsplit(f"| {rows[-1][2]} |", 1)[1]
    (folder / "notebooks" / "glossary.md").write_text(f"{head}```{{glossary}}\n{entries}```\n{tail}", encoding="utf-8")
    shutil.copy(root / "notebooks" / "bibliography.md", folder / "notebooks")
    if not lang:
        shutil.copy(root / "docs" / "teaching.md", folder)


def _front_page(folder, root, lessons, lang, said):
    """index.md from its template: what can be counted or read from the notebooks is, and nothing is said twice."""
    number, cell_id = COVER
    _, nb, about = _lesson(next(path for path, _, about in lessons if about["number"] == number), lang)
    index = next(index for index, cell in enumerate(nb.cells) if cell.id == cell_id)
    picture = next(o.data["image/png"] for o in nb.cells[index].outputs if "image/png" in o.get("data", {}))
    (folder / "cover.png").write_bytes(base64.b64decode(picture))
    caption = said.figure.search(nb.cells[index + 1].source).group(1)
    templates = FileSystemLoader(root / "translations" / lang.code if lang else HERE)
    template = Environment(loader=templates, undefined=StrictUndefined, trim_blocks=True, autoescape=False)
    repository, ref = course_settings(root)
    everything = [about for _, _, about in lessons]
    notebooks = [about for about in everything if about["place"].startswith("notebooks")]
    assignments = [about for about in everything if about["place"].startswith("assignments")]
    for task in assignments:
        task["after"] = max(re.findall(r"\b\d\d\b", task["needs"]), default="")
    text = template.get_template("front.jinja").render(
        notebooks=notebooks,
        assignments=assignments,
        repository=repository,
        ref=ref,
        alt=_first_sentence(caption),
        caption=caption,
        cover=about,
        hours=round(sum(a["minutes"] for a in notebooks) / 60),
    )
    (folder / "index.md").write_text(text, encoding="utf-8")
