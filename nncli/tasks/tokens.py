"""The tokens of a formula, and the checks on tokens alone: the first gate of the language of `expressions`."""

from __future__ import annotations

import json
import re
from collections.abc import Collection
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal, TypeAlias, cast

from nncli.errors import Edit, Suggestion, UserError
from nncli.registry import closest

MAX_NESTING = 32

TokenKind: TypeAlias = Literal["number", "name", "function", "(", ")", ",", "operator"]
TOKEN = re.compile(
    r"(?P<number>(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)|(?P<name>[A-Za-z_][A-Za-z_0-9]*)|(?P<blank> +)"
    r"|(?P<symbol>[(),])|(?P<foreign>//|\^|%)|(?P<operator>\*\*|[-+*/])|(?P<other>.)",
    re.DOTALL,
)
FOREIGN = {"^": "Write a power as **", "//": "Write floor(a / b)", "%": "Write a - b*floor(a / b)"}
OTHER_WORDS = {
    **{"acos": "arccos", "asin": "arcsin", "atan": "arctan", "ceiling": "ceil", "fabs": "abs", "ln": "log"},
    **{"max": "maximum", "min": "minimum", "sgn": "sign", "sqr": "square", "step": "heaviside"},
}
"""Names of functions elsewhere, for which the closest spelling would suggest a wrong one."""


@dataclass(frozen=True, slots=True)
class Token:
    """A word or a symbol of a formula, and the column of its first character, counted from 1."""

    kind: TokenKind
    text: str
    column: int


def scan(text: str, names: Collection[str], functions: Collection[str]) -> list[Token]:
    """The tokens of a formula.

    Args:
        names: the variables and constants.
        functions: the names that must be followed by parentheses.

    Raises: `UserError` for a character or a name that the language does not have.
    """
    tokens = []
    for match in TOKEN.finditer(text):
        kind, found, column = str(match.lastgroup), match.group(), match.start() + 1
        if kind == "foreign":
            hint = FOREIGN[found]
            if found == "^":
                hint = corrected(hint, text, *match.span(), "**")
            raise refusal(f"'{found}' is not an operator here", column, hint=hint)
        if kind == "other":
            raise refusal(f"unexpected {found!r}", column, allowed="Allowed: numbers, names, + - * / ** and ( , )")
        if kind == "name" and found not in names and found not in functions:
            raise unknown_name(found, column, [*names, *functions], text)
        if kind != "blank":
            kind = found if kind == "symbol" else "function" if found in functions else kind
            tokens.append(Token(cast("TokenKind", kind), found, column))
    return tokens


def check_order(tokens: list[Token], text: str) -> None:
    """Refuse a missing operator, as in `2x`; a function without parentheses; and a trailing comma."""
    for before, token in pairwise(tokens):
        if before.kind == "function" and token.kind != "(":
            call, end = f"{before.text}({token.text})", token.column - 1 + len(token.text)
            hint = f"Write {before.text}(x)"
            if token.kind in ("number", "name"):
                hint = corrected(f"Write {call}", text, before.column - 1, end, call)
            raise refusal(f"'{before.text}' has no argument", before.column, hint=hint)
        if before.kind in ("number", "name", ")") and token.kind in ("number", "name", "function", "("):
            given, place = f"an operator is missing before '{shorten(token.text)}'", token.column - 1
            hint = corrected("Write a product as 2*x", text, place, place, "*")
            raise refusal(given, token.column, hint=hint)
        if before.kind == "," and token.kind == ")":
            raise refusal("nothing follows ','", before.column)
    if tokens and tokens[-1].kind == "function":
        name, column = tokens[-1].text, tokens[-1].column
        raise refusal(f"'{name}' has no argument", column, hint=f"Write {name}(x)")


def check_parentheses(tokens: list[Token]) -> None:
    """Refuse parentheses that do not match, or that are nested more than 32 deep."""
    opened: list[int] = []
    for token in tokens:
        if token.kind == "(":
            opened.append(token.column)
            if len(opened) > MAX_NESTING:
                raise too_deep(token.column)
        elif token.kind == ")":
            if not opened:
                raise refusal("unmatched ')'", token.column)
            opened.pop()
    if opened:
        raise refusal("'(' is never closed", opened[-1])


def unknown_name(name: str, column: int, known: list[str], text: str) -> UserError:
    """The error for a name that the language does not have."""
    hint, meant = "", OTHER_WORDS.get(name) or closest(name, known)
    if meant:
        hint = corrected(f"Did you mean '{meant}'?", text, column - 1, column - 1 + len(name), meant)
    return refusal(f"unknown name '{shorten(name)}'", column, hint=hint, allowed=f"Known: {', '.join(known)}")


def too_deep(column: int) -> UserError:
    """The error for parentheses, signs, powers or calls nested too deep."""
    return refusal(f"nesting deeper than {MAX_NESTING}", column)


def corrected(sentence: str, text: str, begin: int, end: int, new: str) -> Suggestion:
    """A suggestion to replace part of a formula, given by its offsets."""
    return Suggestion(sentence, [Edit(("expression",), json.dumps(text[:begin] + new + text[end:]))])


def refusal(given: str, column: int, hint: str = "", allowed: str = "") -> UserError:
    """The error for text at a column that is not in the language."""
    return UserError(f"{given} at column {column}", hint=hint, allowed=allowed, option="expression")


def shorten(text: str, length: int = 30) -> str:
    """A text, truncated to a number of characters."""
    return text if len(text) <= length else text[: length - 3] + "..."
