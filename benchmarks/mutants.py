"""What each known mistake costs: a table of mutants, and the points that each keeps.

    python course.py bench mutants            all assignments
    python course.py bench mutants a2 a5

Every mutant of tests/mutants stands in an otherwise right submission, which is graded as a student's would be. With the
table come the seconds that the right submission itself took, and what it and its other ways of writing earn.
"""

import argparse
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tests/autograder")]

import nbformat  # noqa: E402
from submissions import answers_in, messages, mutant_in, with_answers  # noqa: E402

from autograder.engine import grade  # noqa: E402
from autograder.questions import load_assignment  # noqa: E402


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


def main():
    known = [path.stem for path in sorted((ROOT / "solutions/checks").glob("a[0-9]*.py"))]
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(known)}; all, when none is given")
    names = parser.parse_args().names or known
    if unknown := set(names) - set(known):
        parser.error(f"no assignment {', '.join(sorted(unknown))}; there are {', '.join(known)}")
    with tempfile.TemporaryDirectory() as folder:
        for name in names:
            table(name, folder)


if __name__ == "__main__":
    main()
