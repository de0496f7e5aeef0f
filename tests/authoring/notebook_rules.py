"""What every notebook of the course keeps to: functions that take a notebook and return a list of problems.

Each problem reads "file, cell id: what is wrong; what to do". The rule for numbers in prose has a file of its own,
prose_rule.py.
"""

import copy
import re
from itertools import pairwise
from urllib.parse import unquote

from authoring import notebooks, releasing

IGNORED = "nbval-ignore-output"
FENCE = re.compile(r"^(```+|~~~+).*?^\1[ \t]*$", re.M | re.S)
INLINE_CODE = re.compile(r"(?<!`)(`+)(?!`).+?(?<!`)\1(?!`)", re.S)
HEADING = re.compile(r"^(#{1,6})[ \t]+(.+?)[ \t]*$", re.M)
DETAILS = re.compile(r"<details>(.*?)</details>", re.S)
WEB_LINK = re.compile(r"https?://[^\s)>\]]+")
LINK_TARGET = re.compile(r"""\]\(<?([^)\s>]+)[^)]*\)|\b(?:src|href)=["']([^"']+)["']""")
TRACES = re.compile(
    r"(?<![\w.:/])/(?:home|root|tmp|Users|work(?:spaces?)?|opt|usr|var|mnt|srv|content)/|\b[CD]:\\|site-packages"
    r"|cudart_stub|oneDNN|computation_placer|This TensorFlow binary|WARNING: All log messages|Unable to register"
)
FRAGILE = [
    (re.compile(r"\btf\.keras\b|\btensorflow\.keras\b"), "tf.keras; import keras"),
    (re.compile(r"^\s*from\s+\S+\s+import\s+\*", re.M), "import *; name what you import"),
    (re.compile(r"[\w\])]\._[a-zA-Z]"), "a private attribute; use the public API"),
]
UNSTEADY = re.compile(r"\b0x[0-9a-f]{6,}|[0-9](?: ?(?:ms|µs|us|ns)| s| sec(?:onds?)?)\b|\bit/s\b")


def say(path, cell, what):
    return f"{path.name}, cell {cell.id}: {what}"


def code_cells(nb):
    return [cell for cell in nb.cells if cell.cell_type == "code"]


def markdown_cells(nb):
    return [cell for cell in nb.cells if cell.cell_type == "markdown"]


def tags(cell):
    return cell.metadata.get("tags", [])


def output_text(cell):
    """All text that a cell shows: streams, results, and tables in HTML without their tags."""
    texts = []
    for output in cell.outputs:
        data = output.get("data", {})
        texts += [output.get("text", ""), data.get("text/plain", "")]
        texts += [re.sub(r"<(style|script).*?</\1>|<[^>]*>", " ", data.get("text/html", ""), flags=re.S)]
    return "\n".join(text for text in texts if not text.startswith("<Figure"))


def blank(pattern, text):
    """Overwrite what matches with NULs, so that the rest keeps its place."""
    return pattern.sub(lambda match: re.sub(r"[^\n]", "\0", match[0]), text)


def prose(cell):
    """The cell's markdown with code blanked out."""
    return blank(INLINE_CODE, blank(FENCE, cell.source))


# Cells and their outputs ----------------------------------------------------------------------------------------


def executed(nb, path):
    """Every code cell has run, in order: nbval never compares a cell without an execution count."""
    name = f"{path.parent.name}/{path.name}"
    return [
        say(path, cell, f"execution count is {cell.execution_count}, not {count}; run `python course.py run {name}`")
        for count, cell in enumerate(code_cells(nb), start=1)
        if cell.execution_count != count
    ]


def without_outputs(nb, path):
    """An assignment holds no result of its solution."""
    return [
        say(path, cell, "holds an output or a count; run `python course.py release`")
        for cell in code_cells(nb)
        if cell.outputs or cell.execution_count is not None
    ]


def without_errors(nb, path):
    return [
        say(path, cell, f"shows the error {output.get('ename')}; mend it and run the notebook again")
        for cell in code_cells(nb)
        for output in cell.outputs
        if output.output_type == "error"
    ]


def clean_file(nb, path):
    """The file is what `notebooks.clean` writes: metadata, streams, counts, indentation, last newline."""
    if path.read_text(encoding="utf-8") == notebooks.text_of(notebooks.clean(copy.deepcopy(nb))):
        return []
    command = (
        f"release {path.stem.split('_')[0]}"
        if path.parent.name == "assignments"
        else f"run {path.parent.name}/{path.name}"
    )
    return [f"{path.name}: holds an editor's metadata or another form; run `python course.py {command}`"]


def small_file(nb, path):
    size = path.stat().st_size / 1e6
    return [f"{path.name}: {size:.1f} MB, more than 1.5; make its figures smaller"] if size > 1.5 else []


def readable_ids(nb, path):
    ids = [cell.id for cell in nb.cells]
    return [
        say(path, cell, "its id is not a readable name of its own; give it one, such as `shrink-channels`")
        for cell in nb.cells
        if not re.fullmatch(r"[a-z][a-z0-9-]+", cell.id)
        or re.fullmatch(r"[0-9a-f-]{8,}", cell.id)
        or ids.count(cell.id) > 1
    ]


def short_cells(nb, path):
    problems = []
    for cell in code_cells(nb):
        lines = [line for line in cell.source.splitlines() if line.strip() and not line.strip().startswith("###")]
        if len(lines) > 12:
            problems.append(say(path, cell, f"has {len(lines)} lines of code, more than 12; split it"))
    return problems


def without_traces(nb, path):
    """No path of the author's machine, and none of TensorFlow's start-up messages."""
    texts = [(cell, cell.source + "\n" + (output_text(cell) if cell.cell_type == "code" else "")) for cell in nb.cells]
    return [
        say(path, cell, f"holds {match[0]!r}, a trace of one machine; remove it")
        for cell, text in texts
        for match in TRACES.finditer(WEB_LINK.sub("", text))
    ]


def robust_code(nb, path):
    return [
        say(path, cell, f"uses {what}")
        for cell in code_cells(nb)
        for pattern, what in FRAGILE
        if pattern.search(cell.source)
    ]


def steady_outputs(nb, path):
    """What nbval compares holds no timing and no memory address."""
    return [
        say(path, cell, f"prints {match[0]!r}, which differs from run to run; leave it out or tag the cell {IGNORED}")
        for cell in code_cells(nb)
        if IGNORED not in tags(cell)
        for match in UNSTEADY.finditer(output_text(cell))
    ]


def claims_shown(nb, path, rows):
    """Each row of the claims list is tagged (`claim-000.1`) on a code cell that has run."""
    tagged = {tag for cell in code_cells(nb) if cell.execution_count for tag in tags(cell)}
    missing = [row for row in rows if f"claim-{row}" not in tagged]
    return [f"{path.name}: no executed code cell is tagged claim-{row}; tag the cell that shows it" for row in missing]


# Text and figures -----------------------------------------------------------------------------------------------


def shows_image(cell):
    data = [output.get("data", {}) for output in cell.get("outputs", [])]
    drawn = [re.search(r"<(img|svg|canvas|video)\b", item.get("text/html", "")) for item in data]
    return any(drawn) or any(key.startswith("image/") for item in data for key in item)


def figures_described(nb, path):
    """Each figure is followed by a sentence that says what there is to see."""
    problems = []
    for cell, after in zip(nb.cells, [*nb.cells[1:], None], strict=True):
        if shows_image(cell):
            text = after.source if after is not None and after.cell_type == "markdown" else ""
            described = re.search(r"^Figure:(.*(?:\n.+)*)", text, re.M)
            if not described or len(described[1].split()) < 8:
                what = "draws a figure; begin the next cell with 'Figure: …', 8 words or more on what there is to see"
                problems.append(say(path, cell, what))
    return problems


def images_have_alt(nb, path):
    return [
        say(path, cell, f"has an image without alternative text: {match[0]}")
        for cell in markdown_cells(nb)
        for match in re.finditer(r"!\[\s*\]\([^)]*\)|<img\b(?![^>]*\balt=[\"'][^\"'])[^>]*>", prose(cell))
    ]


def links_resolve(nb, path):
    """Links to files, from the notebook's folder, and to headings (#Like-this) lead somewhere."""
    titles = [match[2] for cell in markdown_cells(nb) for match in HEADING.finditer(blank(FENCE, cell.source))]
    anchors = {title.replace("`", "").replace(" ", "-").lower() for title in titles}
    problems = []
    for cell in markdown_cells(nb):
        for match in LINK_TARGET.finditer(prose(cell)):
            target = unquote(match[1] or match[2])
            file, _, anchor = target.partition("#")
            if re.match(r"[a-z]+:", target):
                continue
            if (file and not (path.parent / file).exists()) or (not file and anchor.lower() not in anchors):
                problems.append(say(path, cell, f"links to {target}, which does not exist; mend the link"))
    return problems


def stamped(nb, path, root=releasing.ROOT):
    """The setup cell and the link to Colab name the repository of pyproject.toml."""
    try:
        wanted = releasing.stamped(copy.deepcopy(nb), path, root)
    except notebooks.NotebookError as error:
        return [str(error)]
    return [
        say(path, cell, "its setup code or its link to Colab is out of date; run `python course.py stamp`")
        for cell, want in zip(nb.cells, wanted.cells, strict=True)
        if cell.source != want.source
    ]


def headings(nb, path):
    """One heading of level 1, and no level skipped: screen readers travel by them."""
    found = [(cell, len(match[1])) for cell in markdown_cells(nb) for match in HEADING.finditer(prose(cell))]
    problems = [
        say(path, cell, f"a heading of level {level} follows one of level {above}; skip no level")
        for (_, above), (cell, level) in pairwise(found)
        if level > above + 1
    ]
    if [level for _, level in found].count(1) != 1 or found[0][1] != 1:
        problems.append(f"{path.name}: needs one heading of level 1, its title, as its first heading")
    return problems


def formulas(nb, path):
    """A doubled backslash before a word shows the command's name instead of the symbol."""
    return [
        say(path, cell, f"has {match[0]!r} in a formula; write one backslash")
        for cell in markdown_cells(nb)
        for formula in re.finditer(r"\$\$.+?\$\$|\$[^$\n]+\$", prose(cell), re.S)
        for match in re.finditer(r"\\\\[a-zA-Z]+", formula[0])
    ]


def folds(nb, path):
    """Every <details> closes, says in a <summary> what it hides, and leaves the blank line that markdown needs."""
    problems = []
    for cell in markdown_cells(nb):
        text = prose(cell)
        if not text.count("<details>") == text.count("</details>") == len(DETAILS.findall(text)):
            problems.append(say(path, cell, "a <details> does not close; write </details>"))
        for body in DETAILS.findall(text):
            if not re.match(r"\s*<summary>[^<]*\S[^<]*</summary>[ \t]*\n\n.*\n\n$", body, re.S):
                what = "a fold needs <summary>…</summary>, a blank line, its text, a blank line"
                problems.append(say(path, cell, what))
    return problems


def sections(nb, path):
    """The parts that each lesson has."""
    opening = nb.cells[0].source
    objectives = re.search(r"^\*\*You will be able to\*\*\n((?:- .*\n?)+)", opening, re.M)
    problems = []
    if not objectives or not 3 <= objectives[1].count("- ") <= 5:
        problems.append("list three to five objectives under '**You will be able to**' in the first cell")
    if "**You need**" not in opening or not re.search(r"\*\*Time\*\* .*?[0-9]+ minutes", opening):
        problems.append("say '**You need** …' and '**Time** about … minutes' in the first cell")
    if not any("**Predict.**" in cell.source for cell in markdown_cells(nb)):
        problems.append("ask at least once '**Predict.** …' before the cell that answers")
    titles = [match[2] for cell in markdown_cells(nb) for match in HEADING.finditer(prose(cell))]
    for title in ("What is often said, and what we measured", "Takeaways", "References"):
        if title not in titles:
            problems.append(f"add the section '## {title}'")
    return [f"{path.name}: {problem}" for problem in problems]


def predictions_have_a_place(nb, path):
    """Below each "Predict" of an assignment is a cell to write in; and in a solution the question's Why answers it."""
    problems = []
    whys = {cell.id: cell.source for cell in nb.cells if cell.id.endswith("-why")}
    for cell, after in zip(nb.cells, [*nb.cells[1:], None], strict=True):
        if cell.cell_type == "markdown" and "**Predict.**" in cell.source:
            if after is None or after.source != releasing.PREDICTION:
                problems.append(say(path, cell, f"put a cell below it that says {releasing.PREDICTION!r}"))
            why = f"{cell.id.removesuffix('-statement')}-why"
            if path.parent.name == "solutions" and why in whys and "**The prediction.** " not in whys[why]:
                problems.append(say(path, cell, f"answer it in {why}, after '**The prediction.** '"))
    return problems


def quiz_questions(nb):
    """The number of quiz questions: bold questions followed by two or more folded options."""
    question = re.compile(r"\?\*\*\s*(?:<details>(?:(?!</details>).)*</details>\s*){2,}", re.S)
    return sum(len(question.findall(prose(cell))) for cell in markdown_cells(nb))


def exercises(nb):
    """Return (statement cell, stub cell or None, solution's code or None) for each exercise."""
    found = []
    for cell, after in zip(nb.cells, [*nb.cells[1:], None], strict=True):
        if "exercise" in tags(cell):
            solution = re.findall(r"<summary>Solution</summary>(.*?)</details>", cell.source, re.S)
            blocks = re.findall(r"^```python\n(.*?)^```", solution[0], re.M | re.S) if len(solution) == 1 else []
            stub = after if after is not None and "stub" in tags(after) else None
            found.append((cell, stub, blocks[0].strip() if len(blocks) == 1 else None))
    return found


def exercises_complete(nb, path):
    problems = []
    for cell, stub, solution in exercises(nb):
        if not re.search(r"^\*Difficulty .+ · importance .+ · [0-9]+ minutes\*$", cell.source, re.M):
            problems.append(say(path, cell, "add the line '*Difficulty ●○○ · importance ●●● · 5 minutes*'"))
        if "<summary>Hint</summary>" not in cell.source or solution is None:
            problems.append(say(path, cell, "fold a Hint, and a Solution with one block ```python"))
        if stub is None:
            problems.append(say(path, cell, "put the stub, a code cell tagged 'stub', right below"))
        elif "checks." not in stub.source or "not yet" not in output_text(stub):
            problems.append(say(path, stub, "end it in a check, which says 'not yet' as long as it is a stub"))
    stubs = [cell for cell in nb.cells if "stub" in tags(cell)]
    if len(stubs) != sum(stub is not None for _, stub, _ in exercises(nb)):
        problems.append(f"{path.name}: a cell tagged 'stub' must follow one tagged 'exercise'")
    return problems
