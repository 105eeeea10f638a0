"""Numbers as a person would write them."""

from __future__ import annotations

import math

import pytest

from nncli.report import numbers
from nncli.report.numbers import BLOCK_HEIGHTS, sparkline


@pytest.mark.parametrize(
    ("function", "value", "text"),
    [
        ("short", None, "–"),
        ("short", math.nan, "–"),
        ("short", math.inf, "∞"),
        ("short", -math.inf, "-∞"),
        ("short", 0.0, "0"),
        ("short", 312, "312"),
        ("short", 312.0, "312"),
        ("short", 0.021314, "0.02131"),
        ("short", -0.34657, "-0.3466"),
        ("short", 1.20449e-7, "1.2e-07"),
        ("short", 12.3456, "12.35"),
        ("short", 12345.6, "12350"),
        ("short", 140357.3, "140400"),
        ("short", 140357.0, "140357"),
        ("short", 0.0999999, "0.1000"),
        ("short", -9.9999, "-10.00"),
        ("short", 9999.9, "10000"),
        ("short", 0.000099999, "0.0001000"),
        ("short", 999999.6, "1e+06"),
        ("short", 8.1e11, "8.1e+11"),
        ("duration", 0.0002, "under 1 ms"),
        ("duration", 0.0042, "4 ms"),
        ("duration", 0.031, "0.03 s"),
        ("duration", 9.5, "9.50 s"),
        ("duration", 42.4, "42 s"),
        ("duration", 61, "1 min 01 s"),
        ("duration", 3600, "1 h 00 min"),
        ("duration", 7384, "2 h 03 min"),
        ("grouped", 9999, "9999"),
        ("grouped", 10_000, "10 000"),
        ("grouped", -2_900_000, "-2 900 000"),
        ("percent", 0.98, "98 %"),
        ("percent", 2 / 3, "66.7 %"),
        ("percent", 1.0, "100 %"),
        ("percent", 0.0, "0 %"),
    ],
)
def test_text(function, value, text):
    assert getattr(numbers, function)(value) == text


@pytest.mark.parametrize(("number", "text"), [(1, "1 seed"), (0, "0 seeds"), (50, "50 seeds")])
def test_count(number, text):
    assert numbers.count(number, "seed") == text


@pytest.mark.parametrize("exponent", range(-9, 12))
@pytest.mark.parametrize("mantissa", [1.00012345, 5.55555555, 9.99949999, 9.99951111, 9.9999999])
def test_a_number_that_is_not_whole_has_at_most_four_significant_digits(mantissa, exponent):
    value = mantissa * 10.0**exponent
    text = numbers.short(value)
    assert float(text) == pytest.approx(value, rel=5e-3)
    assert len(text.split("e")[0].replace(".", "").lstrip("0").rstrip("0")) <= 4
    if 1e-4 <= value < 1e3:
        assert len(text.replace(".", "").lstrip("0")) == 4


@pytest.mark.parametrize(("seeds", "text"), [([7], "seed 7"), ((0, 1), "2 seeds"), (range(10_000), "10 000 seeds")])
def test_seeds(seeds, text):
    assert numbers.seeds_text(seeds) == text


def test_quantiles():
    assert numbers.quantiles([3.0]) == (3.0, 3.0, 3.0)
    assert numbers.quantiles(range(101)) == (5.0, 50.0, 95.0)


def test_a_sparkline_is_logarithmic():
    assert sparkline([10.0**-k for k in range(8)]) == BLOCK_HEIGHTS[::-1]
    assert sparkline([1.0, 1.0]) == BLOCK_HEIGHTS[0] * 2


@pytest.mark.parametrize("values", [[], [0.0], [math.nan, math.inf], [-1.0]])
def test_a_sparkline_of_nothing_that_can_be_drawn(values):
    assert sparkline(values) == ""


@pytest.mark.parametrize("length", [1, 15, 16, 17, 31, 1000])
@pytest.mark.parametrize("width", [1, 16])
def test_a_sparkline_is_no_wider_than_asked(length, width):
    falling = [math.exp(-i) for i in range(min(length, 600))]
    drawn = sparkline(falling, width)
    assert len(drawn) == min(len(falling), width)
    if len(drawn) > 1:
        assert drawn[0] == BLOCK_HEIGHTS[-1]
        assert list(drawn) == sorted(drawn, reverse=True)


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([1.0, 2.0, 3.0], (1.1, 2.0, 2.9)),
        ([1.0, math.inf, math.inf], (1.0, math.inf, math.inf)),
        ([math.inf] * 3, (math.inf,) * 3),
        ([-math.inf, 0.5, 1.0], (-math.inf, 0.5, 1.0)),
        ([-1.7e308, 0.0, 1.7e308], (-1.7e308, 0.0, 1.7e308)),
    ],
)
def test_quantiles_of_any_numbers(values, expected):
    assert numbers.quantiles(values) == pytest.approx(expected)
