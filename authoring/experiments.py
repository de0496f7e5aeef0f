"""Record a notebook's experiments under more seeds than fit into its time.

    python course.py bench experiments                       what there is, and whether its recording is up to date
    python course.py bench experiments degradation           run it under seeds 2 to 21 and keep what comes out
    python course.py bench experiments degradation --seeds 2 3 4
    python course.py bench experiments degradation --seeds 101 102 103 --compare    does the recording hold for them?

Each seed is kept in .recordings/ as soon as it is finished: after an interruption the same command goes on.

The notebook is the experiment: its code cells with the tag `experiment-degradation` run here, in order, after
`course_utils.start()`, with the one `seeds=[1]` in them replaced; and where a line `live = [...]` names those of `nets`
that the notebook has time to train, all of them are recorded. They leave the outcome (Results of `training.compare`, or
plain data) in a variable that bears the experiment's name (`-` becomes `_`). Seed 1 is the notebook's own and is never
recorded: what runs live is a new run.
"""

import ast
import contextlib
import datetime
import hashlib
import json
import os
import platform
import re
import time
from pathlib import Path

import nbformat

NOTEBOOKS = Path(__file__).resolve().parents[1] / "notebooks"
KEPT = Path(__file__).resolve().parents[1] / ".recordings"
TAG = "experiment-"
LIVE = "seeds=[1]"
SEEDS = list(range(2, 22))  # twenty that are not live: a new run falls outside their range once in ten


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


def about(name):
    """Where and when an experiment was recorded: notebook, seeds, machine, versions, hash of its cells. ValueError."""
    from course_utils.training import recording

    content = recording.content_of(name)
    return content["recorded"] if content["kind"] == "recorded data" else content["settings"]["recorded"]


def record(name, outcome, about):
    """Keep `outcome`, Results or plain data (numbers, texts, lists, dicts with text keys), and what `about` says."""
    from course_utils.training import recording
    from course_utils.training.results import Results

    recording.FOLDER.mkdir(exist_ok=True)
    path = recording.FOLDER / f"{name}.json"
    if isinstance(outcome, Results):
        write(path, as_data(outcome, recorded=about))
    else:
        write(path, {"kind": "recorded data", "recorded": about, "data": outcome})


def as_data(results, **more):
    """Results as plain data that JSON can hold, with more settings."""
    return {"kind": "training results", "format": 1, "settings": {**results.settings, **more}, "runs": results.runs}


def write(path, content):
    """Write plain data to a JSON file, at once or not at all."""
    part = path.with_name(f"{path.name}.part{os.getpid()}")
    part.write_text(json.dumps(content, indent=1, allow_nan=False) + "\n", encoding="utf-8")
    os.replace(part, path)


def up_to_date(name, source):
    """Whether the experiment is recorded, from just these cells."""
    from course_utils.training import recording

    return (recording.FOLDER / f"{name}.json").is_file() and about(name)["definition"] == definition(source)


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
    """Run the experiment's cells under these seeds and keep the outcome. Raises ExperimentError for the live seed."""
    import keras

    if 1 in seeds:
        raise ExperimentError(f"{name}: seed 1 is the one that the notebook runs live. Record others, such as 2 to 21.")
    outcome, seconds = outcome_of(name, path, source, seeds)
    facts = {
        "notebook": path.name,
        "definition": definition(source),
        "seeds": seeds,
        "date": datetime.date.today().isoformat(),
        "seconds": round(seconds),
        "machine": machine(),
        "system": platform.system(),
        "python": platform.python_version(),
        "keras": keras.version(),
        "backend": keras.backend.backend(),
    }
    record(name, outcome, facts)
    print(f"{name}: seeds {', '.join(map(str, seeds))} in {facts['seconds']} s")


def outcome_of(name, path, source, seeds):
    """(what the cells leave under these seeds, the seconds that it took), one seed at a time."""
    from course_utils.training.results import Results

    parts, seconds = [], 0.0
    KEPT.mkdir(exist_ok=True)
    for number, seed in enumerate(seeds, 1):
        file = KEPT / f"{name}-{definition(source)}-{seed}.json"
        if not file.is_file():
            began = time.time()
            found = run_cells(name, path, source, seed)
            took = time.time() - began
            if isinstance(found, Results):
                write(file, as_data(found, took=took))
            else:
                write(file, {"took": took, "data": found})
            print(f"{name}: seed {seed} ({number} of {len(seeds)}), {took:.0f} s", flush=True)
        content = json.loads(file.read_text(encoding="utf-8"))
        if "data" in content:
            parts.append(content["data"])
            seconds += content["took"]
        else:
            parts.append(Results(content["runs"], content["settings"]))
            seconds += parts[-1].settings.pop("took")
    return merged(parts), seconds


def run_cells(name, path, source, seed):
    """What the cells leave under one seed."""
    import matplotlib

    matplotlib.use("Agg")
    import course_utils

    with contextlib.redirect_stdout(None):  # a notebook's own words; progress has stderr
        course_utils.start()
        namespace = {"course_utils": course_utils, "__name__": "__main__"}
        full = re.sub(r"^live = \[.*", "live = list(nets)", source.replace(LIVE, f"seeds=[{seed}]"), flags=re.MULTILINE)
        exec(compile(full, f"<{path.stem}: {name}>", "exec"), namespace)
    return namespace[name.replace("-", "_")]


def merged(parts):
    """Outcomes under one seed each as one: runs side by side, lists (one entry a seed) joined, all else must agree."""
    from course_utils.training.results import Results

    first = parts[0]
    if isinstance(first, Results):
        runs = [run for variant in first.variants for part in parts for run in part.runs if run["variant"] == variant]
        return Results(runs, first.settings)
    if isinstance(first, dict):
        keys = dict.fromkeys(key for part in parts for key in part)
        return {key: merged([part[key] for part in parts if key in part]) for key in keys}
    if isinstance(first, list):
        return [entry for part in parts for entry in part]
    if any(part != first for part in parts):
        raise ValueError(f"a seed gives {first!r} and another does not: a list with one entry a seed is needed")
    return first


def compare(name, path, source, seeds):
    """Print how the recording does under new seeds; returns whether it holds (evidence.py)."""
    from course_utils.training import recording

    from .evidence import held_by, report

    if not up_to_date(name, source):
        raise ExperimentError(f"{name} is not recorded from these cells: record it first.")
    if again := sorted(set(seeds) & set(about(name)["seeds"])):
        raise ExperimentError(f"{name} is recorded under seed {again[0]}: give seeds that are not.")
    found = held_by(recording.recorded(name), outcome_of(name, path, source, seeds)[0])
    print(f"{name}: {len(about(name)['seeds'])} seeds recorded, {len(seeds)} new ones")
    print(report(found))
    return found["held"]


def add_arguments(parser) -> None:
    """The command's arguments, for an argparse parser."""
    parser.add_argument("names", nargs="*", metavar="NAME", help="which ones; without a name: what there is")
    parser.add_argument("--seeds", nargs="+", type=int, default=SEEDS, help="by default 2 to 21")
    parser.add_argument("--compare", action="store_true", help="record nothing: does the recording hold for these?")


def run_command(given) -> int:
    """Record the experiments that were named, or compare; without a name, say which there are and are up to date.

    Returns 1 if a recording does not hold for the seeds that it was compared with.
    """
    found = experiments()
    if unknown := [name for name in given.names if name not in found]:
        raise ExperimentError(
            f"no notebook has an experiment {', '.join(unknown)}. There are: {', '.join(found) or 'none'}."
        )
    held = []
    for name in given.names:
        if given.compare:
            held.append(compare(name, *found[name], given.seeds))
        else:
            run(name, *found[name], given.seeds)
    if not given.names:
        for name, (path, source) in found.items():
            print(f"{path.name}  {name}: {'recorded' if up_to_date(name, source) else 'to be recorded'}")
    return 0 if all(held) else 1
