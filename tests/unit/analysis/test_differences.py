"""What differs between two trees of plain data."""

from __future__ import annotations

from math import nan

import pytest

from nncli.analysis.differences import ABSENT, differences, one_line


@pytest.mark.parametrize(
    ("first", "second", "found"),
    [
        ({"a": 1, "b": {"c": 2}}, {"a": 1.0, "b": {"c": 3}}, {("b", "c"): (2, 3)}),
        ({"a": 1}, {"b": 1}, {(): ({"a": 1}, {"b": 1})}),  # two parts
        ({"x": {"adam": {"b": 1}}}, {"x": {"adam": {"b": 2}}}, {("x", "adam", "b"): (1, 2)}),
        ({"x": {"adam": {"b": 1}}}, {"x": {"sgd": {}}}, {("x",): ({"adam": {"b": 1}}, {"sgd": {}})}),
        ({"x": 1}, {"x": True}, {("x",): (1, True)}),
        ({"s": [1, 2]}, {"s": [1]}, {("s",): ([1, 2], [1])}),
        ({"s": [1]}, {"s": [True]}, {("s",): ([1], [True])}),
        ({"s": [1, "1"]}, {"s": [1.0, 1]}, {("s",): ([1, "1"], [1.0, 1])}),
        ({"s": []}, {"s": [{"u": 1}]}, {("s",): ([], [{"u": 1}])}),
        ({"s": []}, {}, {("s",): ([], ABSENT)}),
        ({"s": []}, {"s": None}, {("s",): ([], None)}),
        ({"s": [[1], [nan]]}, {"s": [[True], [nan]]}, {("s", 0): ([1], [True])}),
        ({"x": "1"}, {"x": 1}, {("x",): ("1", 1)}),
        ({"x": nan, "y": nan}, {"x": nan, "y": 1.0}, {("y",): (nan, 1.0)}),
        ({"x": 2**53 + 1}, {"x": 2.0**53}, {("x",): (2**53 + 1, 2.0**53)}),
        ({"x": 10**400, "y": 10**400}, {"x": 5, "y": nan}, {("x",): (10**400, 5), ("y",): (10**400, nan)}),
        ({"l": [{"u": 1}]}, {"l": [{"u": 2}, {"v": 3}]}, {("l", 0, "u"): (1, 2), ("l", 1): (ABSENT, {"v": 3})}),
        ({"l": [None]}, {"l": []}, {("l",): ([None], [])}),
        ({"l": [[1], None]}, {"l": [[1]]}, {("l", 1): (None, ABSENT)}),
        ({"a": 1, "b": 2}, {"a": 1}, {("b",): (2, ABSENT)}),
        ({"a": 1, "b": None}, {"a": 1}, {("b",): (None, ABSENT)}),
        ({"a": None}, {"a": {}}, {("a",): (None, {})}),
    ],
)
def test_differences(first, second, found):
    assert dict(differences(first, second)) == found
    assert dict(differences(second, first)) == {path: (b, a) for path, (a, b) in found.items()}
    assert not [*differences(first, first)]


def test_one_line():
    assert one_line({"adam": {"beta1": 0.9, "x": [1, None, True]}}) == "{adam: {beta1: 0.9, x: [1, null, true]}}"
