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
from ..releasing import PAGE, ROOT, course_settings

HERE = Path(__file__).resolve().parent
OPENING = re.compile(r"# (\w+) · ([^\n]+)\n.*\*\*You need\*\*(.*?)\*\*Time\*\* about (\d+) minutes", re.S)
FIGURE = re.compile(r"^Figure: (.+)\n*", re.M)
EQUATION = re.compile(r"^\$\$.+?\$\$$", re.M | re.S)
GLOSSARY_ROW = re.compile(r"^\| (?!term \||-)(.+?) \| (.+) \| (\d\d) \|$", re.M)
# A question of a quiz: a bold line with its number, and two or more answers that fold; the right one begins with Yes.
OPTION = r"<details><summary>.*?</summary>\n.*?</details>\n*"
QUESTION = re.compile(rf"^\*\*(\d+\. .+?)\*\*\n\n((?:{OPTION}){{2,}})", re.M | re.S)
FOLD = re.compile(r"<details><summary>(.*?)</summary>(.*?)</details>", re.S)
MOST_BYTES = 2_000_000  # of the pictures of one slider
COVER = ("09", "bubbles")  # the picture of the front page: the cell that draws it, and its notebook's number


def stage(folder, root=ROOT, frames=Path("none")):
    """Write into `folder` what Sphinx builds: a page for each notebook, assignment and document, and the front page."""
    (folder / "extra").mkdir(parents=True)  # what is copied as it is
    lessons = [_lesson(path) for path in sorted([*root.glob("notebooks/*.ipynb"), *root.glob("assignments/*.ipynb")])]
    for path, nb, about in lessons:
        target = folder / about["place"]
        target.parent.mkdir(parents=True, exist_ok=True)
        control = frames / f"{path.stem}.json"
        controls = json.loads(control.read_text(encoding="utf-8")) if control.is_file() else {}
        write(_page(nb, about, controls, folder), target)
    _documents(folder, root)
    _front_page(folder, root, lessons)


def _lesson(path):
    nb = read(path)
    found = OPENING.match(nb.cells[0].source)
    if not found:
        raise NotebookError(f"{path}: its first cell must have '# 00 · Title', '**You need** …', '**Time** about …'")
    number, title, needs, minutes = found.groups()
    goals = re.findall(r"^- (.+?)[;.]?$", nb.cells[0].source, re.M)
    place = f"{path.parent.name}/{path.name}"
    about = {"number": number, "title": title, "needs": needs, "minutes": int(minutes), "goals": goals, "place": place}
    return path, nb, about


def _page(nb, about, controls, folder):
    """The notebook as its page shows it."""
    number, equations = about["number"], itertools.count(1)
    for cell, after in zip(nb.cells, [*nb.cells[1:], None], strict=True):
        if cell.cell_type == "markdown":
            cell.source = QUESTION.sub(_question, PAGE.sub(r"](\1)", cell.source))
            cell.source = EQUATION.sub(lambda found: f"{found.group()} (eq-{number}-{next(equations)})", cell.source)
            cell.source = cell.source.replace("Choose an answer by opening it.", "Choose an answer.")
            cell.source = re.sub(r"<details>(?=<summary>(Hint|Solution))", _fold, cell.source)
            cell.source = re.sub(r"^(\[Open in Colab\]\(\S+\))$", r"\1{.colab}", cell.source, flags=re.M)
            continue
        if cell.id == "setup":
            cell.metadata.tags = [*cell.metadata.get("tags", []), "hide-input"]
        pictures = [output for output in cell.outputs if "image/png" in output.get("data", {})]
        if pictures and after is not None and FIGURE.search(after.source):
            _figure(cell, after, f"figure-{about['number']}-{cell.id}", controls.get(cell.id), folder)
    nb.cells = [part for cell in nb.cells for part in _parted(cell)]
    return nb


def _figure(cell, after, name, control, folder):
    """Make the line `Figure: …` of the cell that follows the picture's description and caption, with its slider."""
    text = FIGURE.search(after.source).group(1)
    text = text[0].upper() + text[1:]
    slider = _control(name, control, folder) if control else ""
    after.source = slider + FIGURE.sub("", after.source, count=1)
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
    return re.split(r"(?<=[.!?]) (?=[A-Z])", plain)[0]


def _question(found):
    """A quiz question, in HTML that folds by itself and that book.js turns into a group of radio buttons."""
    statement, options = found.groups()
    right = sum(bool(re.match(r"\s*Yes\b", answer)) for _, answer in FOLD.findall(options))
    if right != 1:
        raise NotebookError(f"this question has {right} answers that begin with 'Yes': {statement}")
    marked = FOLD.sub(_option, options)
    return f'<div class="quiz">\n\n**{statement}**\n\n{marked}\n</div>\n\n'


def _option(found):
    answer, why = found.groups()
    kind = "right" if re.match(r"\s*Yes\b", why) else "wrong"
    return f'<details class="option {kind}"><summary>{answer}</summary>{why}</details>'


def _fold(found):
    return f'<details class="{found.group(1).lower()}">'


def _control(name, control, folder):
    """Put the pictures of all positions beside the page; the slider with which book.js shows them in the figure."""
    place = folder / "extra" / "frames" / name
    place.mkdir(parents=True)
    for index, frame in enumerate(control["frames"]):
        with Image.open(io.BytesIO(base64.b64decode(frame))) as picture:
            picture.save(place / f"{index}.webp", lossless=True)
    if (size := sum(path.stat().st_size for path in place.iterdir())) > MOST_BYTES:
        raise NotebookError(f"{name}: its slider's pictures take {size:,} bytes; a page has {MOST_BYTES:,} for them.")
    label, values, at = control["label"], control["values"], control["at"]
    return (
        f'<div class="play" hidden data-figure="{name}" data-frames="../frames/{name}/" '
        f'data-values="{html.escape(json.dumps(values))}"><label for="{name}-at">{html.escape(label)}</label>'
        f'<input id="{name}-at" type="range" min="0" max="{len(values) - 1}" value="{at}">'
        f'<output for="{name}-at">{html.escape(values[at])}</output></div>\n\n'
    )


def _documents(folder, root):
    glossary = (root / "notebooks" / "glossary.md").read_text(encoding="utf-8")
    rows = GLOSSARY_ROW.findall(glossary)
    head = glossary.split("| term |")[0].replace("The last column names", "Each entry ends with")
    entries = "\n".join(f"{term}\n  {meaning} (notebook {number})\n" for term, meaning, number in rows)
    tail = glossary.rsplit(f"| {rows[-1][2]} |", 1)[1]
    (folder / "notebooks" / "glossary.md").write_text(f"{head}```{{glossary}}\n{entries}```\n{tail}", encoding="utf-8")
    shutil.copy(root / "notebooks" / "bibliography.md", folder / "notebooks")
    shutil.copy(root / "docs" / "teaching.md", folder)


def _front_page(folder, root, lessons):
    """index.md from its template: what can be counted or read from the notebooks is, and nothing is said twice."""
    number, cell_id = COVER
    _, nb, about = _lesson(next(path for path, _, about in lessons if about["number"] == number))
    index = next(index for index, cell in enumerate(nb.cells) if cell.id == cell_id)
    picture = next(o.data["image/png"] for o in nb.cells[index].outputs if "image/png" in o.get("data", {}))
    (folder / "cover.png").write_bytes(base64.b64decode(picture))
    caption = FIGURE.search(nb.cells[index + 1].source).group(1)
    template = Environment(loader=FileSystemLoader(HERE), undefined=StrictUndefined, trim_blocks=True, autoescape=False)
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
