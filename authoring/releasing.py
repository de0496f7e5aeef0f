"""Stamp the repository's address into notebooks and the README, and make assignments/ from solutions/."""

import re
import tomllib
from pathlib import Path

from .notebooks import NotebookError, clean, read, text_of

ROOT = Path(__file__).resolve().parents[1]

# The first code cell of every notebook, filled from [tool.course] in pyproject.toml.
SETUP_CELL = """\
import importlib.util

if importlib.util.find_spec("course_utils") is None:  # in Colab, or a notebook on its own
    %pip install -q --no-deps "course_utils @ git+https://github.com/{repository}@{ref}"

import course_utils

course_utils.start()"""
COLAB = "https://colab.research.google.com/github/{repository}/blob/{ref}/"
# A link in words: a badge would be fetched from another machine, and be a broken picture offline.
LINK = f"[Open in Colab]({COLAB}{{folder}}/{{name}})"
# A page beside the notebook, such as the glossary, and the same page for those who have the notebook alone.
PAGE = re.compile(r"\]\((\w+\.md)\)(?: \(\[online\]\(\S+?\)\))?")
ONLINE = r"](\1) ([online](https://github.com/{repository}/blob/{ref}/{folder}/\1))"
# The README is read online, and shows the badge.
BADGE = f"[![Open in Colab](https://colab.research.google.com/assets/colab-badge.svg)]({COLAB}{{place}})"
ELSEWHERE = """\
Without a Google account: [Binder](https://mybinder.org/v2/gh/{repository}/{ref}?urlpath=lab/tree/notebooks/00_start_here.ipynb)
(slow, and short of memory) or a [GitHub Codespace](https://codespaces.new/{repository}?ref={ref})."""
TABLE = re.compile(r"(?<=<!-- stamped: notebooks -->\n).*?(?=<!-- end -->)", re.S)
# What a solution region becomes: a function that returns None, which the checks answer with "not yet".
STUB = "# your code here\n..."
# How the cells begin that only instructors get. Their ids end in -why, and their tag is solution-only.
EXPLANATION = re.compile(r"\*\*(Why|How to mark)\b")
MARKING = re.compile(r"\*\*How to mark\b")  # and which of them never go out
PREDICTION = "**Your prediction:** …"  # the cell below each "Predict", to write in
MARKER = re.compile(r"^ *### (BEGIN|END) [A-Z ]+\n?", re.M)
HAND_IN = re.compile(r"\*\*Hand in\*\*[^\n]*\n*")
GIVEN = (
    "These are the answers, for after the deadline: below each question a model answer, why it is so, what to expect "
    "where you were asked to predict, and the common wrong answers."
)


def course_settings(root=ROOT):
    """Return (repository, ref) of `root`/pyproject.toml's [tool.course], such as ("owner/name", "main")."""
    path = Path(root) / "pyproject.toml"
    try:
        course = tomllib.loads(path.read_text(encoding="utf-8"))["tool"]["course"]
        repository, ref = course["repository"], course["ref"]
    except tomllib.TOMLDecodeError as error:
        raise NotebookError(f"{path}: not valid TOML ({error})") from error
    except (OSError, KeyError) as error:
        raise NotebookError(f"{path}: give it a table [tool.course] with repository and ref ({error})") from error
    if not re.fullmatch(r"[\w.-]+/[\w.-]+", repository) or not re.fullmatch(r"[\w./-]+", ref):
        raise NotebookError(f"{path}: repository must look like owner/name, and ref like main or v1.0")
    return repository, ref


def stamped(nb, path, root=ROOT):
    """Put the setup cell, links to pages online and, outside solutions/, the link to Colab into `nb`, of `path`."""
    folder, name = Path(path).parent.name, Path(path).name
    codes = [cell for cell in nb.cells if cell.cell_type == "code"]
    if not codes or codes[0].id != "setup":
        raise NotebookError(f"{path}: the first code cell must be the setup cell; give it the id 'setup'")
    title, *rest = nb.cells[0].source.split("\n")
    if nb.cells[0].cell_type != "markdown" or not title.startswith("# "):
        raise NotebookError(f"{path}: the first cell must be markdown and begin with the title, '# …'")
    repository, ref = course_settings(root)
    codes[0].source = SETUP_CELL.format(repository=repository, ref=ref)
    link = "" if folder == "solutions" else LINK.format(repository=repository, ref=ref, folder=folder, name=name)
    body = "\n".join(line for line in rest if not line.startswith(("[Open in Colab]", "[![Open in Colab]"))).strip("\n")
    nb.cells[0].source = "\n\n".join(part for part in (title, link, body) if part)
    online = ONLINE.format(repository=repository, ref=ref, folder=folder)
    for cell in nb.cells:
        if cell.cell_type == "markdown":
            cell.source = PAGE.sub(online, cell.source)
    return nb


def stamp(root=ROOT):
    """Write the repository's address of pyproject.toml into every notebook and the README; return what changed."""
    root = Path(root)
    texts = {}
    sources = "solutions" if assignments(root) else "assignments"  # a published course has no solutions
    for path in sorted([*root.glob("notebooks/*.ipynb"), *root.glob(f"{sources}/*.ipynb")]):
        texts[path] = text_of(stamped(read(path), path, root))
    texts |= dict(generate(name, root) for name in assignments(root))
    changed = _write_changed(texts)
    if (readme := root / "README.md").is_file():
        text = TABLE.sub(lambda _: contents(root), readme.read_text(encoding="utf-8"))
        changed += _write_changed({readme: text})
    return changed


def contents(root=ROOT):
    """The README's table of what a student opens, in order: each assignment follows the last notebook that it needs.

    Number, title, needs and minutes are read from the first cells.
    """
    repository, ref = course_settings(root)
    rows = []
    for path in [*Path(root).glob("notebooks/*.ipynb"), *Path(root).glob("assignments/*.ipynb")]:
        opening = read(path).cells[0].source
        found = re.match(r"# (\w+) · ([^\n]+)\n.*\*\*You need\*\*(.*)\*\*Time\*\* about (\d+) minutes", opening, re.S)
        if not found:
            wanted = "'# 00 · Title', '**You need** notebooks …' and '**Time** about … minutes'"
            raise NotebookError(f"{path}: its first cell must have {wanted}; the README's table is made from them")
        number, title, needs, minutes = found.groups()
        graded = path.parent.name == "assignments"
        last = max(re.findall(r"\b\d\d\b", needs), default="") if graded else number
        place = f"{path.parent.name}/{path.name}"
        badge = BADGE.format(repository=repository, ref=ref, place=place)
        rows.append((last, graded, f"| {number} | [{title}]({place}) | {minutes} | {badge} |"))
    lines = [line for _, _, line in sorted(rows)]
    elsewhere = ELSEWHERE.format(repository=repository, ref=ref)
    return "\n".join(["| | topic | minutes | open |", "|---|---|---|---|", *lines, "", elsewhere, ""])


def release(*names, root=ROOT):
    """Write the named assignments (all, when none is named); return the paths that changed.

    Raises NotebookError as `generate` does.
    """
    return _write_changed(dict(generate(name, root) for name in names or assignments(root)))


def answers(*names, root=ROOT):
    """Write answers/ for the named assignments (all, when none is named); return the paths that changed.

    It is private, as solutions/ is: git ignores it, and `publish` refuses what holds a word of it.
    """
    return _write_changed(dict(explained(name, root) for name in names or assignments(root)))


def explained(name, root=ROOT):
    """Return (path, text) of the notebook that a student gets after the deadline of the assignment `name`.

    The assignment with the model answers and the cells that explain them, without outputs and without nbgrader's
    marks: nobody can hand it in. What tells an instructor how to mark stays out.

    Raises NotebookError as `generate` does.
    """
    source = _solution(name, root)
    path = Path(root) / "answers" / f"{source.stem}_answers.ipynb"
    nb = clean(read(source))
    nb.cells = [cell for cell in nb.cells if not MARKING.match(cell.source) and cell.source != PREDICTION]
    for cell in nb.cells:
        cell.metadata = {}
        cell.source = HAND_IN.sub("", cell.source)
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
            cell.source = MARKER.sub("", cell.source).strip("\n")
    title, *rest = nb.cells[0].source.split("\n")
    nb.cells[0].source = "\n".join([f"{title} (answers)", "", GIVEN, *rest])
    return path, text_of(nb)


def _solution(name, root):
    known = assignments(root)
    if name not in known:
        raise NotebookError(f"unknown assignment {name!r}; there are solutions for {', '.join(known) or 'none'}")
    _ready(read(known[name]), known[name])
    return known[name]


def _write_changed(texts):
    changed = [path for path, text in texts.items() if not _holds(path, text)]
    for path in changed:
        path.parent.mkdir(exist_ok=True)
        path.write_text(texts[path], encoding="utf-8", newline="\n")
    return changed


def _holds(path, text):
    return path.is_file() and path.read_text(encoding="utf-8") == text


def stale(root=ROOT):
    """Return the assignments' paths that do not hold what their solutions generate."""
    made = dict(generate(name, root) for name in assignments(root))
    return [path for path, text in made.items() if not _holds(path, text)]


def assignments(root=ROOT):
    """Return {"a1": path of its solution, …}: the assignments for which `root`/solutions holds a solution."""
    return {path.stem.split("_")[0]: path for path in sorted(Path(root).glob("solutions/*.ipynb"))}


def _ready(nb, path):
    """NotebookError when cells of a solution have no id, or an explanation has lost the tag that keeps it back."""
    if without := sum(not cell.get("id") for cell in nb.cells):
        raise NotebookError(f"{path}: {without} cells have no id, as Colab saves them: save it again in JupyterLab")
    for cell in nb.cells:
        explains = cell.id.endswith("-why") or EXPLANATION.match(cell.source)
        if cell.cell_type == "markdown" and explains and "solution-only" not in cell.metadata.get("tags", []):
            raise NotebookError(
                f"{path}: the cell {cell.id} looks like an explanation for instructors, and would go out to students: "
                "give it the tag solution-only"
            )


def generate(name, root=ROOT):
    """Return (path, text) of the assignment `name`, such as "a1", made from its solution.

    nbgrader's own preprocessors put a stub in place of each solution region, take out hidden tests and mark schemes,
    and lock the tests; cells tagged "solution-only", outputs and tags go. The same solution gives the same bytes.

    Raises:
        NotebookError: there is no such assignment, a cell has no id, an explanation would go out, or nbgrader
            refuses the notebook (a solution region stands in a cell that is not marked as a solution cell, …).
    """
    from nbgrader import preprocessors

    origin = _solution(name, root)
    path = Path(root) / "assignments" / origin.name
    source = read(origin)
    nb = stamped(clean(source), path, root)
    nb.cells = [cell for cell in nb.cells if "solution-only" not in cell.metadata.get("tags", [])]
    steps = [
        preprocessors.ClearSolutions(code_stub={"python": STUB}),
        preprocessors.ClearHiddenTests(),
        preprocessors.ClearMarkScheme(),
        preprocessors.LockCells(),
        preprocessors.ComputeChecksums(),  # of the released source, so after all that changes it
        preprocessors.CheckCellMetadata(),
    ]
    try:
        for step in steps:
            step.preprocess(nb, {})
    except Exception as error:  # nbgrader raises RuntimeError here, ValidationError and others there
        raise NotebookError(f"{origin}: nbgrader refuses it: {error}") from error
    for cell in nb.cells:
        cell.metadata.pop("tags", None)
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    return path, text_of(nb)
