"""Right notebooks written otherwise: each runs from top to bottom in Jupyter, so each must keep all its points.

    python course.py bench rewrites                        300 notebooks: half an hour on two cores
    python course.py bench rewrites --n 30 --only small    a first look, without Keras
    python course.py bench rewrites --keep FOLDER          leave the notebooks there

A notebook is the model answers or another right set of answers to an assignment, after 1 to 4 edits drawn at random
(tests/autograder/rewriting.py). It is run from top to bottom with nbclient. Where that fails, the edit was no
rewriting, and the notebook does not count. The table: kinds of edits, in how many notebooks, and the points lost there.
"""

import argparse
import collections
import json
import sys
import tempfile
import time
from pathlib import Path

import nbformat
import numpy as np

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tests/autograder")]

from rewriting import EDITS, Base, bases_of, rewritten, runs, small_assignment, small_notebook  # noqa: E402

from autograder.engine import grade  # noqa: E402
from autograder.questions import load_assignment  # noqa: E402

SHARES = {"small": 0.7, "a1": 0.1, "a2": 0.04, "a3": 0.04, "a4": 0.04, "a5": 0.04, "a6": 0.04}  # Keras starts slowly


def all_bases(folder) -> dict[str, list[Base]]:
    checks = small_assignment(folder / "small")
    defines = {question.id: question.defines for question in load_assignment(checks).questions}
    found = {"small": [Base("small", checks, small_notebook(), defines)]}
    for name in SHARES.keys() - {"small"}:
        found[name] = bases_of(load_assignment(ROOT / f"solutions/checks/{name}.py"))
    return found


def lost_in(result) -> list[str]:
    """What a student would read of each automatic question that lost points."""
    return [
        f"{question['id']} -{question['max_points'] - question['points']:g}: "
        + " ".join(finding["message"] for finding in question["findings"] if finding["message"])[:300]
        for question in result["questions"]
        if not question.get("manual") and question["points"] < question["max_points"]
    ]


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--n", type=int, default=300, help="notebooks that run from top to bottom (default 300)")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", nargs="+", choices=SHARES, default=list(SHARES), help="assignments (default all)")
    parser.add_argument("--drawn", action="store_true", help="leave out the round of each kind alone")
    parser.add_argument("--keep", type=Path, help="a folder for the notebooks and a list of them")
    given = parser.parse_args()
    rng = np.random.default_rng(given.seed)
    shares = np.array([SHARES[name] for name in given.only])
    kinds, failed, lost = collections.Counter(), collections.Counter(), collections.defaultdict(list)
    counted, began, listed, runnable = 0, time.monotonic(), [], {}
    with tempfile.TemporaryDirectory(prefix="rewrites-") as name:
        folder = Path(name)
        bases = all_bases(folder)
        place = given.keep or folder / "kept"
        place.mkdir(parents=True, exist_ok=True)
        queue = [] if given.drawn else list(EDITS)  # each kind alone once, on the cheapest assignment; then drawn
        while counted < given.n:
            assignment = (
                "small" if queue and "small" in given.only else str(rng.choice(given.only, p=shares / shares.sum()))
            )
            base = bases[assignment][rng.integers(len(bases[assignment]))]
            if base.name not in runnable:  # some right answers fail a visible test as they stand
                with tempfile.TemporaryDirectory(dir=folder) as working:
                    runnable[base.name] = runs(base.notebook, working)
                    print(f"  ({base.name} as it stands: {runnable[base.name][:200] or 'runs'})", flush=True)
            if runnable[base.name]:
                continue
            alone = [queue.pop(0)] if queue and assignment == "small" else None
            notebook, done = rewritten(base, rng, alone)
            if not done:
                continue
            with tempfile.TemporaryDirectory(dir=folder) as working:
                if error := runs(notebook, working):
                    failed.update(done)
                    print(f"  (does not run: {done}: {error[:100]})", flush=True)
                    continue
            counted += 1
            path = place / f"{counted:04}.ipynb"
            nbformat.write(notebook, path)
            listed.append({"file": path.name, "base": base.name, "checks": base.checks.name, "kinds": done})
            (place / "list.json").write_text(json.dumps(listed, indent=1), encoding="utf-8")
            kinds.update(done)
            result = grade(path, base.checks, seed=int(rng.integers(2**31)))
            if losses := lost_in(result):
                print(f"{counted:4} {base.name}: {done}\n       " + "\n       ".join(losses), flush=True)
                points = sum(q["max_points"] - q["points"] for q in result["questions"] if not q.get("manual"))
                for kind in done:
                    lost[kind].append(points)
    print(f"\n{'kind':44} notebooks  that lose  points lost")
    for kind in EDITS:
        print(f"{kind:44} {kinds[kind]:9} {len(lost[kind]):10} {sum(lost[kind]):12g}")
    losing = sum(bool(points) for points in lost.values())
    print(f"\n{counted} notebooks that run from top to bottom, {losing} kinds lose points; ", end="")
    print(f"{sum(failed.values())} edits did not run; {time.monotonic() - began:.0f} s")
    return 1 if losing else 0


if __name__ == "__main__":
    sys.exit(main())
