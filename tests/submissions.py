"""Make submissions for the grading tests: notebooks with some answers replaced, and the mutants' files read."""

import copy
import re

import nbformat

from course_utils.grading.engine import grade


def answers_in(text):
    """{question id: source} of a mutant or an alternative: an answer runs from `# question: id` to the next one."""
    parts = re.split(r"^# question: (\S+)\n", text, flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def losses_in(text):
    """The names of the checks in a mutant's line `# loses: …`."""
    return {check.strip() for check in re.search(r"^# loses: (.+)$", text, re.MULTILINE)[1].split(",")}


def with_answers(notebook, answers):
    """A copy of `notebook` whose cells with these ids hold these sources."""
    notebook = copy.deepcopy(notebook)
    cells = {cell.id: cell for cell in notebook.cells}
    for cell_id, source in answers.items():
        cells[cell_id].source = source
    return notebook


def graded(notebook, folder, checks, seed=7, **options):
    """The result of a notebook handed in as folder/submission.ipynb."""
    path = folder / "submission.ipynb"
    nbformat.write(notebook, path)
    return grade(path, checks, seed=seed, **options)


def points(result):
    """{question id: points}."""
    return {question["id"]: question["points"] for question in result["questions"]}


def messages(result, question_id):
    """{check: message} of a question's findings that say something."""
    (question,) = [question for question in result["questions"] if question["id"] == question_id]
    return {finding["check"]: finding["message"] for finding in question["findings"] if finding["message"]}


def lost(result):
    """{question id: names of the checks that lost points}."""
    return {
        question["id"]: {finding["check"] for finding in question["findings"] if finding["earned"] < finding["points"]}
        for question in result["questions"]
    }
