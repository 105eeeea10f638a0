"""What differs between two trees of plain data."""

from __future__ import annotations

import pytest

from nncli.analysis.differences import differences, one_line


@pytest.mark.parametrize(
    ("first", "second", "found"),
    [
        ({"a": 1, "b": {"c": 2}}, {"a": 1.0, "b": {"c": 3}}, {("b", "c"): (2, 3)}),
        ({"a": 1}, {"b": 1}, {(): ({"a": 1}, {"b": 1})}),  # two parts
        ({"x": {"adam": {"b": 1}}}, {"x": {"adam": {"b": 2}}}, {("x", "adam", "b"): (1, 2)}),
        ({"x": {"adam": {"b": 1}}}, {"x": {"sgd": {}}}, {("x",): ({"adam": {"b": 1}}, {"sgd": {}})}),
        ({"x": 1}, {"x": True}, {("x",): (1, True)}),
        ({"s": [1, 2]}, {"s": [1]}, {("s",): ([1, 2], [1])}),
        ({"l": [{"u": 1}]}, {"l": [{"u": 2}, {"v": 3}]}, {("l", 0, "u"): (1, 2), ("l", 1): (None, {"v": 3})}),
        ({"a": 1, "b": 2}, {"a": 1}, {("b",): (2, None)}),
        ({"a": None}, {"a": {}}, {("a",): (None, {})}),
    ],
)
def test_differences(first, second, found):
    assert dict(differences(first, second)) == found
    assert dict(differences(second, first)) == {path: (b, a) for path, (a, b) in found.items()}
    assert not [*differences(first, first)]


def test_one_line():
    assert one_line({"adam": {"beta1": 0.9, "x": [1, None, True]}}) == "{adam: {beta1: 0.9, x: [1, null, true]}}"
