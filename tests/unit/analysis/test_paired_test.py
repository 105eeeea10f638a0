"""Paired tests, beside SciPy's and by hand."""

from __future__ import annotations

import itertools
import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from nncli.analysis import paired_test as paired
from nncli.analysis.paired_test import (
    effect_size,
    fewest_seeds,
    holm,
    probability_of_improvement,
    seeds_needed,
    sign_flip_test,
)

WHOLE = st.lists(st.integers(-50, 50), min_size=1, max_size=40)
REAL = st.lists(st.floats(-1e3, 1e3), min_size=1, max_size=25)


@pytest.mark.parametrize(
    ("differences", "p"),
    [
        ([], 1),
        ([0, 0, 0], 1),
        ([5], 1),
        ([1, 2], 2 / 4),
        ([1, 2, -3], 1),
        ([1, 2, 3], 2 / 8),
        ([1, 2, -1], 6 / 8),  # the sums of flips: ±4, ±2 twice, 0 twice
        ([0.1, 0.2, 0.3], 2 / 8),
        ([0.1, 0.2, -0.3], 1),  # which is not 0 in floating point
        ([1] * 6, 2 / 64),
        ([1] * 17 + [0] * 33, 2 / 2**17),
        ([1] * 9 + [-1], 22 / 1024),
        ([1e300, 1e300, 1e300], 2 / 8),
    ],
)
def test_sign_flips_by_hand(differences, p):
    assert sign_flip_test(differences) == pytest.approx(p, rel=1e-12)


@pytest.mark.parametrize("n", [2, 5, 10, 14])
@pytest.mark.parametrize("whole", [True, False])
def test_sign_flips_are_those_of_scipy(n, whole):
    d = np.random.default_rng(n).normal(1, 2, n)
    d = np.rint(10 * d) if whole else d
    options: Any = {"permutation_type": "samples", "n_resamples": np.inf, "vectorized": False}  # its types forbid inf
    expected = stats.permutation_test((d,), np.sum, **options)
    assert sign_flip_test(d) == pytest.approx(expected.pvalue, rel=1e-12)


@pytest.mark.parametrize(("ones", "others"), [(3, 1), (17, 4), (40, 30), (600, 500)])
def test_solved_or_not_is_the_exact_test_of_mcnemar(ones, others):
    d = np.r_[np.ones(ones), -np.ones(others), np.zeros(20)]
    assert sign_flip_test(d) == pytest.approx(stats.binomtest(ones, ones + others).pvalue, rel=1e-9)


def test_whole_numbers_are_counted_as_by_trying_all_signs():
    d = np.random.default_rng(5).integers(-30, 40, 15).astype(float)
    sums = [abs(np.dot(signs, d)) for signs in itertools.product((1, -1), repeat=15)]
    expected = np.mean(np.array(sums) >= abs(d.sum()))
    assert sign_flip_test(d) == pytest.approx(expected, rel=1e-12)
    assert sign_flip_test(d / 7) == pytest.approx(expected, rel=1e-12), "by enumeration"


@pytest.mark.parametrize("n", [21, 50, 200, 1100])
def test_drawn_flips_and_their_limit_agree_with_the_exact_count(n):
    d = np.rint(np.random.default_rng(n).normal(0, 10, n) + 15 / math.sqrt(n))
    exact, drawn = sign_flip_test(d), sign_flip_test(d / 7)
    assert drawn == pytest.approx(exact, abs=4 * math.sqrt(exact * (1 - exact) / 20_000) + 0.001)


def test_a_drawn_p_value_is_never_0():
    assert sign_flip_test(np.linspace(1, 2, 300) / 7) == pytest.approx(1 / 20_001)


@given(WHOLE | REAL, st.randoms())
def test_a_p_value_is_one_and_the_same_from_both_sides_in_any_order(differences, random):
    d = np.array(differences, float)
    p = sign_flip_test(d)
    assert 0 < p <= 1
    assert sign_flip_test(-d) == p
    random.shuffle(differences)
    assert sign_flip_test(differences) == p


@given(WHOLE)
def test_pairs_that_do_not_differ_say_nothing(differences):
    assert sign_flip_test([*differences, 0, 0]) == sign_flip_test(differences)


@pytest.mark.parametrize(
    ("p", "adjusted"),
    [
        ([], []),
        ([0.03], [0.03]),
        ([0.01, 0.04, 0.03], [0.03, 0.06, 0.06]),
        ([0.01, 0.02, 0.03, 0.005], [0.03, 0.04, 0.04, 0.02]),
        ([0.6, 0.5], [1, 1]),
        ([0.02, 0.02, 0.02], [0.06, 0.06, 0.06]),
    ],
)
def test_holm_by_hand(p, adjusted):
    assert holm(p) == pytest.approx(adjusted)


@given(st.lists(st.floats(1e-12, 1), min_size=1, max_size=20))
def test_holm_keeps_the_order_and_raises_every_p_value(p_values):
    adjusted = holm(p_values)
    assert np.all(adjusted >= p_values)
    assert np.all(adjusted <= np.minimum(1, len(p_values) * np.array(p_values) * (1 + 1e-12)))
    order = np.argsort(p_values, kind="stable")
    assert np.all(np.diff(adjusted[order]) >= 0)


@pytest.mark.parametrize(
    ("a", "b", "probability"), [([1, 2], [0, 0], 1), ([1, 0], [0, 1], 0.5), ([3, 3, 3], [3, 2, 4], 0.5), ([0], [1], 0)]
)
def test_probability_of_improvement_by_hand(a, b, probability):
    assert probability_of_improvement(a, b) == probability


@pytest.mark.parametrize(
    ("differences", "size"),
    [([1, 3], math.sqrt(2)), ([-1, -3], -math.sqrt(2)), ([0, 0], 0), ([2, 2], math.inf), ([-2, -2], -math.inf)],
)
def test_effect_size_by_hand(differences, size):
    assert effect_size(differences) == pytest.approx(size)


def test_one_pair_has_no_effect_size():
    assert math.isnan(effect_size([3]))


@pytest.mark.parametrize(
    ("differences", "level", "seeds"),
    [
        ([0, 0, 0], 0.05, None),
        ([1, -1], 0.05, None),
        ([0.1, 0.2, -0.3], 0.05, None),  # which is not 0 in floating point
        ([1, 1, 1, 1, 1], 0.05, None),  # too few to be sure of anything
        ([1] * 6, 0.05, 6),  # 2 · 2⁻⁶ < 0.05
        ([1] * 6, 0.01, 8),  # 2 · 2⁻⁸ < 0.01
        ([1] * 6 + [0] * 294, 0.05, 391),  # (1.96 √0.02 + 0.8416 √(0.02 - 0.0004))² / 0.0004
        ([1, 1, 1, -1] * 2, 0.05, 29),  # (1.96 + 0.8416 √0.75)² / 0.25
    ],
)
def test_seeds_needed_by_hand(differences, level, seeds):
    assert seeds_needed(differences, level) == seeds


@pytest.mark.parametrize(
    "population",
    [[1] * 6 + [0] * 294, [1] * 7 + [-1] * 2 + [0] * 41, np.rint(np.random.default_rng(0).normal(10, 25, 200))],
    ids=["rarely solved", "solved", "epochs"],
)
def test_as_many_seeds_as_needed_see_the_difference_in_four_of_five_cases(population):
    random, n = np.random.default_rng(1), seeds_needed(population)
    seen = [sign_flip_test(random.choice(population, n)) <= 0.05 for _ in range(300)]
    assert np.mean(seen) == pytest.approx(0.8, abs=0.07)


def test_no_memory_grows_with_the_number_of_flips():
    assert paired.BLOCK * paired.LARGEST * 8 <= 10_000_000


@pytest.mark.parametrize("comparisons", [1, 2, 8, 40])
def test_one_seed_less_than_the_fewest_is_never_sure(comparisons):
    n = fewest_seeds(comparisons)
    assert holm([sign_flip_test(np.ones(n))] + [1] * (comparisons - 1))[0] < 0.05
    assert holm([sign_flip_test(np.ones(n - 1))] + [1] * (comparisons - 1))[0] >= 0.05


def test_eight_comparisons_need_nine_seeds():
    assert fewest_seeds(8) == 9
