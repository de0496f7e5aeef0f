"""Pairs of runs under the same seeds: counts, the sign test and Holm's correction against known values."""

from math import nan

import pytest

from course_utils import training
from course_utils.training.pairs import holm, sign_test


@pytest.mark.parametrize(
    ("above", "below", "p"), [(15, 5, 0.0414), (14, 6, 0.1153), (5, 15, 0.0414), (10, 10, 1), (0, 0, 1), (20, 0, 2e-6)]
)
def test_the_sign_test_is_the_exact_binomial_one(above, below, p):
    assert sign_test(above, below) == pytest.approx(p, rel=0.05, abs=1e-6)


def test_holm_multiplies_the_smallest_by_all_and_never_falls():
    assert holm([0.01, 0.04, 0.03]) == pytest.approx([0.03, 0.06, 0.06])
    assert holm([0.9, 0.8]) == [1, 1]
    assert holm([]) == []


def test_a_pair_counts_signs_and_says_who_lies_above():
    (pair,) = training.paired({"a": [2.0] * 10, "b": [1.0] * 10})
    assert (pair.above, pair.below, pair.told_apart) == (10, 0, True)
    assert str(pair) == "a above b in 10 of 10 seeds (p = 0.002)"
    (pair,) = training.paired({"a": [1.0] * 10, "b": [2.0] * 10})
    assert str(pair).startswith("a below b in 10 of 10")


def test_few_or_even_seeds_tell_nothing_apart():
    (pair,) = training.paired({"a": [2.0, 2.0, 2.0], "b": [1.0, 1.0, 1.0]})
    assert str(pair) == "a and b: not told apart by 3 seeds (3 above, p = 0.25)"
    (tie,) = training.paired({"a": [1.0] * 30, "b": [1.0] * 30})
    assert not tie.told_apart


def test_all_pairs_are_corrected_together_unless_some_are_asked_for():
    values = {name: [place * 1.0] * 20 for place, name in enumerate("abc")}
    pairs = training.paired(values)
    assert [(pair.first, pair.second) for pair in pairs] == [("a", "b"), ("a", "c"), ("b", "c")]
    (one,) = training.paired(values, [("a", "c")])
    assert pairs[1].p == pytest.approx(3 * one.p)


@pytest.mark.parametrize(
    ("values", "pairs", "message"),
    [
        ({"a": [1.0], "b": [1.0, 2.0]}, None, "a has 1 seeds and b 2"),
        ({"a": [1.0, nan], "b": [1.0, 2.0]}, None, "diverged"),
        ({"a": [1.0]}, [("a", "c")], "no variant c"),
    ],
)
def test_what_cannot_be_compared_is_refused(values, pairs, message):
    with pytest.raises(ValueError, match=message):
        training.paired(values, pairs)
