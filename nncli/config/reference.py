"""The reference of the config: every key and every option of every part, read from the schema."""

from __future__ import annotations

import dataclasses
import types
import typing
from typing import Any

from nncli.nn.arrays import PerReplica
from nncli.registry import Option, options_of


def option_rows(part: type[Any]) -> list[dict[str, str]]:
    """Name, default, allowed values and meaning of each option of a part, as texts."""
    hints = typing.get_type_hints(part)
    rows = []
    for field in dataclasses.fields(part):
        option = options_of(part)[field.name]
        rows.append(
            {
                "name": field.name,
                "default": _default(field),
                "allowed": allowed(hints[field.name], option),
                "help": option.help,
            }
        )
    return rows


def allowed(hint: Any, option: Option) -> str:
    """The values of an option in words: `number ≥ 0`, `true or false`, `grid or random`."""
    if option.part_of is not None:
        return option.part_of.kind
    simple = {float: "number" + _range(option), int: "whole number" + _range(option), bool: "true or false"}
    if hint == PerReplica or hint in simple:
        return simple.get(hint, simple[float])
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin is tuple:
        return "[" + ", ".join(allowed(argument, Option("")) for argument in arguments) + "]"
    if origin is typing.Literal:
        return " or ".join(map(str, arguments))
    if origin in (types.UnionType, typing.Union):
        return " or ".join("null" if a is types.NoneType else allowed(a, option) for a in arguments)
    return "text"


def _range(option: Option) -> str:
    low = f" > {option.gt:g}" if option.gt is not None else f" ≥ {option.ge:g}" if option.ge is not None else ""
    high = f" < {option.lt:g}" if option.lt is not None else f" ≤ {option.le:g}" if option.le is not None else ""
    return low + ("," if low and high else "") + high


def _default(field: dataclasses.Field[Any]) -> str:
    if field.default is dataclasses.MISSING:
        return "required" if field.default_factory is dataclasses.MISSING else str(field.default_factory())
    if field.default is None:
        return "–"
    if isinstance(field.default, bool):
        return str(field.default).lower()
    if isinstance(field.default, tuple):
        return "[" + ", ".join(f"{v:g}" for v in field.default) + "]"
    return f"{field.default:g}" if isinstance(field.default, float) else str(field.default)
