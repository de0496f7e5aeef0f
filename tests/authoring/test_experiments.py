"""Experiments recorded under more seeds: the notebook's cells run, their outcome is kept, a change of them is seen."""

import json
from math import nan

import nbformat
import pytest

from authoring import experiments
from course_utils import training
from course_utils.training import recording
from course_utils.training.results import METRICS, Results

FOUND = experiments.experiments()


def results(**losses):
    """Results as `compare` returns them, with these final losses, one list a variant."""
    runs = [
        {"variant": name, "seed": seed, "model": "m", "parameters": 9, "seconds": 1.0, "diverged": None}
        | {"history": {metric: [2.0, loss] for metric in METRICS}}
        for name, values in losses.items()
        for seed, loss in enumerate(values, 1)
    ]
    return Results(runs, {"epochs": 2, "batch_size": 64, "train_images": 5000})


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setattr(recording, "FOLDER", tmp_path / "experiments")
    monkeypatch.setattr(experiments, "NOTEBOOKS", tmp_path)
    return tmp_path


def notebook(path, *cells):
    nb = nbformat.v4.new_notebook()
    for source, *tags in cells:
        nb.cells.append(nbformat.v4.new_code_cell(source, metadata={"tags": tags}))
    nbformat.write(nb, path)


@pytest.mark.parametrize("name", FOUND)
def test_every_recording_fits_its_cells(name):
    assert experiments.up_to_date(name, FOUND[name][1]), f"run: python course.py bench experiments {name}"
    assert len(set(experiments.about(name)["seeds"]) - {1}) >= 20


def test_nothing_is_recorded_that_no_notebook_runs():
    assert {path.stem for path in recording.FOLDER.glob("*.json")} == set(FOUND)


def test_the_notebooks_cells_run_under_the_asked_seeds(folder, capsys):
    notebook(
        folder / "07_x.ipynb",
        ("scale = 2", "experiment-two-words"),
        ("raise SystemExit",),
        ("two_words = {str(s): scale * s for s in dict(seeds=[1])['seeds']}", "experiment-two-words"),
    )
    found = experiments.experiments()
    assert not experiments.up_to_date("two-words", found["two-words"][1])
    experiments.run("two-words", *found["two-words"], [3, 5])
    assert training.recorded("two-words") == {"3": 6, "5": 10}
    about = experiments.about("two-words")
    assert (about["notebook"], about["seeds"]) == ("07_x.ipynb", [3, 5])
    assert experiments.up_to_date("two-words", found["two-words"][1])
    assert experiments.up_to_date("two-words", "scale = (2)  # the same\n" + found["two-words"][1].split("\n", 1)[1])
    assert not experiments.up_to_date("two-words", found["two-words"][1].replace("scale = 2", "scale = 3"))


def test_all_nets_are_recorded_where_the_notebook_trains_some(folder):
    cell = "nets = {'a': 1, 'b': 2}\nlive = ['a']  # no time for b\nx = {n: nets[n] for n in live} | dict(seeds=[1])"
    notebook(folder / "07_x.ipynb", (cell, "experiment-x"))
    experiments.run("x", *experiments.experiments()["x"], [2, 3])
    assert training.recorded("x") == {"a": 1, "b": 2, "seeds": [2, 3]}


def test_the_live_seed_is_never_recorded(folder):
    notebook(folder / "07_x.ipynb", ("x = dict(seeds=[1])", "experiment-x"))
    with pytest.raises(experiments.ExperimentError, match="seed 1 is the one that the notebook runs live"):
        experiments.run("x", *experiments.experiments()["x"], [1, 2])
    assert not (folder / "experiments").exists() and 1 not in experiments.SEEDS and len(experiments.SEEDS) == 20


@pytest.mark.parametrize("source", ["x = 1", "x = dict(seeds=[1]), dict(seeds=[1])"])
def test_the_live_seed_stands_once(folder, source):
    notebook(folder / "07_x.ipynb", (source, "experiment-x"))
    with pytest.raises(ValueError, match="must stand in its cells once"):
        experiments.experiments()


def test_results_come_back_as_they_were(folder):
    measured = results(plain=[1.5, 1.75], residual=[0.25, 0.5])
    experiments.record("depth", measured, {"definition": "abc", "seeds": [1, 2]})
    again = training.recorded("depth")
    assert again.runs == measured.runs
    assert again.ranges("loss") == {"plain": (1.5, 1.75), "residual": (0.25, 0.5)}
    assert experiments.about("depth")["definition"] == "abc"
    assert json.loads((recording.FOLDER / "depth.json").read_text())["kind"] == "training results"


def test_an_unknown_name_says_which_there_are(folder):
    experiments.record("depth", {"a": 1}, {})
    for ask in (training.recorded, experiments.about):
        with pytest.raises(ValueError, match="There are: depth"):
            ask("dept")


def test_a_live_run_inside_the_band_is_reported(capsys):
    training.inside(results(plain=[1.6]), results(plain=[1.5, 1.7], other=[1, 2]))
    assert capsys.readouterr().out == "plain: live 1.600; 2 seeds recorded: 1.500–1.700\n"


@pytest.mark.parametrize(("value", "fits"), [(1.39, False), (1.41, True), (1.79, True), (1.81, False), (nan, False)])
def test_the_band_is_widened_by_half_its_width(value, fits):
    if fits:
        training.inside(results(plain=[value]), results(plain=[1.5, 1.7]))
    else:
        with pytest.raises(AssertionError, match="loss of plain lies outside"):
            training.inside(results(plain=[value]), results(plain=[1.5, 1.7]))


def test_another_budget_is_another_experiment():
    other = results(plain=[1.6])
    other.settings["epochs"] = 3
    with pytest.raises(ValueError, match="epochs 2, 3"):
        training.inside(results(plain=[1.6]), other)
    with pytest.raises(ValueError, match="was not recorded"):
        training.inside(results(deep=[1.6]), results(plain=[1.6]))
