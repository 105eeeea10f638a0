"""What the validation finds wrong, in the words of the project."""

from __future__ import annotations

from typing import Any

from pydantic import ValidationError

from nncli.config.catalog import CATALOG
from nncli.config.document import Document, Path
from nncli.config.navigate import annotation_at, model_at
from nncli.config.parts import PartOf, show
from nncli.config.reference import sections
from nncli.config.schema import ExperimentConfig
from nncli.errors import UserError, did_you_mean
from nncli.nn.regularizers import regularizers
from nncli.registry import options_of

LIMITS = {
    "exclusiveMinimum": "more than",
    "minimum": "at least",
    "exclusiveMaximum": "less than",
    "maximum": "at most",
}
"""How JSON Schema calls the ends of a range, and how people do."""

EXPECTED = {
    "float": "a number",
    "int": "a whole number",
    "bool": "true or false",
    "string": "a text",
    "list": "a list",
    "tuple": "a list",
    "finite": "a finite number",
    "too": "a list of the right length",
    "missing": "a list of the right length",
    "unexpected": "a list of the right length",
}
"""What pydantic wanted, by the first word of its kind of error."""


def in_words(document: Document, error: ValidationError) -> list[UserError]:
    """A user error for each thing that is wrong, in the order of the text."""
    details = sorted(error.errors(include_url=False), key=lambda detail: _order(document, _path(detail)))
    return [_translate(document, detail) for detail in details]


class _Worded(UserError):
    """An error whose words are final."""

    def __str__(self) -> str:
        return f"{self.where}: {self.given}" + ("" if self.given.endswith(("?", ".")) else ".")


def _path(detail: Any) -> Path:
    return tuple(step for step in detail["loc"] if isinstance(step, (str, int)))


def _order(document: Document, path: Path) -> tuple[int, int]:
    """A sorting key: the place in the file, and behind it all what the command line gave."""
    for length in range(len(path), 0, -1):
        parent = path[:length]
        if parent in document.origins:
            return (1 << 30, list(document.origins).index(parent))
        if place := document.key_positions.get(parent) or document.positions.get(parent):
            return place
    return (0, 0)


def _translate(document: Document, detail: Any) -> UserError:
    """A validation error in the words of the project, at its place."""
    path = _path(detail)
    if detail["type"] == "extra_forbidden":
        return _unknown_key(document, path)
    if detail["type"] == "missing" and isinstance(path[-1], str):
        return _missing_key(document, path)
    if detail["type"] == "nncli":
        return _Worded(detail["ctx"]["words"], where=document.where(path))
    given, hint, allowed = _wrong_value(path, detail["type"], detail["input"], detail.get("ctx", {}))
    return UserError(given, where=document.where(path), hint=hint, allowed=allowed)


def _wrong_value(path: Path, kind: str, value: Any, context: dict[str, Any]) -> tuple[str, str, str]:
    """What was given, what to try, and what is allowed."""
    if kind in ("greater_than", "greater_than_equal", "less_than", "less_than_equal"):
        return f"{show(value)} is out of range", "", f"Allowed: {_range(_rule(path)[1])}"
    if kind == "literal_error":
        known = [word.strip(" '") for word in context["expected"].replace(" or ", ", ").split(",")]
        return f"unknown value {show(value)}", did_you_mean(str(value), known), f"Allowed: {', '.join(known)}"
    if kind == "model_type":
        hint = "Remove the key, or write keys below it, indented" if value is None else ""
        return f"{show(value)} is not a mapping of keys to values", hint, _keys(path)
    expected = EXPECTED.get(kind.split("_", 1)[0], "a value for it")
    return f"{show(value)} is not {expected}", _mend(kind, value), _allowed(path)


def _mend(kind: str, value: Any) -> str:
    """How to write what was probably meant."""
    wants_number = kind.startswith(("float", "int"))
    if wants_number and isinstance(value, str) and _is_number(value):
        return "Leave out the quotes"
    if kind.startswith("int") and isinstance(value, float) and value.is_integer():
        return f"Write {value:.0f}"
    if kind == "list_type" and isinstance(value, (int, str)):
        return f"Write [{value}]"
    return ""


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _allowed(path: Path) -> str:
    """What the schema says of the value at a path: `Allowed: a number more than 0, at most 10 (size of a step)`."""
    noun, rule, meaning = _rule(path)
    if not noun:
        return _meaning(path)
    allowed = " ".join(filter(None, [noun, _range(rule)]))
    return f"Allowed: {allowed}" + (f" ({meaning})" if meaning and "(" not in meaning else "")


def _rule(path: Path) -> tuple[str, dict[str, Any], str]:
    """What the schema says of a simple value: a noun, the rule with its limits, and what it means."""
    model = model_at(path[:-1])
    if model is None or path[-1] not in model.model_fields:
        return "", {}, ""
    rules = model.model_json_schema(by_alias=False)["properties"][str(path[-1])]
    nouns = {"number": "a number", "integer": "a whole number", "boolean": "true or false"}
    for rule in [rules, *rules.get("anyOf", [])]:
        if noun := nouns.get(rule.get("type")):
            return noun, rule, rules.get("description", "")
    return "", {}, ""


def _range(rule: dict[str, Any]) -> str:
    """`at least 0, less than 1`."""
    return ", ".join(f"{words} {rule[key]:.10g}" for key, words in LIMITS.items() if key in rule)


def _meaning(path: Path) -> str:
    model = model_at(path[:-1])
    field = model.model_fields.get(str(path[-1])) if model else None
    return f"It is: {field.description}" if field is not None and field.description else ""


def _keys(path: Path) -> str:
    """The keys of the mapping at a path."""
    model = model_at(path)
    known = list(model.model_fields) if model else []
    return f"Known: {', '.join(known)}" if known else f"{path[-1]} takes no options"


def _missing_key(document: Document, path: Path) -> UserError:
    described = annotation_at(path)
    hint = f"See nncli list {described.registry.plural}" if isinstance(described, PartOf) else ""
    given, place = f"the key '{path[-1]}' is missing", document.where(path[:-1])
    return UserError(given, where=place, hint=hint, allowed=_meaning(path))


def _unknown_key(document: Document, path: Path) -> UserError:
    key, model = str(path[-1]), model_at(path[:-1])
    hint = _home(key) or did_you_mean(key, model.model_fields if model else ()) or _owners(key)
    return UserError("unknown key", where=document.where(path, key=True), hint=hint, allowed=_keys(path[:-1]))


def _home(key: str) -> str:
    """The section of the config that knows a key."""
    if key in ExperimentConfig.model_fields:
        return "It belongs at the top, without indentation"
    if key in regularizers:
        return "It belongs under regularizer"
    section = next((name for name, model in sections(ExperimentConfig) if key in model.model_fields), None)
    return f"It belongs under {section}" if section else ""


def _owners(key: str) -> str:
    """The parts that have a key as an option."""
    owners = []
    for registry in CATALOG.values():
        names = [name for name in registry if key in options_of(registry.get(name))]
        if names and registry is not regularizers:
            owners.append(f"the {registry.kind if len(names) == 1 else registry.plural} {', '.join(names)}")
    return f"It is an option of {'; of '.join(owners)}" if owners else ""
