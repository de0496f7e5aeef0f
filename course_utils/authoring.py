"""Write notebooks: execute and clean them, generate assignments, stamp the repository's address into them.

Run as `python -m course_utils.authoring --help`, or through `python course.py run | release | stamp`.
For authors: it needs the extra `[instructor]` (nbclient, nbformat, nbgrader), which students never install.
"""

import argparse
import re
import sys
import time
import tomllib
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
from nbclient.output_widget import OutputWidget

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

NOTEBOOK_METADATA = {
    "kernelspec": {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}
CELL_METADATA = {"tags", "nbgrader", "jupyter", "cellView", "deletable", "editable"}
WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"
# Asked of the kernel itself. Linux counts kilobytes, macOS bytes; Windows has no such module.
PEAK_CELL = """\
try:
    import resource, sys
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (2**20 if sys.platform == "darwin" else 2**10))
except ImportError:
    pass"""


class NotebookError(Exception):
    """A notebook cannot be read, executed, released or stamped; the message says why and what to do."""


def read(path):
    """Return the notebook at `path`; raise NotebookError if there is none or it is not valid."""
    path = Path(path)
    if not path.is_file():
        raise NotebookError(f"{path}: no such file; give a notebook's path, as notebooks/00_start_here.ipynb")
    try:
        nb = nbformat.read(path, as_version=4)
        nbformat.validate(nb)
    except (ValueError, AttributeError, nbformat.ValidationError) as error:
        reason = str(error).splitlines()[0]
        raise NotebookError(f"{path}: not a valid notebook ({reason}); save it again in Jupyter") from error
    return nb


def write(nb, path):
    """Write `nb` to `path` with the same bytes on every operating system."""
    Path(path).write_text(text_of(nb), encoding="utf-8", newline="\n")


def text_of(nb):
    """Return the text of the notebook's file: indent 1, sorted keys, no escapes, one newline at the end."""
    return nbformat.writes(nb, version=4).rstrip("\n") + "\n"


def clean(nb):
    """Keep of `nb` only what belongs in the repository; change it in place and return it.

    Metadata is reduced to a short list; execution counts become 1 … n; parts of a stream are joined; standard
    error and widget views go: noise is no result, and a widget shows nothing without its kernel. Ids stay.
    """
    nb.nbformat, nb.nbformat_minor = 4, 5
    nb.metadata = nbformat.from_dict(NOTEBOOK_METADATA)
    count = 0
    for cell in nb.cells:
        for key, value in list(cell.metadata.items()):
            if key not in CELL_METADATA or value in ([], {}):
                del cell.metadata[key]
        if cell.cell_type == "code":
            cell.outputs = _clean_outputs(cell.outputs)
            if cell.execution_count is not None:
                cell.execution_count = count = count + 1
            for output in cell.outputs:
                if output.output_type == "execute_result":
                    output.execution_count = cell.execution_count
    return nb


def _clean_outputs(outputs):
    kept = []
    for output in outputs:
        is_stream = output.output_type == "stream"
        if (is_stream and output.name == "stderr") or WIDGET_VIEW in output.get("data", {}):
            continue
        if is_stream and kept and kept[-1].output_type == "stream":
            kept[-1].text += output.text
        else:
            kept.append(output)
    return kept


def execute(path, timeout=300):
    """Execute the notebook at `path` in a fresh kernel, in its own folder; clean it and write it back.

    Args:
        path: the notebook's file.
        timeout: seconds that one cell may take.

    Returns:
        (seconds, peak): wall-clock seconds, and the kernel's peak memory in MB (None on Windows).

    Raises:
        NotebookError: a cell failed, took too long or ended the kernel. The file is then left as it was.
    """
    path = Path(path)
    nb = read(path)
    client = new_client(nb, path.parent, timeout)
    codes = [(index, cell) for index, cell in enumerate(nb.cells) if cell.cell_type == "code"]
    started = time.monotonic()
    with client.setup_kernel():
        for number, (index, cell) in enumerate(codes, start=1):
            _progress(f"{path.name}: cell {number} of {len(codes)} ({cell.id})")
            _execute_cell(client, cell, index, path)
        seconds = time.monotonic() - started
        peak = _peak_megabytes(client)
    write(clean(nb), path)
    memory = "" if peak is None else f", peak {peak:.0f} MB"
    _progress(f"{path.name}: {len(codes)} cells, {seconds:.1f} s{memory}", last=True)
    return seconds, peak


class _WidgetOutput(OutputWidget):
    """What is printed or drawn inside a widget. The kernel is not told of it.

    nbclient sends each such output back to the kernel, through the socket on which it awaits the reply to the cell. A
    reply that arrives in that moment is not noticed (ZeroMQ signals an arrival once, and sending takes the signal
    away), so that nbclient waits until its time is up.
    """

    def sync_state(self):
        pass


def new_client(nb, folder, timeout):
    """A client that runs the notebook `nb` in a fresh kernel in `folder`, with so many seconds for each cell."""
    resources = {"metadata": {"path": str(Path(folder).resolve())}}
    quiet = ["--log-level=ERROR"]  # the kernel's warnings about its own transport
    client = NotebookClient(nb, timeout=timeout, kernel_name="python3", resources=resources, extra_arguments=quiet)
    client.widget_registry = {"@jupyter-widgets/output": {"OutputModel": _WidgetOutput}}
    return client


def _execute_cell(client, cell, index, path):
    try:
        client.execute_cell(cell, index)
        return
    except CellExecutionError as error:
        reason = re.sub(r"\x1b\[[0-9;]*m", "", error.traceback).strip()
    except CellTimeoutError:
        reason = f"no answer within {client.timeout} s"
    except DeadKernelError:
        reason = "the kernel died (was there enough memory?)"
    lines = "\n  ".join(reason.splitlines()[-8:])
    raise NotebookError(f"{path}, cell {cell.id!r} failed, and the file was left as it was:\n  {lines}")


def _peak_megabytes(client):
    probe = nbformat.v4.new_code_cell(PEAK_CELL)
    client.nb.cells.append(probe)  # nbclient executes only cells of its notebook
    client.execute_cell(probe, len(client.nb.cells) - 1, store_history=False)
    client.nb.cells.pop()
    return float(probe.outputs[0].text) if probe.outputs else None


def _progress(message, last=False):
    """One line that moves on in a terminal, plain lines in a log."""
    if sys.stdout.isatty():
        print(f"\r\x1b[K{message}", end="\n" if last else "", flush=True)
    else:
        print(message, flush=True)


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


def generate(name, root=ROOT):
    """Return (path, text) of the assignment `name`, such as "a1", made from its solution.

    nbgrader's own preprocessors put a stub in place of each solution region and lock the tests; cells tagged
    "solution-only", outputs and tags go. The same solution gives the same bytes.

    Raises:
        NotebookError: there is no such assignment, or nbgrader refuses the notebook (a solution region stands
            in a cell that is not marked as a solution cell, …).
    """
    from nbgrader import preprocessors

    known = assignments(root)
    if name not in known:
        raise NotebookError(f"unknown assignment {name!r}; there are solutions for {', '.join(known) or 'none'}")
    path = Path(root) / "assignments" / known[name].name
    nb = stamped(clean(read(known[name])), path, root)
    nb.cells = [cell for cell in nb.cells if "solution-only" not in cell.metadata.get("tags", [])]
    steps = [
        preprocessors.ClearSolutions(code_stub={"python": STUB}),
        preprocessors.ClearHiddenTests(),
        preprocessors.LockCells(),
        preprocessors.ComputeChecksums(),  # of the released source, so after all that changes it
        preprocessors.CheckCellMetadata(),
    ]
    try:
        for step in steps:
            step.preprocess(nb, {})
    except Exception as error:  # nbgrader raises RuntimeError here, ValidationError and others there
        raise NotebookError(f"{known[name]}: nbgrader refuses it: {error}") from error
    for cell in nb.cells:
        cell.metadata.pop("tags", None)
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    return path, text_of(nb)


def main(arguments=None):
    """The command line; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m course_utils.authoring", description=__doc__.split("\n\n")[0])
    commands = parser.add_subparsers(dest="command", required=True)
    run = commands.add_parser("run", help="execute notebooks in place and clean them")
    run.add_argument("paths", nargs="+", metavar="NOTEBOOK", help="a notebook's file")
    make = commands.add_parser("release", help="write assignments/ from solutions/")
    make.add_argument("names", nargs="*", metavar="NAME", help="such as a1; all, when none is given")
    commands.add_parser(
        "stamp", help="write the repository of pyproject.toml into every notebook, and the README's table"
    )
    commands.add_parser("check-release", help="fail if an assignment is not what its solution generates")
    options = parser.parse_args(arguments)
    try:
        if options.command == "run":
            for path in options.paths:
                execute(path)
            return 0
        if options.command == "check-release":
            old = stale()
            for path in old:
                print(
                    f"{path}: not what its solution generates; run `python course.py release`",
                    file=sys.stderr,
                )
            return 1 if old else 0
        changed = stamp() if options.command == "stamp" else release(*options.names)
        print("\n".join(f"wrote {path}" for path in changed) or "nothing to change")
    except NotebookError as error:
        if sys.stdout.isatty():
            print()  # leave the progress line
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
