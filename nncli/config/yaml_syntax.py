"""YAML syntax errors in plain words."""

from __future__ import annotations

import re
import unicodedata
from typing import Any

import yaml

from nncli.errors import Rewrite, Suggestion, quoted

LONGEST_LINES = 10_000
"""The number of characters around an error that are inspected."""

_QUOTE = "Put text in quotes"
_STRAY = "this does not continue the mapping or list above it"
_COLON = "Check the indentation, and the line above for a missing ':'; put text that contains ': ' in quotes"
_LAYOUT = "Check the indentation, quotes and brackets of this line"

# What PyYAML's two parsers say · whether the place is where the construct began · what we say · what to do.
# `{}` is the character at the place. The first match counts.
_PROBLEMS = (
    ("tab character", False, "a tab where a space is expected", "Indent with spaces"),
    ("cannot start any token", False, "a value cannot begin with {}", _QUOTE),
    ("could not find expected ':'", True, "a key without ': ' after it", "Write 'key: value', with the space"),
    ("values are not allowed", False, "a ':' is not expected here", _COLON),
    ("entries are not allowed", False, "a list item cannot begin here", "Begin the list on the next line, or use [ ]"),
    ("expected ',' or", True, "a ',' or the closing bracket of what opens here is missing", "Add it"),
    ("unexpected end of stream", True, "the quote that opens here is not closed", "Close it"),
    ("unexpected document", True, "the quote that opens here is not closed", "Close it"),
    ("escape", False, "an unknown escape in double quotes", "Use single quotes, or write a backslash twice"),
    ("hexdecimal", False, "an unknown escape in double quotes", "Use single quotes, or write a backslash twice"),
    ("node content", False, "{} where a value is expected", _QUOTE),
    ("document start", False, "{} after the end of the document", "Remove it"),
    ("'-' indicator", False, _STRAY, _LAYOUT),
    ("expected key", False, _STRAY, _LAYOUT),
    ("<block end>", False, _STRAY, _LAYOUT),
    ("alphabetic or numeric", True, "anchors (&) and aliases (*) are not supported", _QUOTE),
    ("tag", True, "tags (!) are not supported", _QUOTE),
    ("URI", True, "tags (!) are not supported", _QUOTE),
    ("directive", True, "directives (%) are not supported", "Remove the line"),
)


_COLON_IS_MISSING = ("values are not allowed", "could not find expected ':'")
_KEY_WITHOUT_SPACE = re.compile(r"[ \t]*+(?:- )?+([A-Za-z_][\w.-]{0,80}):([^\s:#,\[\]{}]{1,80})[ \t]*+(?:#.*)?")

MISLEADING = re.compile("[\xa0\xad\u1680\u180e\u2000-\u200b\u200e\u200f\u202a-\u202f\u205f-\u206f\u3000\uff1a]")
"""Invisible characters, space look-alikes, and the full-width colon; joiners are excluded."""


def explain_character(character: str, position: tuple[int, int]) -> tuple[str, Suggestion]:
    """The message and the hint for a character that is not what it looks like."""
    name = f"U+{ord(character):04X} ({unicodedata.name(character, 'a format character').lower()})"
    if character == "\uff1a":
        return f"the character {name} is not a ':'", Suggestion("Write ':'", [Rewrite(position, character, ": ")])
    kind = "looks like a space but is not" if unicodedata.category(character) == "Zs" else "is invisible"
    new = " " if unicodedata.category(character) == "Zs" else ""
    hint = "Write a space, or put the text in quotes" if new else "Remove it, or put the text in quotes"
    return f"the character {name} {kind}", Suggestion(hint, [Rewrite(position, character, new)])


def misleading_near(text: str, index: int) -> re.Match[str] | None:
    """The last such character, outside of comments, in the line of an error or the line above."""
    start = text.rfind("\n", 0, max(text.rfind("\n", 0, index), 0)) + 1
    end = text.find("\n", index)
    found = None
    for line in re.finditer("[^\n]+", text[start : end if end >= 0 else len(text)][:LONGEST_LINES]):
        comment = re.search(r"(^|\s)#", line[0])
        stop = start + line.start() + (comment.start() if comment else len(line[0]))
        found = MISLEADING.search(text, start + line.start(), stop) or found
    return found


def _without_space(error: yaml.MarkedYAMLError, text: str) -> tuple[Any, str, Suggestion] | None:
    """The message for a key without a space after its colon, in the line of an error or the line above."""
    for mark in (error.context_mark, error.problem_mark):
        if mark is None:
            continue
        end = text.rfind("\n", 0, mark.index) + 1
        lines = [(end, text[end : (text.find("\n", mark.index) + 1 or len(text) + 1) - 1])]
        above = text[max(end - LONGEST_LINES, 0) : end]
        before = [line for line in re.finditer(r"[^\n]+", above) if not re.fullmatch(r"\s*(#.*)?", line[0])]
        lines += [(end - len(above) + line.start(), line[0]) for line in before[-1:]]
        for start, line in lines:
            if (found := _KEY_WITHOUT_SPACE.fullmatch(line.rstrip("\r"))) is not None:
                old, new = f"{found[1]}:{found[2]}", f"{found[1]}: {found[2]}"
                number, column = text.count("\n", 0, start), found.start(1)
                place = yaml.Mark("", start + column, number, column, None, 0)
                hint = Suggestion(f"Write {quoted(new)}", [Rewrite((number + 1, column + 1), old, new)])
                return place, f"no space after the colon of {quoted(old)}", hint
    return None


def explain(error: yaml.MarkedYAMLError, text: str) -> tuple[Any, str, str]:
    """The position of a syntax error (a mark), its message, and its hint.

    An unknown problem is reported in the parser's words.
    """
    problem = str(error.problem)
    if any(words in problem for words in _COLON_IS_MISSING) and (found := _without_space(error, text)):
        return found
    for words, at_start, given, hint in _PROBLEMS:
        if words in problem:
            mark: Any = error.context_mark if at_start and error.context_mark else error.problem_mark
            character = text[mark.index : mark.index + 1]
            if character == "\t":
                return mark, *_PROBLEMS[0][2:]
            if not character and not at_start:
                return mark, "the text ends before a quote or bracket is closed", "Close it"
            return mark, given.format(repr(character)), hint
    return error.problem_mark or error.context_mark, problem, ""
