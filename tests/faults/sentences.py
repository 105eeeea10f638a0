"""What an answer to a user is, whatever the user gave."""

from __future__ import annotations

import unicodedata

CONTROLS = {"Cc", "Cf", "Cs", "Zl", "Zp"}
"""Control and format characters, surrogates, line breaks: what a terminal obeys, by its category in Unicode."""


def check_sentence(text, longest=500):
    """One line that ends as a sentence does, is not too long to be read, and commands no terminal."""
    assert {unicodedata.category(character) for character in text} & CONTROLS == set()
    assert 0 < len(text) <= longest
    assert text.endswith((".", "?"))
    assert not text.endswith(("..", "?."))
