"""Generate the config reference: every key and every option of every part, read from the schema."""

from __future__ import annotations

import dataclasses
import types
import typing
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from nncli.nn.arrays import PerReplica
from nncli.registry import Option, Registry, options_of

if TYPE_CHECKING:
    from pydantic import BaseModel

ABSENT = "–"


def option_rows(part: type[Any]) -> list[dict[str, str]]:
    """The name, default, allowed values and meaning of each option of a part, as strings."""
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
        kind = option.part_of
        many = typing.get_origin(hint) is tuple and kind.kind != "regularizer"
        return f"list of {kind.plural}" if many else kind.kind
    simple = {float: "number" + _range(option), int: "whole number" + _range(option), bool: "true or false"}
    if hint == PerReplica or hint in simple:
        return simple.get(hint, simple[float])
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin is tuple:
        items = ", ".join(allowed(argument, Option("")) for argument in arguments if argument is not ...)
        return f"list of {items}" if ... in arguments else f"[{items}]"
    if origin is typing.Literal:
        return " or ".join(map(str, arguments))
    if origin in (types.UnionType, typing.Union):
        return " or ".join("null" if a is types.NoneType else allowed(a, option) for a in arguments)
    return "text"


def key_rows(model: type[BaseModel]) -> list[dict[str, str]]:
    """The name, default, allowed values and meaning of each key of a config section, as strings."""
    from nncli.config.parts import described_by

    properties = model.model_json_schema()["properties"]
    rows = []
    for name, info in model.model_fields.items():
        kind = described_by(info.annotation, info.metadata)
        is_section = isinstance(kind, type)
        default = None if is_section else info.get_default(call_default_factory=True, validated_data={})
        rows.append(
            {
                "name": name,
                "default": "required" if info.is_required() else _text(default),
                "allowed": _kind_in_words(kind) or _schema_in_words(properties[name]),
                "help": str(info.description),
            }
        )
    return rows


def sections(model: type[BaseModel], prefix: str = "") -> Iterator[tuple[str, type[BaseModel]]]:
    """The dotted names and models of a config and its sections; the root's name is empty."""
    from pydantic import BaseModel

    yield prefix, model
    for name, info in model.model_fields.items():
        if isinstance(info.annotation, type) and issubclass(info.annotation, BaseModel):
            yield from sections(info.annotation, f"{prefix}.{name}" if prefix else name)


def markdown() -> str:
    """The reference as Markdown: a table for each section of keys, and two for each kind of part."""
    from nncli.config.catalog import CATALOG
    from nncli.config.schema import ExperimentConfig

    lines = ["## Keys"]
    columns = ("key", "default", "allowed", "description")
    for prefix, model in sections(ExperimentConfig):
        lines += ["", f"### {prefix}"] if prefix else []
        rows = ((f"`{r['name']}`", _code(r["default"]), r["allowed"], r["help"]) for r in key_rows(model))
        lines += ["", *_table(columns, rows)]
    for plural, registry in CATALOG.items():
        lines += ["", f"## {plural.capitalize()}", "", *_table((registry.kind, "description"), _parts(registry))]
        options = list(_options(registry))
        if options:
            lines += ["", *_table(("option", "of", "default", "allowed", "description"), options)]
    return "\n".join(lines) + "\n"


def _parts(registry: Registry[Any]) -> Iterator[tuple[str, str]]:
    for name in registry:
        yield f"`{name}`", registry.summary(name).split(": ", 1)[-1]


def _options(registry: Registry[Any]) -> Iterator[tuple[str, ...]]:
    """The options of all parts of a kind; parts that share an option share a row."""
    owners: dict[tuple[str, ...], list[str]] = {}
    for name in registry:
        for row in option_rows(registry.get(name)):
            key = (f"`{row['name']}`", _code(row["default"]), row["allowed"], row["help"])
            owners.setdefault(key, []).append(f"`{name}`")
    order = list(dict.fromkeys(option for option, *_ in owners))
    for (option, *rest), names in sorted(owners.items(), key=lambda item: order.index(item[0][0])):
        yield option, ", ".join(names), *rest


def _table(columns: Iterable[str], rows: Iterable[Iterable[str]]) -> list[str]:
    header = list(columns)
    cells = [header, ["---"] * len(header), *rows]
    return ["| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |" for row in cells]


def _kind_in_words(kind: Any) -> str:
    """The parts that a key names, linked to their table; empty for a key that names none."""
    from nncli.config.parts import PartOf, RegularizerSet

    if isinstance(kind, list):
        return "list of " + _kind_in_words(kind[0])
    if isinstance(kind, RegularizerSet):
        return "none, or a mapping of [regularizers](#regularizers)"
    if isinstance(kind, PartOf):
        return f"[{kind.registry.kind}](#{kind.registry.plural})" + (" or whole number ≥ 1" if kind.integer else "")
    return "" if kind is None else "keys below"


def _schema_in_words(schema: dict[str, Any]) -> str:
    """The values that a JSON Schema of a simple key allows, in words."""
    if "anyOf" in schema:
        return " or ".join(map(_schema_in_words, schema["anyOf"]))
    if "enum" in schema or "const" in schema:
        return " or ".join(map(str, schema.get("enum") or [schema["const"]]))
    kinds = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
    ends = _range(
        Option(
            "",
            gt=schema.get("exclusiveMinimum"),
            ge=schema.get("minimum"),
            lt=schema.get("exclusiveMaximum"),
            le=schema.get("maximum"),
        )
    )
    words = {
        "number": "number" + ends,
        "integer": "whole number" + ends,
        "boolean": "true or false",
        "string": schema.get("format", "text"),
        "null": "null",
    }
    if kinds == ["array"]:
        return "list of " + _schema_in_words(schema["items"]).replace("number", "numbers", 1)
    return " or ".join(words[kind] for kind in kinds)


def _range(option: Option) -> str:
    low = f" > {option.gt:.9g}" if option.gt is not None else f" ≥ {option.ge:.9g}" if option.ge is not None else ""
    high = f" < {option.lt:.9g}" if option.lt is not None else f" ≤ {option.le:.9g}" if option.le is not None else ""
    return low + ("," if low and high else "") + high


def _default(field: dataclasses.Field[Any]) -> str:
    if field.default is dataclasses.MISSING:
        return "required" if field.default_factory is dataclasses.MISSING else str(field.default_factory())
    return _text(field.default)


def _text(value: Any) -> str:
    """A default as one would write it."""
    if value is None:
        return ABSENT
    if value == ():
        return "none"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, (tuple, list)):
        return "[" + ", ".join(map(_text, value)) + "]"
    return f"{value:g}" if isinstance(value, float) else str(value)


def _code(text: str) -> str:
    return text if text in (ABSENT, "required") else f"`{text}`"
