"""Every assignment: the solution earns all points, the release none, each known mistake loses where it should."""

import functools
import re
import tempfile
from pathlib import Path

import nbformat
import pytest
from submissions import (
    answers_in,
    graded,
    losses_in,
    lost,
    messages,
    mutant_in,
    names_gone,
    points,
    says_in,
    tiny_notebook,
    users_of,
    with_answers,
)

from autograder.questions import load_assignment

ROOT = Path(__file__).resolve().parents[2]
ASSIGNMENTS = {path.stem: load_assignment(path) for path in sorted((ROOT / "solutions/checks").glob("a*.py"))}
MUTANTS = sorted((ROOT / "tests/mutants").glob("a*/*.*"))
ALTERNATIVES = sorted((ROOT / "tests/mutants").glob("a*/alternatives/*.py"))
SEEDS = {"a6-q4": 2}  # it trains a network; solutions/README.md has the accuracy of five seeds
every_assignment = pytest.mark.parametrize("assignment", ASSIGNMENTS.values(), ids=ASSIGNMENTS)


def name_of(path):
    return path.relative_to(ROOT / "tests/mutants").with_suffix("").as_posix()


@functools.cache
def read(path):
    return nbformat.read(path, as_version=4)


def answer_to(question, notebook):
    return next(cell.source for cell in notebook.cells if cell.id == question)


def release_of(assignment):
    return read(ROOT / "assignments" / assignment.notebook.name)


def automatic(assignment):
    return [question for question in assignment.questions if not question.manual]


def full(assignment):
    """{question id: points} of a right submission before a person has marked anything."""
    return {question.id: 0 if question.manual else question.points for question in assignment.questions}


@every_assignment
def test_points_add_up_to_100(assignment):
    assert sum(question.points for question in assignment.questions) == 100


@pytest.mark.parametrize("seed", range(5))
@every_assignment
def test_solution_earns_all_points_whatever_the_inputs(assignment, seed, tmp_path):
    expected = {question: most for question, most in full(assignment).items() if seed < SEEDS.get(question, 5)}
    result = graded(read(assignment.notebook), tmp_path, assignment.checks, seed=seed, questions=expected)
    assert (points(result), result["score"]) == (expected, sum(expected.values())), lost(result)


@every_assignment
def test_release_earns_nothing_and_every_question_is_not_started(assignment, tmp_path):
    result = graded(release_of(assignment), tmp_path, assignment.checks)
    assert result["score"] == 0
    for question in automatic(assignment):
        assert messages(result, question.id) == {"question": "not started"}


@functools.cache
def together():
    """{path of a mutant: those that are graded in one submission with it}: no answer uses what two of them define."""
    groups = []
    for path in MUTANTS:
        question, answer, users = changed_by(path)
        solution = read(ASSIGNMENTS[path.parent.name].notebook)
        users = users | users_of(question, solution, full(ASSIGNMENTS[path.parent.name]))  # other mutants may call it
        fresh = names_gone(answer_to(question, solution), answer)
        for group in groups:
            if group["of"] == path.parent and not users & group["users"] and not fresh & group["fresh"]:
                break
        else:
            groups.append(group := {"of": path.parent, "users": set(), "fresh": set(), "paths": []})
        group["users"] |= users
        group["fresh"] |= fresh
        group["paths"].append(path)
    return {path: tuple(group["paths"]) for group in groups for path in group["paths"]}


@functools.cache
def changed_by(path):
    """(question, answer, ids of the questions whose answers use it) of a mutant."""
    assignment = ASSIGNMENTS[path.parent.name]
    solution = read(assignment.notebook)
    question, answer = mutant_in(path.read_text(encoding="utf-8"), solution)
    gone = names_gone(answer, answer_to(question, solution))
    users = users_of(question, with_answers(solution, {question: answer}), full(assignment), gone)
    return question, answer, users


@functools.cache
def result_of(paths):
    """The result of a submission with these mutants."""
    assignment = ASSIGNMENTS[paths[0].parent.name]
    changes = [changed_by(path) for path in paths]
    submission = with_answers(read(assignment.notebook), {question: answer for question, answer, _ in changes})
    users = set().union(*(users for _, _, users in changes))
    with tempfile.TemporaryDirectory() as folder:
        return graded(submission, Path(folder), assignment.checks, questions=users)


@pytest.mark.parametrize("path", MUTANTS, ids=name_of)
def test_mutant_loses_points_on_the_checks_meant_for_it_and_nowhere_else(path):
    """Elsewhere: in all answers that use what the mutant defines. The others cannot tell it from the model answer."""
    text = path.read_text(encoding="utf-8")
    question, _, users = changed_by(path)
    result = result_of(together()[path])
    found = {name: checks for name, checks in lost(result).items() if name in users}
    expected = {user: set() for user in users} | {question: losses_in(text)}
    assert found == expected, {user: messages(result, user) for user in users}
    told = messages(result, question)
    assert set(told) >= expected[question]  # each loss is explained
    assert says_in(text) in " ".join(told.values())


@every_assignment
def test_a_question_whose_answer_uses_another_says_so(assignment):
    """A wrong answer would cost points twice otherwise."""
    solution = read(assignment.notebook)
    for question in automatic(assignment):
        others = [other for other in automatic(assignment) if other.id != question.id]
        users = users_of(question.id, solution, full(assignment))
        assert [other.id for other in others if other.id in users and question.id not in other.needs] == []


def test_a_mutants_lines_must_stand_in_the_model_answer_once():
    notebook = with_answers(tiny_notebook(), {"t-q1": "def double(x):\n    y = x\n    y = x\n    return x + y"})
    text = "# question: t-q1\n# replace:\n    return x + y\n# with:\n    return x\n"
    assert mutant_in(text, notebook) == ("t-q1", "def double(x):\n    y = x\n    y = x\n    return x")
    for old, times in (("    return x - y\n", 0), ("    y = x\n", 2), ("y = x\n", 0)):
        with pytest.raises(ValueError, match=f"holds {times} times"):
            mutant_in(text.replace("    return x + y\n", old), notebook)


@pytest.mark.parametrize("path", ALTERNATIVES, ids=name_of)
def test_right_answer_written_differently_keeps_all_points(path, tmp_path):
    assignment = ASSIGNMENTS[path.parent.parent.name]
    answers = answers_in(path.read_text(encoding="utf-8"))
    assert set(answers) == {question.id for question in automatic(assignment)}
    result = graded(with_answers(release_of(assignment), answers), tmp_path, assignment.checks)
    assert points(result) == full(assignment), {question: messages(result, question) for question in answers}


@every_assignment
def test_there_are_mutants_of_every_question_and_other_right_answers(assignment):
    mutants = [path for path in MUTANTS if path.parent.name == assignment.name]
    assert len(mutants) >= 8
    assert len([path for path in ALTERNATIVES if path.parent.parent.name == assignment.name]) >= 3
    told = [path for path in mutants if says_in(path.read_text(encoding="utf-8"))]
    assert len(told) >= 5  # of which it is tested that the message names the mistake
    solution = read(assignment.notebook)
    wrong = {mutant_in(path.read_text(encoding="utf-8"), solution)[0] for path in mutants}
    assert wrong == {question.id for question in automatic(assignment)}


@every_assignment
def test_the_instructors_guide_tells_every_mutant(assignment):
    guide = (ROOT / "solutions/README.md").read_text(encoding="utf-8")
    (section,) = re.findall(rf"^## {assignment.name} ·.*?(?=^## a|\Z)", guide, re.DOTALL | re.MULTILINE)
    mutants = {path.stem for path in MUTANTS if path.parent.name == assignment.name}
    assert mutants - set(re.findall(r"`(\w+)`", section)) == set()
    rows = [line for line in section.splitlines() if line.startswith("| ") and not line.startswith("| question")]
    assert [float(row.split("|")[3]) for row in rows] == [question.points for question in assignment.questions]


@every_assignment
def test_what_answers_cannot_import_is_one_rule_and_stated(assignment):
    """a6 alone lends `cost`: there, counting is not what is asked for."""
    closed = {"blocks", "cost", "models", "reference"} - ({"cost"} if assignment.name == "a6" else set())
    assert set(assignment.forbidden) == {f"course_utils.{name}" for name in closed}
    (title,) = [cell.source for cell in release_of(assignment).cells if cell.id == "title"]
    (rule,) = re.findall(r"The course's (.+?) hold what you are asked to write", title)
    assert set(re.findall(r"`(\w+)`", rule)) == closed


@every_assignment
def test_metadata_is_nbgraders(assignment):
    manual = {question.id for question in assignment.questions if question.manual}
    for notebook in (read(assignment.notebook), release_of(assignment)):
        cells = [cell for cell in notebook.cells if "nbgrader" in cell.metadata]
        labels = {cell.metadata.nbgrader.grade_id: cell.metadata.nbgrader for cell in cells}
        marked = {name for name, label in labels.items() if label.solution or label.grade}
        assert len(labels) == len(cells)
        assert all(label.schema_version == 3 and label.task is False for label in labels.values())
        tests = {name: label for name, label in labels.items() if label.grade}
        assert {name.removesuffix("-test"): label.points for name, label in tests.items()} == {
            question.id: question.points for question in assignment.questions
        }
        assert all(label.locked and not label.solution for name, label in tests.items() if name not in manual)
        assert all(label.solution and not label.locked for name, label in tests.items() if name in manual)
        answers = {name for name, label in labels.items() if label.solution and not label.grade and not label.locked}
        assert answers == set(full(assignment)) - manual
        assert marked == answers | set(tests)


@every_assignment
def test_nbgrader_accepts_the_metadata(assignment):
    validator = pytest.importorskip("nbgrader.nbgraderformat").MetadataValidator()
    for notebook in (read(assignment.notebook), release_of(assignment)):
        validator.validate_nb(notebook)


@every_assignment
def test_statements_show_the_points_that_the_checks_give(assignment):
    cells = {cell.id: cell.source for cell in release_of(assignment).cells}
    for question in assignment.questions:
        statement = cells[question.id.removeprefix(f"{assignment.name}-") + "-statement"]
        assert f"· {question.points} points ·" in statement
        if not question.manual:
            assert f"{question.defines}(" in cells[question.id]


@every_assignment
def test_release_holds_no_solution_and_no_explanation_of_one(assignment):
    solution, release = read(assignment.notebook), release_of(assignment)
    private = [cell for cell in solution.cells if "solution-only" in cell.metadata.get("tags", ())]
    kept = "\n".join(cell.source for cell in release.cells)
    assert len(private) >= len(automatic(assignment))
    assert not {cell.id for cell in private} & {cell.id for cell in release.cells}
    assert "Common wrong answers" not in kept
    for cell in solution.cells:
        if cell.metadata.get("nbgrader", {}).get("solution") and cell.cell_type == "code":
            body = cell.source.split("### BEGIN SOLUTION")[1].split("### END SOLUTION")[0]
            telling = [line.strip() for line in body.splitlines() if len(line.strip()) > len("return None")]
            assert not [line for line in telling if line in kept]


@every_assignment
def test_visible_tests_fail_on_the_stub_with_a_sentence(assignment):
    """A student who runs a test before answering is told so; nbgrader would give the points to a test that passes."""
    given = [
        cell.id
        for cell in read(assignment.notebook).cells
        if cell.cell_type == "code" and cell.id != "setup" and not {"nbgrader", "tags"} & set(cell.metadata)
    ]
    cells = {cell.id: cell.source for cell in release_of(assignment).cells}
    namespace = {}
    for name in given:
        exec(cells[name], namespace)
    for question in automatic(assignment):
        exec(cells[question.id], namespace)
        with pytest.raises(AssertionError, match="not yet"):
            exec(cells[f"{question.id}-test"], namespace)


def test_a_wrong_answer_costs_its_points_once(tmp_path):
    """Questions 6 and 7 of a1 call `count`: when it is wrong, they are looked at with ours."""
    a1 = ASSIGNMENTS["a1"]
    mutant, solution = ROOT / "tests/mutants/a1/kernel_not_squared.txt", read(a1.notebook)
    wrong = dict([mutant_in(mutant.read_text(encoding="utf-8"), solution)])
    result = graded(with_answers(solution, wrong), tmp_path, a1.checks)
    assert points(result) == full(a1) | {"a1-q4": 2}
    assert "our answer to a1-q4" in messages(result, "a1-q6")["follow-on"]
