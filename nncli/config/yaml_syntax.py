"""YAML syntax errors in plain words."""

from __future__ import annotations

from typing import Any

import yaml

_QUOTE = "Put a text in quotes"
_STRAY = "this does not continue the mapping or list above it"
_COLON = "Check the indentation, and the line above for a missing ':'; put a text that holds ': ' in quotes"
_LAYOUT = "Check the indentation, quotes and brackets of this line"

# What PyYAML's two parsers say · whether the place is where the construct began · what we say · what to do.
# `{}` is the character at the place. The first that fits counts.
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


def explain(error: yaml.MarkedYAMLError, text: str) -> tuple[Any, str, str]:
    """Where a syntax error is (a mark), what was found there, and what to do.

    An unknown problem is told in the parser's words.
    """
    problem = str(error.problem)
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
