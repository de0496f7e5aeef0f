"""Record a notebook's experiments under more seeds than fit into its time.

    python course.py bench experiments                       what there is, and whether its recording is up to date
    python course.py bench experiments degradation           run it under seeds 1, 2 and 3 and keep what comes out
    python course.py bench experiments degradation --seeds 1 2 3 4 5

The notebook is the experiment: its code cells with the tag `experiment-degradation` run here, in order, after
`course_utils.start()`, with the one `seeds=[1]` in them replaced; and where a line `live = [...]` names those of `nets`
that the notebook has time to train, all of them are recorded. They leave the outcome (Results of `training.compare`, or
plain data) in a variable that bears the experiment's name (`-` becomes `_`).
"""

import ast
import datetime
import hashlib
import os
import platform
import re
import time
from pathlib import Path

import nbformat

NOTEBOOKS = Path(__file__).resolve().parents[1] / "notebooks"
TAG = "experiment-"
LIVE = "seeds=[1]"


class ExperimentError(Exception):
    """There is no such experiment; the message says which there are."""


def experiments():
    """{name of an experiment: (path of its notebook, source of its cells)}.

    Raises ValueError for an experiment that two notebooks have, or in which `seeds=[1]` does not stand just once.
    """
    found = {}
    for path in sorted(NOTEBOOKS.glob("*.ipynb")):
        cells = {}
        for cell in nbformat.read(path, 4).cells:
            for tag in cell.metadata.get("tags", ()):
                if tag.startswith(TAG):
                    cells.setdefault(tag.removeprefix(TAG), []).append(cell.source)
        for name, sources in cells.items():
            source = "\n\n".join(sources)
            if name in found:
                raise ValueError(f"{path.name} and {found[name][0].name} both have an experiment {name}")
            if source.count(LIVE) != 1:
                raise ValueError(f"{path.name}, {name}: {LIVE} must stand in its cells once, not {source.count(LIVE)}×")
            found[name] = path, source
    return found


def definition(source):
    """A hash of what the cells say; comments, line breaks and quotes do not matter, nor does Python's version."""
    return hashlib.sha256(repr(_plain(ast.parse(source))).encode()).hexdigest()[:16]


def _plain(node):
    """A syntax tree as lists and texts, without empty fields: which of these there are depends on Python's version."""
    if isinstance(node, ast.AST):
        fields = [(name, _plain(value)) for name, value in ast.iter_fields(node) if value not in (None, [])]
        return type(node).__name__, fields
    return [_plain(part) for part in node] if isinstance(node, list) else repr(node)


def up_to_date(name, source):
    """Whether the experiment is recorded, from just these cells."""
    from course_utils.training import recording

    return (recording.FOLDER / f"{name}.json").is_file() and recording.about(name)["definition"] == definition(source)


def machine():
    """The processor's name, where the system says it, and the number of cores that this process may use."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
        name = next(line.split(":")[1].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        name = platform.processor() or platform.machine()
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return f"{name}, {cores} cores"


def run(name, path, source, seeds):
    """Run the experiment's cells under these seeds and keep the outcome."""
    import matplotlib

    matplotlib.use("Agg")
    import keras

    import course_utils
    from course_utils.training import recording

    course_utils.start()
    began, namespace = time.time(), {"course_utils": course_utils, "__name__": "__main__"}
    full = re.sub(r"^live = \[.*", "live = list(nets)", source.replace(LIVE, f"seeds={seeds}"), flags=re.MULTILINE)
    exec(compile(full, f"<{path.stem}: {name}>", "exec"), namespace)
    about = {
        "notebook": path.name,
        "definition": definition(source),
        "seeds": seeds,
        "date": datetime.date.today().isoformat(),
        "seconds": round(time.time() - began),
        "machine": machine(),
        "system": platform.system(),
        "python": platform.python_version(),
        "keras": keras.version(),
        "backend": keras.backend.backend(),
    }
    recording.record(name, namespace[name.replace("-", "_")], about)
    print(f"{name}: seeds {', '.join(map(str, seeds))} in {about['seconds']} s")


def add_arguments(parser) -> None:
    """The command's arguments, for an argparse parser."""
    parser.add_argument("names", nargs="*", metavar="NAME", help="which ones; without a name: what there is")
    parser.add_argument("--seeds", nargs="+", type=int, default=[1, 2, 3], help="by default 1 2 3")


def run_command(given) -> None:
    """Record the experiments that were named; or, without a name, say which there are and which are up to date."""
    found = experiments()
    if unknown := [name for name in given.names if name not in found]:
        raise ExperimentError(
            f"no notebook has an experiment {', '.join(unknown)}. There are: {', '.join(found) or 'none'}."
        )
    for name in given.names:
        run(name, *found[name], given.seeds)
    if not given.names:
        for name, (path, source) in found.items():
            print(f"{path.name}  {name}: {'recorded' if up_to_date(name, source) else 'to be recorded'}")
