"""Every suggestion that an error makes is followed, and the error is gone: a wrong one is worse than none."""

from __future__ import annotations

import pytest
from bad_configs import BAD_CONFIGS, BAD_OVERRIDES
from bad_configs.followed import FOLLOWED, LATER, OTHER_MISTAKES, WITHOUT
from samples import seldom

from nncli.config.document import Document
from nncli.config.load import override
from nncli.config.resolve import resolve
from nncli.config.suggestions import changed, removed
from nncli.config.yaml_reader import read_faulty_yaml, read_value
from nncli.errors import Rewrite, Suggestion, UserError

BASE = "task: xor\narchitecture: [4]\n"
CASES = {what: (text, []) for what, (text, _) in BAD_CONFIGS.items()}
CASES |= {f"override: {what}": (BASE, [argument]) for what, (argument, *_) in BAD_OVERRIDES.items()}
CASES |= {f"mistake: {text!r}": (text, []) for text in OTHER_MISTAKES}


def document(text, overrides=()):
    return override(read_faulty_yaml(text, "x.yaml"), overrides)


def errors(make):
    """The errors of a config: none, one, or several."""
    try:
        resolve(make())
    except UserError as found:
        return found.errors
    return ()


def followed(data, way):
    """The data after the edits of a way."""
    for edit in sorted(way, key=lambda edit: edit.text is not None):  # removals come first
        data = removed(data, edit.path) if edit.text is None else changed(data, edit.path, read_value(edit.text))
    return data


def mended(text, overrides, way):
    """How the config is made after a way of a suggestion was gone."""
    if any(isinstance(change, Rewrite) for change in way):
        lines = text.split("\n")
        for change in way:
            line, column = change.position
            assert lines[line - 1][column - 1 :].startswith(change.old)
            lines[line - 1] = (
                lines[line - 1][: column - 1] + change.new + lines[line - 1][column - 1 + len(change.old) :]
            )
        return lambda: document("\n".join(lines), overrides)

    def make():
        try:
            given = document(text, overrides)
        except UserError:  # of the override alone: what it says to write is written instead
            given = document(text)
        return Document("x.yaml", followed(given.data, way))

    return make


@pytest.mark.parametrize("case", seldom(CASES, "shape: too many layers"))
def test_suggestions_work(case):
    text, overrides = CASES[case]
    before = errors(lambda: document(text, overrides))
    assert before
    for error in before:
        if not isinstance(error.hint, Suggestion):
            assert not error.hint or case in FOLLOWED, error.hint
            continue
        others = {other.given for other in before if other is not error} | LATER.get(case, set())
        for way in error.hint.ways:
            after = {other.given for other in errors(mended(text, overrides, way))}
            assert after <= others, error.hint


@pytest.mark.parametrize("text", OTHER_MISTAKES)
def test_these_mistakes_have_suggestions(text):
    assert all(isinstance(error.hint, Suggestion) for error in errors(lambda: document(text)))


@pytest.mark.parametrize("text", WITHOUT)
def test_nothing_is_suggested_that_is_not_meant(text):
    (error,) = errors(lambda: document(text))
    assert error.hint.startswith(WITHOUT[text])
    assert "Did you mean" not in error.hint
    assert WITHOUT[text] or not error.hint


@pytest.mark.parametrize("case", FOLLOWED)
def test_advice_in_words_works(case):
    """What no program can follow, followed by hand."""
    assert [str(error) for error in errors(lambda: document(*FOLLOWED[case]))] == []
    text, overrides = CASES[case]
    before = errors(lambda: document(text, overrides))
    assert any((error.hint or error.allowed) and not isinstance(error.hint, Suggestion) for error in before)
