"""The two values that `nncli diff` shows: what differs never looks alike."""

from __future__ import annotations

import pytest

from nncli.analysis.differences import ABSENT
from nncli.report.difference_text import LONGEST, value_texts

LONG = list(range(200))


@pytest.mark.parametrize(
    ("first", "second", "shown"),
    [
        (0.0213456, 0.5, ("0.02135", "0.5000")),
        (0.7126738131046295, 0.7127143740653992, ("0.71267", "0.71271")),
        (0.1 + 0.2, 0.3, ("0.30000000000000004", "0.3")),
        (1.0, 0.99999, ("1", "0.99999")),
        (12.0, 12.0004, ("12", "12.0004")),
        (10**400, 5.0, (f"1{'0' * (LONGEST - 2)}…", "5")),
        ("[" * 100_000, 1, ("[" * (LONGEST - 1) + "…", "1")),
        (1, True, ("1", "true")),
        (1, "1", ("1", '"1"')),
        ([1], ["1"], ("[1]", '["1"]')),
        (None, ABSENT, ("null", "–")),
        ("null", None, ('"null"', "null")),
        ("–", ABSENT, ('"\\u2013"', "–")),
        ("", ABSENT, ('""', "–")),
        (float("nan"), ABSENT, ("NaN", "–")),
        ([], {}, ("[]", "{}")),
        ("a b", "a  b", ('"a b"', '"a  b"')),
        ("\x1b", "\\x1b", ('"\\u001b"', '"\\\\x1b"')),
        ("é", "e\u0301", ('"\\u00e9"', '"e\\u0301"')),
        ("x" * 500, "y", ("x" * (LONGEST - 1) + "…", "y")),
    ],
)
def test_what_differs_looks_different(first, second, shown):
    assert value_texts((first, second)) == shown
    assert value_texts((second, first)) == shown[::-1]


@pytest.mark.parametrize(
    ("second", "around"),
    [
        ([*LONG[:150], -1, *LONG[150:]], "149, 150"),
        (LONG[:150], "149, 150"),
        ([*LONG, 200], "198, 199"),
        ([*LONG[:-1], "199"], "198, 199"),
    ],
)
def test_long_values_are_shown_where_they_begin_to_differ(second, around):
    shown = value_texts((LONG, second))
    assert shown[0] != shown[1]
    assert all(len(text) <= LONGEST and text.startswith("…") for text in shown)
    assert around in shown[0]
