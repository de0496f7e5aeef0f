"""The notebooks keep the rules of notebook_rules.py."""

import functools
from pathlib import Path

import notebook_rules as rules
import pytest

from authoring import notebooks, releasing

FOLDERS = ("notebooks", "solutions", "assignments")
PATHS = {folder: sorted((releasing.ROOT / folder).glob("*.ipynb")) for folder in FOLDERS}
IN_ALL = [
    rules.without_errors,
    rules.clean_file,
    rules.small_file,
    rules.readable_ids,
    rules.short_cells,
    rules.without_traces,
    rules.robust_code,
    rules.steady_outputs,
    rules.figures_described,
    rules.images_have_alt,
    rules.links_resolve,
    rules.stamped,
    rules.headings,
    rules.formulas,
    rules.folds,
]
RULES = {
    "notebooks": [*IN_ALL, rules.executed, rules.sections, rules.exercises_complete],
    "solutions": [*IN_ALL, rules.executed, rules.predictions_have_a_place],
    "assignments": [*IN_ALL, rules.without_outputs, rules.predictions_have_a_place],
}
# The rows of the claims list that a notebook shows; each row is a tag on the code cell that shows it.
CLAIMS = {
    "01_one_by_one_convolution": [
        *("000.1", "000.2", "000.3", "000.4", "000.5", "000.6", "000.7"),
        *("003.1", "003.2", "003.3", "003.4", "003.5"),
        *("001.10", "001.11", "001.12", "001.13"),
    ],
    "02_network_in_network": [
        *("001.1", "001.2", "001.3", "001.4", "001.5", "001.6", "001.7", "001.8", "001.9", "001.14"),
    ],
    "03_inception": ["002.1", "002.2", "002.3", "002.4", "002.5", "002.6", "004.14", "004.15"],
    "04_ilsvrc_and_alexnet": [
        *("004.1", "004.2", "004.3", "004.4", "004.5", "004.6", "004.7", "004.8", "004.13", "004.16"),
    ],
    "05_vgg": ["004.9", "004.10", "004.11", "004.12"],
    "06_googlenet": ["002.7", "002.8", "002.9", "004.13", "004.14", "004.16"],
    "07_resnet": ["004.17", "004.18", "004.19", "004.20", "004.21", "004.22", "004.23", "004.24"],
    "08_densenet": ["004.25", "004.26", "004.27", "004.28"],
    "09_the_scoreboard": ["004.16", "004.24", "004.29"],
}
read = functools.lru_cache(notebooks.read)


def name(value):
    return value.stem if isinstance(value, Path) else value.__name__


def test_the_notebooks_are_numbered_from_00_without_a_gap():
    assert [path.stem[:3] for path in PATHS["notebooks"]] == [f"{n:02}_" for n in range(len(PATHS["notebooks"]))]


def test_the_course_shows_every_row_of_the_claims_list():
    rows = {"000": 7, "001": 14, "002": 9, "003": 5, "004": 29}
    owed = {f"{source}.{row}" for source, last in rows.items() for row in range(1, last + 1)}
    assert owed == {row for shown in CLAIMS.values() for row in shown}


@pytest.mark.parametrize(
    ("path", "rule"),
    [(path, rule) for folder in FOLDERS for path in PATHS[folder] for rule in RULES[folder]],
    ids=name,
)
def test_rule(path, rule):
    problems = rule(read(path), path)
    assert not problems, "\n".join(problems)


@pytest.mark.parametrize("notebook", CLAIMS)
def test_every_claim_is_shown(notebook):
    path = releasing.ROOT / "notebooks" / f"{notebook}.ipynb"
    assert not rules.claims_shown(read(path), path, CLAIMS[notebook])


@pytest.mark.parametrize("path", PATHS["notebooks"], ids=name)
def test_quiz(path):
    assert rules.quiz_questions(read(path)) >= 2
