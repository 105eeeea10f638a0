"""How people write numbers and codes in ways that programs do not read."""

from __future__ import annotations

import re
from collections.abc import Iterable

NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)
DECIMAL_COMMA = re.compile(r"[+-]?\d*,\d+([eE][+-]?\d+)?", re.ASCII)
THOUSANDS = re.compile(r"[+-]?[1-9]\d{0,2}(,\d{3})+(\.\d*)?", re.ASCII)
GROUPED = re.compile(
    r"(?P<whole>[+-]?\d{1,3}(?P<mark>[.'’_ \u00a0\u2009\u202f])\d{3}((?P=mark)\d{3})*)"
    r"((?!(?P=mark))[.,](?P<decimals>\d+))?",
    re.ASCII,
)
"""Thousands separated by anything but commas, such as 1.000,92 and 1 000 000."""

UP_TO_999 = re.compile(r"[+-]?\d{1,3}", re.ASCII)
THREE_DECIMALS = re.compile(r"[+-]?[1-9]\d{0,2}\.\d{3}", re.ASCII)

CODE = re.compile(r"[+-]?0\d+|\d{16,}", re.ASCII)
"""A number that is more likely a code: 02134, or more digits than float64 has."""


def as_decimal(field: str, delimiter: str) -> str:
    """How to write a number that has commas or thousands separators; both ways if it is ambiguous.

    Args:
        field: the text.
        delimiter: of the file: if it is a comma, one inside a field more likely separates thousands than decimals.
    """
    is_decimal, is_thousands = DECIMAL_COMMA.fullmatch(field), THOUSANDS.fullmatch(field)
    whole, decimal = field.replace(",", ""), field.replace(",", ".")
    if is_thousands and not is_decimal:
        return f"Write {whole}, without commas"
    if is_thousands and delimiter == ",":
        return f"Write {whole}, or {decimal.rstrip('0').rstrip('.')}"
    if is_decimal:
        return f"Write {decimal}, with a decimal point"
    if grouped := GROUPED.fullmatch(field):
        digits = grouped["whole"].replace(grouped["mark"], "")
        if grouped["decimals"]:
            return f"Write {digits}.{grouped['decimals']}, with a decimal point"
        return f"Write {digits}"
    return ""


def mixed_points(column: Iterable[str]) -> tuple[str, str] | None:
    """Two numbers of a column whose points may separate thousands: of 950, 1.050 and 1.200 the first two.

    They may if all numbers are integers below 1000, or have three decimals; a program that writes decimals would
    omit the last zero, or write 950.000.
    """
    whole = dotted = ""
    for field in column:
        if UP_TO_999.fullmatch(field):
            whole = whole or field
        elif not THREE_DECIMALS.fullmatch(field):
            return None
        elif field.endswith("0"):
            dotted = dotted or field
    return (whole, dotted) if whole and dotted else None


def is_code(word: str) -> bool:
    """Whether a number is written like a code."""
    return CODE.fullmatch(word) is not None
