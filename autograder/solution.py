"""The solution is looked at before the first student: what is wrong with it must not be told to a class."""

import json

from .marks import GRADED

NAME = "(solution)"  # in place of a submission's name


class SolutionError(Exception):
    """The solution cannot be graded against; the message names the file and says what to do."""


def look(assignment) -> None:
    """SolutionError for a solution notebook that cannot be read, has cells without ids, or lacks a question's cell."""
    path = assignment.notebook
    try:
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
        sources = [(cell, cell.get("metadata", {}).get("nbgrader") or {}) for cell in cells]
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise SolutionError(f"the solution {path} is no notebook that can be read ({error})") from error
    if without := sum(not cell.get("id") for cell in cells):
        raise SolutionError(
            f"the solution {path} has {without} cells without an id, as Colab and older programs save them. "
            "Open it in JupyterLab and save it there, which gives each cell one; then grade again."
        )
    answered = {label.get("grade_id") for cell, label in sources if label.get("solution")}
    lacking = [question.id for question in assignment.questions if not question.manual and question.id not in answered]
    if lacking:
        raise SolutionError(
            f"the solution {path} has no solution cell with the grade_id {', '.join(lacking)}, "
            f"for which {assignment.checks.name} has checks"
        )


def complaint(assignment, outcome) -> str:
    """What grading the solution itself showed to be wrong with it, or ""."""
    path = assignment.notebook
    if outcome["status"] not in GRADED:
        return f"the solution {path} itself cannot be graded ({outcome['status']}): {outcome.get('reason', '')}"
    wrong = []
    for question in outcome["questions"]:
        for finding in question["findings"]:
            nothing = finding["check"] == "question" or finding["message"].startswith("It did not give a result")
            if finding["earned"] < finding["points"] and nothing:
                wrong.append(f"  {question['id']}: {finding['message']}")
                break
    if not wrong:
        return ""
    told = f"the solution {path} itself does not run under the hidden checks {assignment.checks}"
    return "\n".join([f"{told}. Nobody was graded. Mend it first:", *wrong])
