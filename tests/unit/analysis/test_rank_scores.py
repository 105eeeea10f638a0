"""Rank scores beside SciPy's ranks."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from nncli.analysis.rank_scores import rank_scores, superiority

VALUES = st.lists(st.integers(-5, 5).map(float) | st.just(-math.inf), min_size=1, max_size=20)


@given(VALUES, VALUES)
def test_scores_are_twice_the_ranks_of_all(a, b):
    expected = 2 * stats.rankdata([*a, *b])
    assert np.concatenate(rank_scores(a, b)).tolist() == expected.tolist()


@given(VALUES, VALUES)
def test_superiority_is_the_share_of_all_pairs(a, b):
    wins = [(x > y) + 0.5 * (x == y) for x in a for y in b]
    assert superiority(a, b) == pytest.approx(np.mean(wins))
