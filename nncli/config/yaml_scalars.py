"""The meaning of unquoted scalars, and how to write a scalar that reads back the same.

Source: YAML 1.2.2, section 10.3.2, the core schema, made stricter where a number could be mistaken. Unlike YAML 1.1,
`no`, `on`, `12:30` and `1_000` are text, and `1e-3` is a number.
"""

from __future__ import annotations

import json
import math
import re

from nncli.errors import Edit, Suggestion, UserError, quoted

MAX_DIGITS = 20
"""Enough for any 64-bit integer; Python converts a million digits in quadratic time."""

FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufeff\ufffe\uffff]")
"""Forbidden in YAML text unless escaped: control characters, surrogates, the line breaks of YAML 1.1, a stray BOM."""

_CONSTANTS: dict[str, bool | None] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
_INTEGER = re.compile(r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_NOT_FINITE = re.compile(r"[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)")
_LEADING_ZERO = re.compile(r"[-+]?0[0-9]+")

_PLAIN = re.compile(r"[A-Za-z_]([\w ./()*+^=-]*[\w./()*+^=-])?", re.ASCII)
_WORDS_OF_YAML_1_1 = frozenset({"y", "n", "yes", "no", "on", "off", "true", "false", "null"})


def resolve(text: str) -> bool | int | float | str | None:
    """The value of a plain scalar.

    null:  `null`, `Null`, `NULL`, `~` or nothing; bool: `true`, `True`, `TRUE`, `false` likewise
    int:   [-+]? [0-9]+ without leading zeros, `0o17`, `0x1F`
    float: [-+]? (.[0-9]+ | [0-9]+ (.[0-9]*)?) ([eE][-+]?[0-9]+)?, `.inf`, `.nan`
    str:   all else

    Raises: `UserError`, without a place, for an integer with leading zeros or of more than `MAX_DIGITS` digits.
    """
    if text in _CONSTANTS:
        return _CONSTANTS[text]
    if _LEADING_ZERO.fullmatch(text):
        as_text, as_number = json.dumps(text), str(int(text[:MAX_DIGITS]))
        sentence = f"Write {as_text} if it is text, {as_number} if it is a number"
        hint = Suggestion(sentence, [Edit((), as_text)], [Edit((), as_number)])
        raise UserError(f"{quoted(text)} begins with a zero", hint=hint if len(text) <= MAX_DIGITS else "")
    if _INTEGER.fullmatch(text):
        if len(text.lstrip("-+")) > MAX_DIGITS:
            raise UserError(
                f"the integer {quoted(text)} is too long",
                hint=Suggestion("Put it in quotes if it is text", [Edit((), json.dumps(text))]),
                allowed=f"At most {MAX_DIGITS} digits",
            )
        return int(text, base=0)
    if _FLOAT.fullmatch(text):
        return float(text)
    if _NOT_FINITE.fullmatch(text):
        return float(text.replace(".", ""))
    return text


def render(value: bool | int | float | str | None) -> str:
    """A scalar on one line that `resolve`, and YAML 1.1 readers too, read as the same value of the same type."""
    if isinstance(value, str):
        return _render_text(value)
    if isinstance(value, float):
        return _render_float(value)
    return json.dumps(value)


def _render_text(text: str) -> str:
    if _PLAIN.fullmatch(text) and text.casefold() not in _WORDS_OF_YAML_1_1:
        return text
    return FORBIDDEN.sub(lambda found: f"\\u{ord(found[0]):04x}", json.dumps(text, ensure_ascii=False))


def _render_float(value: float) -> str:
    """The shortest digits that give the same float, with the point that YAML 1.1 needs: 1e-05 is a string there."""
    if not math.isfinite(value):
        return ".nan" if math.isnan(value) else ".inf" if value > 0 else "-.inf"
    mantissa, e, exponent = repr(value).partition("e")
    return mantissa + ("" if "." in mantissa else ".0") + e + exponent
