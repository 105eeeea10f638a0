"""Hyperplanes and certificates, checked by an independent exact oracle."""

from __future__ import annotations

import itertools
import math
from fractions import Fraction

import numpy as np
import pytest

from nncli.analysis.separation import Answer, Certificate, Hyperplane
from nncli.diagnosis import separability
from nncli.diagnosis.exact_feasibility import feasible, solve
from nncli.diagnosis.separability import linearly_separable, separate
from nncli.diagnosis.threshold_functions import count_threshold_functions
from nncli.diagnosis.two_classes import of_task
from nncli.report.separable_text import answer_lines

THRESHOLD_FUNCTIONS = {1: (4, 4), 2: (16, 14), 3: (256, 104), 4: (65_536, 1882)}
"""All functions, and the linearly separable ones. Source: OEIS A000609."""


def check(inputs, positive, found):
    """Verify a proof by nothing but its definition. Returns: whether the classes are separable."""
    rows = [[Fraction(value) for value in row] for row in np.asarray(inputs, float).tolist()]
    if isinstance(found, Hyperplane):
        values = [sum(w * x for w, x in zip(found.weights, row, strict=True)) + found.bias for row in rows]
        assert all((value > 0) if side else (value < 0) for value, side in zip(values, positive, strict=True))
        length = math.hypot(*map(float, found.weights))
        if length:
            assert found.margin == pytest.approx(min(abs(float(value)) for value in values) / length)
        return True
    assert len(found.positive) + len(found.negative) <= len(rows[0]) + 2
    for side, expected in ((found.positive, True), (found.negative, False)):
        assert all(weight > 0 and bool(positive[row]) is expected for row, weight in side)
        assert sum(weight for _, weight in side) == 1
        point = [sum(weight * rows[row][k] for row, weight in side) for k in range(len(rows[0]))]
        assert point == list(found.point)
    return False


@pytest.mark.parametrize("inputs", [1, 2, 3])
@pytest.mark.parametrize("signed", [False, True])
def test_every_boolean_function_is_decided_with_proof(inputs, signed):
    X = np.array([*itertools.product([-1.0 if signed else 0.0, 1.0], repeat=inputs)])
    tables = [np.array(table) for table in itertools.product([False, True], repeat=2**inputs)]
    assert sum(check(X, table, separate(X, table)) for table in tables) == THRESHOLD_FUNCTIONS[inputs][1]


@pytest.mark.parametrize("inputs", [1, 2, 3, pytest.param(4, marks=pytest.mark.slow)])
def test_as_many_as_there_are_threshold_functions(inputs):
    assert count_threshold_functions(inputs) == THRESHOLD_FUNCTIONS[inputs]


CASES = {
    "a tiny gap": ([[0.0], [1e-12], [1.0]], [0, 1, 1], True),
    "a gap of one unit in the last place": ([[1.0], [np.nextafter(1, 2)], [2.0]], [0, 1, 1], True),
    "between": ([[0.0], [0.5], [1.0]], [1, 0, 1], False),
    "on the line, exactly": ([[0.0, 0.0], [1.0, 1.0], [0.5, 0.5]], [1, 1, 0], False),
    "on the line, as floats": ([[0.1, 0.1], [0.3, 0.3], [0.2, 0.2]], [1, 1, 0], False),
    "beside the line by rounding": ([[0.0, 0.0], [0.3, 0.9], [0.1, 0.3]], [1, 1, 0], True),
    "on a face": ([[0, 0], [2, 0], [0, 2], [1, 0]], [1, 1, 1, 0], False),
    "the same point twice": ([[1.0, 2.0], [1.0, 2.0]], [1, 0], False),
    "zero and minus zero": ([[0.0], [-0.0]], [1, 0], False),
    "one class": ([[1.0], [2.0]], [1, 1], True),
    "the other class": ([[1.0], [2.0]], [0, 0], True),
    "one point": ([[1.0, 1.0]], [1], True),
    "a constant column": ([[0.0, 5.0], [1.0, 5.0]], [0, 1], True),
    "large": ([[1e300, 0.0], [-1e300, 0.0]], [1, 0], True),
    "small": ([[1e-300], [2e-300], [3e-300]], [0, 1, 1], True),
    "scales apart": ([[1e10, 1e-10], [1e10, 2e-10], [-1e10, 2e-10]], [0, 1, 1], True),
}


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("exactly", [False, True])
def test_ties_and_extremes(name, exactly, monkeypatch):
    rows, classes, separable = CASES[name]
    if exactly:
        monkeypatch.setattr(separability, "_proposed", lambda *_: None)
    inputs, positive = np.array(rows, float), np.array(classes, bool)
    assert check(inputs, positive, separate(inputs, positive)) is separable


@pytest.mark.parametrize("seed", range(20))
def test_random_rows_agree_with_exact_arithmetic(seed, monkeypatch):
    rng = np.random.default_rng(seed)
    inputs = rng.integers(-3, 4, (rng.integers(2, 12), rng.integers(1, 4))).astype(float)
    positive = rng.random(len(inputs)) < 0.5
    quick = check(inputs, positive, separate(inputs, positive))
    monkeypatch.setattr(separability, "_proposed", lambda *_: None)
    assert check(inputs, positive, separate(inputs, positive)) is quick


@pytest.mark.parametrize("rows", [200, pytest.param(1000, marks=pytest.mark.slow)])
@pytest.mark.parametrize("separable", [False, True])
def test_many_rows(rows, separable):
    rng = np.random.default_rng(0)
    inputs = rng.standard_normal((rows, 20))
    positive = inputs @ rng.standard_normal(20) > 0.1 if separable else rng.random(rows) < 0.5
    assert check(inputs, positive, separate(inputs, positive)) is separable


def test_the_margin_is_the_largest():
    square = np.array([[0.0, 0.0], [0.0, 1.0], [2.0, 0.0], [2.0, 1.0]])
    found = separate(square, np.array([False, False, True, True]))
    assert isinstance(found, Hyperplane)
    assert (found.weights, found.bias, found.margin) == ((1, 0), -1, 1.0)


def test_a_margin_too_small_for_a_float_is_not_said_to_be_zero():
    found = separate(np.array([[0.0], [5e-324]]), np.array([False, True]))
    assert check([[0.0], [5e-324]], [False, True], found)
    lines = answer_lines(Answer(("1", "0"), (1, 1), found), np.zeros((2, 1)), ["x"], alone=True)
    assert "margin above 0, but too small for a float: no row is closer to the hyperplane" in [*lines]


def test_every_class_of_a_task_has_its_proof():
    asked = of_task("{blobs: {classes: 4}}")
    assert [own.classes[1] for own in asked] == ["the others"] * 4
    assert all(check(own.inputs, own.positive, own.separated().proof) in (True, False) for own in asked)
    assert np.array_equal(sum(own.positive.astype(int) for own in asked), np.ones(len(asked[0].inputs)))


def test_targets_are_classes():
    assert linearly_separable(np.array([[0.0], [1e-3]]), np.array([0.0, 1.0]))
    assert not linearly_separable(np.array([[0.0], [1e-3], [2e-3]]), np.array([0.0, 1.0, 0.0]))


def test_exact_equations():
    half = Fraction(1, 2)
    assert solve([[Fraction(1), Fraction(1)], [Fraction(1), Fraction(-1)]], [Fraction(1), Fraction(0)]) == [half, half]
    assert solve([[Fraction(1)], [Fraction(2)]], [Fraction(1)]) is None
    assert solve([[Fraction(1), Fraction(1)]], [Fraction(1), Fraction(2)]) is None


@pytest.mark.parametrize("seed", range(20))
def test_exact_feasibility_proves_either_answer(seed):
    rng = np.random.default_rng(seed)
    m, n = rng.integers(1, 5), rng.integers(1, 7)
    columns = [[Fraction(int(v)) for v in column] for column in rng.integers(-2, 3, (n, m))]
    right = [Fraction(int(v)) for v in rng.integers(0, 3, m)]
    x, y = feasible(columns, right)
    if x is not None:
        assert all(value > 0 for value in x.values())
        assert [sum(value * columns[j][i] for j, value in x.items()) for i in range(m)] == right
    else:
        assert all(sum(a * b for a, b in zip(y, column, strict=True)) <= 0 for column in columns)
        assert sum(a * b for a, b in zip(y, right, strict=True)) > 0


def test_a_certificate_as_plain_data():
    found = separate(np.array([[0.0], [1.0], [2.0]]), np.array([True, False, True]))
    assert isinstance(found, Certificate)
    certificate = {"positive": [[1, "1/2"], [3, "1/2"]], "negative": [[2, "1"]], "point": ["1"]}
    assert found.as_plain() == {"separable": False, "margin": None, "certificate": certificate}
