"""What a comparison measured, as plain data that JSON can hold."""

import math
import statistics

import numpy as np

METRICS = ("loss", "accuracy", "test_loss", "test_accuracy")


class Results:
    """What `compare` measured.

    Attributes:
        runs: list of dicts, one a run, plain data: `variant`, `seed`, `parameters` (trainable), `history` ({"loss",
            "accuracy", "test_loss", "test_accuracy": a number an epoch}), `epoch_seconds`, `seconds`,
            `first_step_seconds` (with tracing), `seconds_per_step` (median of the others), `diverged` (None, or where)
            and `keras`, its version. Training loss and accuracy are means over the epoch, as it went on.
        settings: dict of what all runs have in common.
    """

    def __init__(self, runs, settings):
        self.runs, self.settings = list(runs), dict(settings)

    @property
    def variants(self):
        """Names of the variants that have a run, in the order in which they were given."""
        return list(dict.fromkeys(run["variant"] for run in self.runs))

    def curves(self, metric):
        """{variant: one list a seed of one number an epoch}; NaN from the epoch on in which a run diverged."""
        if metric not in METRICS:
            raise ValueError(f"there is no metric {metric!r} for each epoch. There are: {', '.join(METRICS)}.")
        found = {variant: [] for variant in self.variants}
        for run in self.runs:
            curve = run["history"][metric]
            found[run["variant"]].append(curve + [math.nan] * (self.settings["epochs"] - len(curve)))
        return found

    def values(self, metric, epoch=-1):
        """{variant: one number a seed}: a metric after an epoch (0 is the first, -1 the last), or "parameters",
        "seconds", "first_step_seconds", "seconds_per_step" of each run. NaN where the run had diverged."""
        if metric in ("parameters", "seconds", "first_step_seconds", "seconds_per_step"):
            return {name: [run[metric] for run in self.runs if run["variant"] == name] for name in self.variants}
        epochs = self.settings["epochs"]
        if not isinstance(epoch, int) or not -epochs <= epoch < epochs:
            raise ValueError(f"epoch={epoch!r}: there are {epochs}, from 0 to {epochs - 1}; -1 is the last.")
        return {name: [curve[epoch] for curve in curves] for name, curves in self.curves(metric).items()}

    def ranges(self, metric, epoch=-1):
        """{variant: (lowest, highest over the seeds)}; (nan, nan) if one of them diverged: nothing is left out."""
        values = self.values(metric, epoch)
        return {name: (float(np.min(seeds)), float(np.max(seeds))) for name, seeds in values.items()}

    def __repr__(self):
        rows = [("variant", "parameters", "training loss", "test accuracy", "seconds a run", "seeds")]
        for name in self.variants:
            runs = [run for run in self.runs if run["variant"] == name]
            fell = sum(run["diverged"] is not None for run in runs)
            spans = [f"{low:.3f}–{high:.3f}" for low, high in (self.ranges(m)[name] for m in ("loss", "test_accuracy"))]
            seconds = statistics.mean(run["seconds"] for run in runs)
            seeds = f"{len(runs)}" + (f", {fell} diverged" if fell else "")
            rows.append((name, f"{runs[0]['parameters']:,}", *spans, f"{seconds:.1f}", seeds))
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in rows]
        s = self.settings
        lines.append(f"{s['epochs']} epochs of {s['train_images']:,} images in batches of {s['batch_size']}")
        return "\n".join(line.rstrip() for line in lines)
