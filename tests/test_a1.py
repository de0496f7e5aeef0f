"""Assignment a1: the solution earns all points, the release none, each known mistake loses where it should."""

from pathlib import Path

import nbformat
import pytest
from submissions import answers_in, graded, losses_in, lost, messages, points, with_answers

from course_utils.grading.questions import load_assignment

ROOT = Path(__file__).resolve().parents[1]
CHECKS = ROOT / "solutions/checks/a1.py"
SOLUTION = ROOT / "solutions/a1_one_by_one_convolution.ipynb"
RELEASE = ROOT / "assignments/a1_one_by_one_convolution.ipynb"
MUTANTS = sorted((ROOT / "tests/mutants/a1").glob("*.py"))
ALTERNATIVES = sorted((ROOT / "tests/mutants/a1/alternatives").glob("*.py"))
FULL = {"a1-q1": 10, "a1-q2": 25, "a1-q3": 10, "a1-q4": 20, "a1-q5": 15, "a1-q6": 8, "a1-q7": 12}


def read(path):
    return nbformat.read(path, as_version=4)


@pytest.mark.parametrize("seed", range(5))
def test_solution_earns_all_points_whatever_the_inputs(seed, tmp_path):
    result = graded(read(SOLUTION), tmp_path, CHECKS, seed=seed)
    assert (points(result), result["score"], result["max_score"]) == (FULL, 100, 100), lost(result)


def test_release_earns_nothing_and_every_question_is_not_started(tmp_path):
    result = graded(read(RELEASE), tmp_path, CHECKS)
    assert result["score"] == 0
    assert all(messages(result, question) == {"question": "not started"} for question in FULL)


@pytest.mark.parametrize("path", MUTANTS, ids=lambda path: path.stem)
def test_mutant_loses_points_on_the_checks_meant_for_it_and_nowhere_else(path, tmp_path):
    text = path.read_text(encoding="utf-8")
    answers = answers_in(text)
    result = graded(with_answers(read(SOLUTION), answers), tmp_path, CHECKS)
    (question,) = answers
    expected = {other: set() for other in FULL} | {question: losses_in(text)}
    assert lost(result) == expected, messages(result, question)
    assert all(message for message in messages(result, question).values())


@pytest.mark.parametrize("path", ALTERNATIVES, ids=lambda path: path.stem)
def test_right_answer_written_differently_keeps_all_points(path, tmp_path):
    answers = answers_in(path.read_text(encoding="utf-8"))
    assert set(answers) == set(FULL)
    result = graded(with_answers(read(RELEASE), answers), tmp_path, CHECKS)
    assert points(result) == FULL, {question: messages(result, question) for question in FULL}


def test_there_are_mutants_of_every_question():
    assert {question for path in MUTANTS for question in answers_in(path.read_text(encoding="utf-8"))} == set(FULL)


def test_messages_tell_the_known_mistakes_apart(tmp_path):
    """What the student reads names the mistake, not only the loss."""
    told = {}
    for name in ("bias_forgotten", "bias_in_macs", "macs_of_the_input_size", "softmax_for_relu", "first_relu_missing"):
        answers = answers_in((ROOT / f"tests/mutants/a1/{name}.py").read_text(encoding="utf-8"))
        (question,) = answers
        result = graded(with_answers(read(SOLUTION), answers), tmp_path, CHECKS)
        told[name] = " ".join(messages(result, question).values())
    assert "add it to every pixel" in told["bias_forgotten"]
    assert "biases were counted" in told["bias_in_macs"]
    assert "those of the output" in told["macs_of_the_input_size"]
    assert "softmax" in told["softmax_for_relu"]
    assert "ReLU after the 1×1 convolution is missing" in told["first_relu_missing"]


def test_a_wrong_answer_costs_its_points_once(tmp_path):
    """Questions 6 and 7 call `count`: when it is wrong, they are looked at with ours."""
    wrong = answers_in((ROOT / "tests/mutants/a1/kernel_not_squared.py").read_text(encoding="utf-8"))
    result = graded(with_answers(read(SOLUTION), wrong), tmp_path, CHECKS)
    assert points(result) == FULL | {"a1-q4": 3}
    assert "our answer to a1-q4" in messages(result, "a1-q6")["follow-on"]


def test_metadata_is_nbgraders_and_points_add_up_to_100():
    for path in (SOLUTION, RELEASE):
        cells = [cell for cell in read(path).cells if "nbgrader" in cell.metadata]
        labels = {cell.metadata.nbgrader.grade_id: cell.metadata.nbgrader for cell in cells}
        assert len(labels) == len(cells) == 14
        assert all(label.schema_version == 3 and label.task is False for label in labels.values())
        tests = {name.removesuffix("-test"): label for name, label in labels.items() if label.grade}
        assert {name: label.points for name, label in tests.items()} == FULL
        assert all(label.locked and not label.solution for label in tests.values())
        answers = {name for name, label in labels.items() if label.solution and not label.grade and not label.locked}
        assert answers == set(FULL)


def test_nbgrader_accepts_the_metadata():
    validator = pytest.importorskip("nbgrader.nbgraderformat").MetadataValidator()
    for path in (SOLUTION, RELEASE):
        validator.validate_nb(read(path))


def test_hidden_checks_ask_for_the_points_that_the_notebook_shows():
    questions = load_assignment(CHECKS).questions
    assert {question.id: question.points for question in questions} == FULL
    cells = {cell.id: cell.source for cell in read(RELEASE).cells}
    for question in questions:
        statement = cells[question.id.removeprefix("a1-") + "-statement"]
        assert f"· {question.points} points ·" in statement
        assert f"def {question.defines}(" in cells[question.id]


def test_release_holds_no_solution_and_no_explanation_of_one():
    solution, release = read(SOLUTION), read(RELEASE)
    private = [cell for cell in solution.cells if "solution-only" in cell.metadata.get("tags", ())]
    kept = "\n".join(cell.source for cell in release.cells)
    assert len(private) == len(FULL)
    assert not [cell.id for cell in private if cell.id in {cell.id for cell in release.cells}]
    assert "Common wrong answers" not in kept
    for cell in solution.cells:
        if cell.metadata.get("nbgrader", {}).get("solution"):
            body = cell.source.split("### BEGIN SOLUTION")[1].split("### END SOLUTION")[0]
            assert not [line for line in body.splitlines() if line.strip() and line.strip() in kept]


def test_visible_tests_fail_on_the_stub_with_a_sentence():
    """A student who runs a test before answering is told so; nbgrader would give the points to a test that passes."""
    cells = {cell.id: cell.source for cell in read(RELEASE).cells}
    namespace = {}
    exec(cells["imports"], namespace)
    for question in FULL:
        exec(cells[question], namespace)
        with pytest.raises(AssertionError, match="not yet"):
            exec(cells[f"{question}-test"], namespace)
