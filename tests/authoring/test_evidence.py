"""A recording is compared with new seeds: what lies inside, who wins, and what is said when it does not hold."""

import numpy as np
import pytest

from authoring import evidence, experiments
from course_utils.training.results import METRICS, Results

LUCK = np.random.default_rng(0)


def results(**finals):
    runs = [
        {"variant": name, "seed": seed, "parameters": 9, "history": {metric: [value] for metric in METRICS}}
        for name, values in finals.items()
        for seed, value in enumerate(values)
    ]
    return Results(runs, {"epochs": 1})


def drawn(middle, n=20):
    return list(middle + 0.01 * LUCK.uniform(-1, 1, n))


def test_new_seeds_of_the_same_kind_hold():
    found = evidence.held_by(results(a=drawn(0.8), b=drawn(0.7)), results(a=drawn(0.8, 10), b=drawn(0.7, 10)))
    assert (found["inside"], found["failed"], found["reversed"], found["held"]) == (1, 0, 0, True)
    assert len(found["pairs"]) == 2 and "10 of 10 inside" in evidence.report(found)  # loss and test accuracy


def test_a_winner_that_loses_the_new_pairs_fails_and_is_reversed():
    found = evidence.held_by(results(a=drawn(0.8), b=drawn(0.7)), results(a=drawn(0.7, 10), b=drawn(0.8, 10)))
    assert (found["inside"], found["failed"], found["reversed"], found["held"]) == (0, 2, 2, False)
    assert "FAILS" in evidence.report(found) and "DOES NOT HOLD" in evidence.report(found)


def test_variants_that_were_not_told_apart_are_no_verdict():
    same = drawn(0.8)
    found = evidence.held_by(results(a=same, b=same), results(a=drawn(0.8, 4), b=drawn(0.8, 4)))
    assert found["pairs"] == [] and found["held"]


def test_a_new_run_that_diverged_is_outside_and_in_no_pair():
    found = evidence.held_by(results(a=drawn(0.8), b=drawn(0.7)), results(a=[*drawn(0.8, 9), np.nan], b=drawn(0.7, 10)))
    assert [row[4] for row in found["ranges"]] == [9, 10, 9, 10]
    assert {len(fresh.differences) for _, _, fresh in found["pairs"]} == {9}


def test_plain_data_has_a_range_for_each_list():
    data = {"a": {"loss": [[3, 1.0], [3, 2.0]]}, "b": {"loss": [[3, 1.5], [3, 1.5]]}}
    assert evidence.series(data) == {
        "loss 0": {"a": [3, 3], "b": [3, 3]},
        "loss 1": {"a": [1.0, 2.0], "b": [1.5, 1.5]},
    }
    assert evidence.series([98, 93]) == {"value": {"": [98, 93]}}
    assert evidence.outward([0.801, 0.829]) == (0.8, 0.83)


def test_a_value_on_the_edge_of_its_range_is_inside():
    edge = {"a": [0.8300000000000001, 0.8]}  # times 100 it is 83, and 83 / 100 is less
    assert evidence.held_by(edge, edge)["inside"] == 1


def test_recordings_of_the_course_can_be_compared_with_themselves():
    from course_utils.training import recording

    for name in experiments.experiments():
        found = evidence.held_by(recording.recorded(name), recording.recorded(name))
        assert found["inside"] == 1 and not found["failed"], name


@pytest.mark.parametrize(
    ("parts", "whole"),
    [([[1], [2]], [1, 2]), ([{"a": [1], "n": 3}, {"a": [2], "n": 3}], {"a": [1, 2], "n": 3})],
)
def test_outcomes_of_one_seed_each_become_one(parts, whole):
    assert experiments.merged(parts) == whole


def test_runs_of_one_seed_each_become_results_in_the_variants_order():
    one = results(a=[1.0], b=[2.0])
    assert experiments.merged([one, results(a=[3.0], b=[4.0])]).values("loss") == {"a": [1.0, 3.0], "b": [2.0, 4.0]}


def test_what_differs_from_seed_to_seed_must_be_a_list():
    with pytest.raises(ValueError, match="one entry a seed"):
        experiments.merged([{"a": 1}, {"a": 2}])
