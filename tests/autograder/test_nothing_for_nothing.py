"""Answers without an idea earn nothing, on every question of every assignment."""

import pytest
from submissions import graded, points
from test_assignments import ASSIGNMENTS, automatic, every_assignment, read

# What an answer returns, whatever it is asked. `right` is the model answer, for those that imitate its form.
EMPTY = {
    "zero": "return 0",
    "none": "return None",
    "true": "return True",
    "the input itself": "return args[0] if args else None",
    "the right form": "return imitation(right(*args, **kwargs))",
}
# Zeros, models that give a constant, texts turned round: the form of a right answer and nothing of its content.
IMITATION = '''
def imitation(value):
    import keras
    import numpy as np

    if isinstance(value, keras.Model):
        return keras.Model(value.inputs, keras.layers.Rescaling(0.0, 1.0)(value.outputs[0]))
    if isinstance(value, dict):
        return {name: imitation(part) for name, part in value.items()}
    if isinstance(value, (tuple, list)):
        return type(value)(imitation(part) for part in value)
    if isinstance(value, (bool, int, float)):
        return type(value)(-1)
    if isinstance(value, keras.KerasTensor):
        return keras.layers.Rescaling(0.0, 1.0)(value)
    return np.zeros(np.shape(value)) if isinstance(value, np.ndarray) else None
'''


@pytest.mark.parametrize("kind", EMPTY)
@every_assignment
def test_an_answer_without_an_idea_earns_nothing(assignment, kind, tmp_path):
    notebook = read(assignment.notebook)
    answers = {question.id: question.defines for question in automatic(assignment)}
    for cell in notebook.cells:
        if name := answers.get(cell.id):
            cell.source += f"\n{IMITATION}\n\ndef {name}(*args, right={name}, **kwargs):\n    {EMPTY[kind]}\n"
    result = graded(notebook, tmp_path, assignment.checks)
    assert points(result) == dict.fromkeys(points(result), 0)


def test_all_assignments_are_tried():
    assert len(ASSIGNMENTS) == 6
