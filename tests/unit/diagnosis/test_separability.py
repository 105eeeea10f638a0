"""Which Boolean functions a straight line separates."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from nncli.diagnosis.separability import linearly_separable

THRESHOLD_FUNCTIONS = {1: 4, 2: 14, 3: 104}
"""How many of the 2^2^n functions of n inputs are linearly separable. Source: OEIS A000609."""


@pytest.mark.parametrize("inputs", THRESHOLD_FUNCTIONS)
@pytest.mark.parametrize("signed", [False, True])
def test_as_many_as_there_are_threshold_functions(inputs, signed):
    X = np.array(list(itertools.product([-1.0 if signed else 0.0, 1.0], repeat=inputs)))
    tables = itertools.product([0.0, 1.0], repeat=2**inputs)
    assert sum(linearly_separable(X, np.array(y)) for y in tables) == THRESHOLD_FUNCTIONS[inputs]


def test_a_margin_of_any_size_will_do():
    X = np.array([[0.0], [1e-3]])
    assert linearly_separable(X, np.array([0.0, 1.0]))
    assert not linearly_separable(np.array([[0.0], [1e-3], [2e-3]]), np.array([0.0, 1.0, 0.0]))


def test_a_point_in_both_classes():
    assert not linearly_separable(np.zeros((2, 2)), np.array([0.0, 1.0]))
