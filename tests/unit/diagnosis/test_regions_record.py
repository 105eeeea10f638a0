"""Numbers of regions as JSON can hold them."""

from __future__ import annotations

from fractions import Fraction

import pytest

from nncli.diagnosis.regions_record import number, text


@pytest.mark.parametrize(
    ("value", "as_text", "as_float"),
    [
        (Fraction(-1, 3), "-1/3", -1 / 3),
        (Fraction(2), "2", 2.0),
        (Fraction(10) ** 400, str(10**400), float("inf")),
        (-(Fraction(10) ** 400), str(-(10**400)), float("-inf")),
        (Fraction(1, 2**20_000), None, 0.0),  # Python itself refuses to write so many digits
    ],
)
def test_a_fraction_of_any_size_has_a_text_or_none_and_a_float(value, as_text, as_float):
    assert (text(value), number(value)) == (as_text, as_float)
