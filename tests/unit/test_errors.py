"""A mistake in one sentence."""

from __future__ import annotations

import pytest

from nncli.errors import ExitCode, UserError, UserErrors, did_you_mean, quoted


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


def test_several_errors_are_lines_of_their_own():
    errors = UserErrors([UserError("one", code=ExitCode.DATA), UserError("two", where="here")])
    assert str(errors) == "one.\nhere: two."
    assert errors.code == ExitCode.DATA


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


@pytest.mark.parametrize(
    ("given", "hint"),
    [
        ("rleu", "Did you mean 'relu'?"),
        ("ReLU", "Did you mean 'relu'?"),
        ("leaky-relu", "Did you mean 'leaky_relu'?"),
        ("xyz", ""),
        ("leaky_relu" * 10_000, ""),
        ("", ""),
    ],
)
def test_did_you_mean(given, hint):
    assert did_you_mean(given, ["relu", "leaky_relu", "tanh"]) == hint
