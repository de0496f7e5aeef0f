"""What each known mistake costs: a table of mutants, and the points that each keeps.

    python course.py bench mutants            all assignments
    python course.py bench mutants a2 a5
    python course.py bench mutants a2 --seeds 20 --only stride

Every mutant of tests/mutants stands in an otherwise right submission, which is graded as a student's would be. With the
table come the seconds that the right submission itself took, and what it and its other ways of writing earn.

With --seeds, the same wrong code must earn the same points whatever inputs are drawn: each mutant's question is looked
at under seeds 0, 1, … and those whose points differ are named. That runs in this process, without the sandbox: the
mutants are ours, and hundreds of looks then take minutes. a6-q4 is left out there, since it trains a network.
"""

import argparse
import contextlib
import io
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tests/autograder")]

import nbformat  # noqa: E402
from submissions import answers_in, messages, mutant_in, with_answers  # noqa: E402

from autograder.answers import pack, read  # noqa: E402
from autograder.children import generator  # noqa: E402
from autograder.engine import grade  # noqa: E402
from autograder.questions import load_assignment  # noqa: E402
from autograder.running import without_hidden  # noqa: E402

TRAINS = "a6-q4"


def graded(notebook, folder, checks):
    path = Path(folder) / "submission.ipynb"
    nbformat.write(notebook, path)
    return grade(path, checks, seed=7)


def table(name, folder):
    """Print one assignment's table."""
    assignment = load_assignment(ROOT / f"solutions/checks/{name}.py")
    solution = nbformat.read(assignment.notebook, 4)
    release = nbformat.read(ROOT / "assignments" / assignment.notebook.name, 4)
    graded(solution, folder, assignment.checks)  # the first waits for TensorFlow's import
    right = graded(solution, folder, assignment.checks)
    print(f"\n## {name}: {right['score']:g} of {right['max_score']:g} points in {right['seconds']:.1f} s\n")
    if by_hand := [question.id for question in assignment.questions if question.manual]:
        print(f"The other points are given by hand, for {', '.join(by_hand)}.\n")
    for path in sorted((ROOT / f"tests/mutants/{name}/alternatives").glob("*.py")):
        other = graded(with_answers(release, answers_in(path.read_text(encoding="utf-8"))), folder, assignment.checks)
        print(f"- written differently, {path.stem}: {other['score']:g} points, {other['seconds']:.1f} s")
    print("\n| mutant | question | keeps | total | what the student reads |\n|---|---|---|---|---|")
    for path in sorted((ROOT / f"tests/mutants/{name}").glob("*.*")):
        answered, answer = mutant_in(path.read_text(encoding="utf-8"), solution)
        result = graded(with_answers(solution, {answered: answer}), folder, assignment.checks)
        (question,) = [question for question in result["questions"] if question["id"] == answered]
        said = " ".join(dict.fromkeys(messages(result, answered).values())).replace("|", "\\|")
        kept = f"{question['points']:g} of {question['max_points']:g}"
        print(f"| {path.stem} | {answered} | {kept} | {result['score']:g} | {said[:160]} |", flush=True)


def run_cells(notebook, forbidden, until=None):
    """The names that a notebook's cells define, tests left out, up to the cell `until`; modules in `forbidden` are not
    importable meanwhile. A cell that stops leaves what it had defined.
    """
    names = {"__name__": "__main__"}
    kept = {name: sys.modules.get(name) for name in forbidden}
    sys.modules.update(dict.fromkeys(forbidden))
    try:
        for cell in notebook.cells:
            about = cell.metadata.get("nbgrader", {})
            if cell.cell_type == "code" and cell.id != "setup" and (about.get("solution") or not about):
                with contextlib.suppress(Exception), contextlib.redirect_stdout(io.StringIO()):
                    exec(compile(cell.source, f"<cell {cell.id}>", "exec"), names)
            if cell.id == until:
                break
    finally:
        restore(kept)
    return names


def restore(modules):
    for name, module in modules.items():
        if module is None:
            del sys.modules[name]
        else:
            sys.modules[name] = module


def looked_at(question, answer, forbidden, seed):
    """{check: points} of a question's answer, a Python object, under one seed; {} when its probe cannot be run."""
    inputs = question.inputs(generator(seed, question.id))
    kept = {name: sys.modules.get(name) for name in forbidden}
    sys.modules.update(dict.fromkeys(forbidden))
    try:
        with contextlib.redirect_stdout(io.StringIO()):
            found = question.probe(answer, without_hidden(inputs))
    except Exception:
        return {}
    finally:
        restore(kept)
    findings = question.decide(inputs, read(pack(found)))
    return {finding.check: min(finding.earned, finding.points) for finding in findings}


def under_seeds(name, number, only):
    """Print which of one assignment's mutants earn other points under other seeds; return how many do."""
    assignment = load_assignment(ROOT / f"solutions/checks/{name}.py")
    questions = {question.id: question for question in assignment.questions}
    solution = nbformat.read(assignment.notebook, 4)
    looks = differ = 0
    for path in sorted((ROOT / f"tests/mutants/{name}").glob("*.*")):
        answered, answer = mutant_in(path.read_text(encoding="utf-8"), solution)
        if answered == TRAINS or only not in path.stem:
            continue
        question = questions[answered]
        cells = run_cells(with_answers(solution, {answered: answer}), assignment.forbidden, answered)
        given = cells.get(question.defines)
        scores = [looked_at(question, given, assignment.forbidden, seed) for seed in range(number)]
        looks += 1
        if len({tuple(score.items()) for score in scores}) > 1:
            differ += 1
            print(f"- {path.stem}, {answered}: {', '.join(f'{sum(score.values()):g}' for score in scores)}", flush=True)
            checks = {check for score in scores for check in score if len({other.get(check) for other in scores}) > 1}
            print(f"  by {', '.join(sorted(checks))}", flush=True)
    print(f"{name}: {looks} mutants under {number} seeds, {differ} with other points under another seed", flush=True)
    return differ


def main():
    known = [path.stem for path in sorted((ROOT / "solutions/checks").glob("a[0-9]*.py"))]
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(known)}; all, when none is given")
    parser.add_argument("--seeds", type=int, metavar="N", help="look at each mutant under N seeds: are its points one?")
    parser.add_argument("--only", default="", metavar="TEXT", help="with --seeds: mutants with this in their names")
    options = parser.parse_args()
    names = options.names or known
    if unknown := set(names) - set(known):
        parser.error(f"no assignment {', '.join(sorted(unknown))}; there are {', '.join(known)}")
    if options.seeds:
        return int(sum(under_seeds(name, options.seeds, options.only) for name in names) > 0)
    with tempfile.TemporaryDirectory() as folder:
        for name in names:
            table(name, folder)


if __name__ == "__main__":
    sys.exit(main())
