"""A mistake in one sentence."""

from __future__ import annotations

import re

import pytest

from nncli import errors
from nncli.errors import ExitCode, Forbidden, Place, UserError, UserErrors, distinct, quoted


@pytest.mark.parametrize(
    ("given", "parts", "text"),
    [
        ("it is wrong", {}, "it is wrong."),
        ("it is wrong.", {"where": "x.yaml:1:2"}, "x.yaml:1:2: it is wrong."),
        ("unknown", {"hint": "Did you mean 'a'?"}, "unknown. Did you mean 'a'?"),
        ("unknown", {"hint": "Did you mean 'a'?", "allowed": "Known: a, b"}, "unknown. Did you mean 'a'? Known: a, b."),
        ("too long", {"hint": "Shorten it.", "allowed": "At most 3"}, "too long. Shorten it. At most 3."),
    ],
)
def test_a_sentence(given, parts, text):
    assert str(UserError(given, **parts)) == text


def test_every_exit_code_is_explained():
    words = re.findall(r"\w+", errors.__doc__)
    assert all(code.name in words and str(code.value) in words for code in ExitCode if code)


def test_several_errors_are_lines_of_their_own():
    several = UserErrors([UserError("one", code=ExitCode.DATA), UserError("two", where="here")])
    assert str(several) == "one.\nhere: two."
    assert several.code == ExitCode.DATA


@pytest.mark.parametrize(
    ("place", "text"),
    [
        (Place(), ""),
        (Place("--name"), "--name"),
        (Place("x.yaml", (4, 13), ("architecture", 1, "units")), "x.yaml:4:13: architecture[1].units"),
        (Place("data.csv", (7, "width")), "data.csv:7:width"),
        (Place("x.yaml", path=("seeds",), override="seeds=x"), "override 'seeds=x': seeds"),
        (Place(override=""), "override ''"),
        (Place("x.yaml", (1, 7), ("task",), inner=Place("data.csv", (2,))), "x.yaml:1:7: task: data.csv:2"),
    ],
)
def test_a_place(place, text):
    assert str(place) == text


@pytest.mark.parametrize(
    ("place", "other", "covers"),
    [
        (Place("s/a-1"), Place("s/a-1"), True),
        (Place("s/a-1"), Place("s/a-1/x.csv", (3,)), True),
        (Place("s/a-1"), Place("s/a-10/x.csv"), False),
        (Place("s/a/x.csv", (3,)), Place("s/a/x.csv", (3,)), True),
        (Place("s/a/x.csv", (3,)), Place("s/a/x.csv", (4,)), False),
    ],
)
def test_a_place_covers_what_is_inside_it(place, other, covers):
    assert place.covers(other) is covers


def test_an_error_but_for_some_parts_leaves_the_first_as_it_is():
    error = Forbidden("cannot read", where="x", hint="Try y", allowed="At most 3", code=ExitCode.FILES, option="file")
    other = error.replaced(where=Place("z"), hint="", code=ExitCode.CORRUPT)
    assert str(error) == "x: cannot read. Try y. At most 3."
    assert str(other) == "z: cannot read. At most 3."
    assert (type(other), other.code, other.option) == (Forbidden, ExitCode.CORRUPT, "file")
    assert str(error.replaced(start="of a run: ", allowed="")) == "x: of a run: cannot read. Try y."


def test_several_errors_change_together():
    several = UserErrors([UserError("one"), UserError("two", where="here")]).replaced(code=ExitCode.CORRUPT)
    assert str(several) == "one.\nhere: two."
    assert {error.code for error in (several, *several.errors)} == {ExitCode.CORRUPT}


def test_what_was_said_is_not_said_again():
    one, two = UserError("one"), UserError("two")
    assert distinct([one, two, UserError("one"), UserError("one", where="here")])[:2] == (one, two)
    assert len(distinct([one, two, UserError("one"), UserError("one", where="here")])) == 3


@pytest.mark.parametrize(
    ("text", "length", "shown"),
    [
        ("relu", 40, "'relu'"),
        ("it's", 40, "'it's'"),
        ("a\n\x1b[31m\u202e\ud800", 40, r"'a\n\x1b[31m\u202e\ud800'"),
        ("x" * 8, 8, "'xxxxxxxx'"),
        ("x" * 9, 8, "'xxxxxxx…'"),
    ],
)
def test_a_text_is_repeated_in_quotes(text, length, shown):
    assert quoted(text, length) == shown
