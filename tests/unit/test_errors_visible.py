"""What a terminal obeys, or does not show, is escaped; all else stays as it is."""

from __future__ import annotations

import sys
import unicodedata

import pytest

from nncli.errors import visible

TURNS = {"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"}
"""The bidirectional classes of characters that turn the direction of others."""

UNSEEN = "\xad\u061c\u180e\u200b\u200e\u200f\u2060\ufeff\U000e0041"


def is_obeyed(character: str) -> bool:
    control = unicodedata.category(character) in ("Cc", "Cs", "Zl", "Zp")
    return control or unicodedata.bidirectional(character) in TURNS or character in UNSEEN


def test_every_character_that_is_obeyed_is_escaped_and_no_letter_mark_number_symbol_or_space():
    for code in range(sys.maxunicode + 1):
        character = chr(code)
        if is_obeyed(character):
            assert visible(character) == repr(character)[1:-1] != character
        elif unicodedata.category(character)[0] in "LMNPSZ":
            assert visible(character) == character


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[31mred\x1b[0m", r"\x1b[31mred\x1b[0m"),
        ("\x9b2J", r"\x9b2J"),
        ("a\r\nb\tc\x00", r"a\r\nb\tc\x00"),
        ("invoice\u202efdp.exe", r"invoice\u202efdp.exe"),
        ("byte \udcff", r"byte \udcff"),
        ("\U000e0041", r"\U000e0041"),
        (r"C:\new\x1b", r"C:\new\x1b"),
        ("می‌خواهم 👩‍🔬 été 10\u202f000", "می‌خواهم 👩‍🔬 été 10\u202f000"),
        ("[red]x[/red] :bomb:", "[red]x[/red] :bomb:"),
    ],
)
def test_shown(text, shown):
    assert visible(text) == shown == visible(shown)
