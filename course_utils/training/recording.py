"""Experiments under more seeds than fit into a notebook's time: recorded once, with one seed trained live beside them.

`python course.py bench experiments NAME` runs the notebook's own cells under more seeds and keeps what came out; a test
fails when those cells have changed since. The files also say on which machine and with which versions it was.
"""

import json
from pathlib import Path

from .results import Results

FOLDER = Path(__file__).parents[1] / "bundled" / "experiments"


def recorded(name):
    """What was recorded of the experiment `name`: Results, or the plain data that the experiment's cells made.

    Raises:
        ValueError: nothing was recorded under this name.
    """
    content = content_of(name)
    return content["data"] if content["kind"] == "recorded data" else Results(content["runs"], content["settings"])


def inside(live, record, metric="loss", margin=0.5, slack=0.02):
    """Check that a live run lies where the recorded ones lie, and print one line a variant.

    Another computer adds up in another order, so a run may end a little outside of what other seeds gave: the recorded
    range is widened by `margin` times its width, and by at least `slack` (in units of the metric), on both sides.
    A run that diverged lies nowhere inside.

    Args:
        live, record: Results of the same experiment; `record` from `recorded`.
        metric: "loss", "accuracy", "test_loss" or "test_accuracy", after the last epoch.

    Raises:
        ValueError: the two are not the same experiment.
        AssertionError: a live value lies outside; it says which, and what that means.
    """
    if not isinstance(live, Results) or not isinstance(record, Results):
        raise ValueError("inside() compares Results: what training.compare and training.recorded return.")
    for what in ("epochs", "batch_size", "train_images"):
        if live.settings.get(what) != record.settings.get(what):
            raise ValueError(f"not the same experiment: {what} {live.settings.get(what)}, {record.settings.get(what)}.")
    ranges, outside = record.ranges(metric), []
    for variant, values in live.values(metric).items():
        if variant not in ranges:
            raise ValueError(f"{variant} was not recorded, only {', '.join(ranges)}.")
        low, high = ranges[variant]
        room = max(margin * (high - low), slack)
        seeds = len(record.values(metric)[variant])
        print(f"{variant}: live {', '.join(f'{v:.3f}' for v in values)}; {seeds} seeds recorded: {low:.3f}–{high:.3f}")
        if not all(low - room <= value <= high + room for value in values):
            outside.append(variant)
    assert not outside, (
        f"{metric} of {', '.join(outside)} lies outside of what was recorded. Did you change the network or the "
        "settings? Then this is a finding. If not, the recording no longer fits the code: record it again."
    )


def content_of(name):
    """What the file of the experiment `name` holds."""
    path = FOLDER / f"{name}.json"
    if not path.is_file():
        known = ", ".join(sorted(file.stem for file in FOLDER.glob("*.json"))) or "none yet"
        raise ValueError(f"no experiment {name!r} is recorded. There are: {known}.")
    return json.loads(path.read_text(encoding="utf-8"))
