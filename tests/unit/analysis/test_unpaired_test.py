"""The permutation test of two samples, beside SciPy's and all choices one by one."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from nncli.analysis import unpaired_test as unpaired
from nncli.analysis.unpaired_test import permutation_test, unpaired_seeds_needed

FEW = st.lists(st.integers(-4, 4).map(float), min_size=1, max_size=5)


@given(FEW, FEW)
def test_p_counts_all_choices(a, b):
    values, n = np.array([*a, *b]), len(a)
    away = [abs(values[list(own)].sum() - n * values.mean()) for own in itertools.combinations(range(len(values)), n)]
    measured = abs(sum(a) - n * values.mean())
    assert permutation_test(a, b) == pytest.approx(np.mean(np.array(away) >= measured - 1e-9))


@pytest.mark.parametrize(("solved", "of"), [((3, 9), (10, 10)), ((50, 40), (50, 50)), ((1, 0), (700, 700))])
def test_of_solved_or_not_it_is_fishers_test(solved, of):
    a, b = (np.arange(n) < k for k, n in zip(solved, of, strict=True))
    table = np.array([[k, n - k] for k, n in zip(solved, of, strict=True)])
    assert permutation_test(a, b) == pytest.approx(stats.fisher_exact(table).pvalue)


def test_many_values_have_the_limit(monkeypatch):
    a, b = np.random.default_rng(0).integers(0, 50, (2, 60)) + np.array([[0], [6]])
    exact = permutation_test(a, b)
    monkeypatch.setattr(unpaired, "EXACT_STEPS", 0)
    assert permutation_test(a, b) == pytest.approx(exact, rel=0.1)


def test_as_many_seeds_as_needed_see_the_difference_in_four_of_five_cases():
    random = np.random.default_rng(1)
    a, b = np.rint(random.normal([[0], [8]], 20, (2, 100)))
    n = unpaired_seeds_needed(a, b)
    seen = [permutation_test(random.choice(a, n), random.choice(b, n)) <= 0.05 for _ in range(200)]
    assert np.mean(seen) == pytest.approx(0.8, abs=0.08)


@pytest.mark.parametrize(("a", "b"), [([0, 0], [1, 1]), ([1] * 20, [1] * 19 + [0]), ([1, 0] * 20, [0, 1] * 20)])
def test_too_little_says_nothing_of_how_many_seeds_it_takes(a, b):
    assert unpaired_seeds_needed(a, b) is None
