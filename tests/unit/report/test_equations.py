"""Equations with numbers in them."""

from __future__ import annotations

import numpy as np
import pytest

from nncli.report.equations import WIDEST, broken, factor, matrix, number, sum_of_products


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0"),
        (-0.0, "0"),
        (0.5, "0.5"),
        (float(np.float32(0.1)), "0.1"),
        (0.100001, "0.1000"),
        (-1.23456, "-1.235"),
        (123456.7, "123500"),
        (1.23456e-7, "1.23e-07"),
        (3.0, "3"),
    ],
)
def test_a_number_has_four_digits_or_all_that_it_has(value, text):
    assert number(value) == text
    assert factor(value) == (f"({text})" if text.startswith("-") else text)


def test_a_matrix_has_its_decimal_points_below_each_other():
    assert matrix(np.array([[0.5, -10.25], [-1.125, 3]])) == ["[  0.5    -10.25 ]", "[ -1.125    3    ]"]
    assert matrix(np.array([1, -2])) == ["[ 1  -2 ]"]


@pytest.mark.parametrize("scale", [1e-9, 1e-4, 1, 1e5, 1e12])
def test_six_columns_of_any_numbers_are_not_too_wide(scale):
    values = scale * np.array([[-1.2345678, 9.87654e-6, -0.12345678] * 2, [9.87654e-6, -1.2345678, 1e-12] * 2])
    assert {len(line) for line in matrix(values)} <= {*range(WIDEST + 1)}
    assert len({len(line) for line in matrix(values)}) == 1


def test_a_long_equation_is_broken_at_its_operators():
    text = "z1 = " + sum_of_products([0.25] * 6, [-1.0625] * 6, 0.5) + " = -1.094"
    lines = broken(text, 60, 4)
    assert max(map(len, lines)) <= 60
    assert " ".join(line.strip() for line in lines) == text
    assert all(line.startswith("       + ") or line.startswith("       = ") for line in lines[1:])


def test_parentheses_stay_whole_but_for_a_sum_of_terms():
    text = "L = ((0.25 - 0.5)² + (0.125 - (-0.5))² + (1 - 2)²) / 3 = 0.4844"
    assert broken(text, 40, 0) == ["L = ((0.25 - 0.5)² + (0.125 - (-0.5))²", "  + (1 - 2)²) / 3 = 0.4844"]
    text = "w = 0.5 · (1 - 0.1) - 0.05 · 0.25 / (√0.0625 + 1e-08) = 0.4"
    assert broken(text, 40, 0) == ["w = 0.5 · (1 - 0.1)", "  - 0.05 · 0.25 / (√0.0625 + 1e-08)", "  = 0.4"]
