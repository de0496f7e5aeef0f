"""Answers without an idea earn nothing, on every question of every assignment.

Probes and deciders are called here as the children of a run call them, without the sandbox: dozens of answers in the
time that one submission takes.
"""

import inspect

import numpy as np
import pytest
from test_assignments import ASSIGNMENTS, automatic, every_assignment, read

from autograder import telling
from autograder.answers import attempt, describe, pack, unpack
from autograder.answers import read as unpacked
from autograder.children import generator
from autograder.running import without_hidden


def constant(model):
    """A model of this form, and with these layers, whose output is the same whatever comes in."""
    import keras

    return keras.Model(model.inputs, keras.layers.Rescaling(0.0, 1.0)(model.outputs[0]))


def imitated(value, rng):
    """The form of a right answer and nothing of its content: drawn by `rng`, or zeros and −1 where it is None."""
    import keras

    if isinstance(value, keras.Model):
        return constant(value)
    if isinstance(value, keras.KerasTensor):
        return keras.layers.Rescaling(0.0, 1.0)(value)
    if isinstance(value, dict):
        return {name: imitated(part, rng) for name, part in value.items()}
    if isinstance(value, (tuple, list)):
        return type(value)(imitated(part, rng) for part in value)
    if isinstance(value, bool):
        return False if rng is None else bool(rng.integers(2))
    if isinstance(value, (int, float)):
        return type(value)(-1 if rng is None else rng.integers(10**6, 10**7))
    if isinstance(value, np.ndarray):
        return np.zeros(value.shape) if rng is None else rng.normal(size=value.shape)
    if callable(value):
        return lambda *args, **kwargs: imitated(value(*args, **kwargs), rng)
    return None


def returning(value):
    return lambda right: lambda *args, **kwargs: value


def is_array(args):
    return bool(args) and isinstance(args[0], np.ndarray)


def after_the_first(args, kwargs):
    return (*args, *kwargs.values())[1:]


def tenth(value):
    return value // 10 if isinstance(value, int) else value


NOTHING = {
    "zero": returning(0),
    "one": returning(1),
    "true": returning(True),
    "false": returning(False),
    "none": returning(None),
    "the stub": returning(...),
    "an empty list": returning([]),
    "a pair of zeros": returning((0, 0)),
    "nan": returning(float("nan")),
    "a pair of ones": returning((1, 1)),
    "the input itself": lambda right: lambda *args, **kwargs: args[0] if args else None,
    "the input clipped": lambda right: lambda *args, **kwargs: np.maximum(args[0], 0) if is_array(args) else None,
    "the second input": lambda right: lambda *args, **kwargs: args[1] if args[1:] else None,
    "the third input": lambda right: lambda *args, **kwargs: args[2] if args[2:] else None,
    "all but the first": lambda right: lambda *args, **kwargs: (*after_the_first(args, kwargs), True),
    "a tenth of that": lambda right: lambda *args, **kwargs: (*map(tenth, after_the_first(args, kwargs)), True),
    "zeros of the right form": lambda right: lambda *args, **kwargs: imitated(right(*args, **kwargs), None),
    "noise of the right form": lambda right: (
        lambda *args, **kwargs: imitated(right(*args, **kwargs), np.random.default_rng(1))
    ),
}


def model_answers(assignment):
    """What the solution's cells define: its given ones and its answers."""
    namespace, answers = {}, {question.id for question in automatic(assignment)}
    for cell in read(assignment.notebook).cells:
        given = cell.id != "setup" and not {"nbgrader", "tags"} & set(cell.metadata)
        if cell.cell_type == "code" and (given or cell.id in answers):
            exec(cell.source, namespace)
    return namespace


def decided(question, answer, seed):
    """The findings on a function, as the children come to them."""
    inputs = question.inputs(generator(seed, question.id))
    given = unpack(pack({key: {"": value} for key, value in without_hidden(inputs).items()}))
    given = {key: parts[""].item() if parts[""].ndim == 0 else parts[""] for key, parts in given.items()}
    tools = {"np": np, "attempt": attempt}
    exec(inspect.getsource(question.probe), tools)
    try:
        attempts = tools[question.probe.__name__](answer, given)
    except Exception as problem:
        return telling.findings(question, describe(problem))
    return telling.findings(question, [vars(found) for found in question.decide(inputs, unpacked(pack(attempts)))])


@every_assignment
def test_an_answer_without_an_idea_earns_nothing(assignment):
    namespace = model_answers(assignment)
    earned = {}
    for question in automatic(assignment):
        for seed, (name, nothing) in enumerate(NOTHING.items()):
            findings = decided(question, nothing(namespace[question.defines]), seed)
            earned |= {(question.id, name, found.check): found.earned for found in findings if found.earned}
    assert not earned


@pytest.mark.parametrize("name", ("a1", "a3"))
def test_the_same_look_gives_a_right_answer_all_points(name):
    namespace = model_answers(ASSIGNMENTS[name])
    for question in automatic(ASSIGNMENTS[name]):
        findings = decided(question, namespace[question.defines], 0)
        assert sum(found.earned for found in findings) == question.points
