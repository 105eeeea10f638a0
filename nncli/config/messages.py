"""Validation errors, in the words of the project."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from nncli.config.document import Document, Fault
from nncli.config.parts import PartOf, error_of, show
from nncli.config.schema import ExperimentConfig
from nncli.config.schema_lookup import annotation_at, field_at, is_unknown_key, model_at
from nncli.config.suggestions import as_part, flow, instead_of, instead_of_key, is_accepted, owners, renamed
from nncli.errors import Edit, KeyPath, Suggestion, UserError, below
from nncli.nn.activations import activations
from nncli.nn.losses import losses
from nncli.registry import closest, options_of

LIMITS = {
    "exclusiveMinimum": "more than",
    "minimum": "at least",
    "exclusiveMaximum": "less than",
    "maximum": "at most",
}
"""The bounds of a range as JSON Schema names them, and in words."""

EXPECTED = {
    "float": "a number",
    "int": "a whole number",
    "bool": "true or false",
    "string": "text",
    "list": "a list",
    "tuple": "a list",
    "finite": "a finite number",
    "too": "a list of the right length",
    "missing": "a list of the right length",
    "unexpected": "a list of the right length",
}
"""What pydantic expected, by the first word of its error type."""


def in_words(document: Document, details: Sequence[Any], kind: str | None = None) -> list[Fault]:
    """A fault for each error, with its path.

    Args:
        document: the validated document.
        details: the errors as pydantic reports them.
        kind: the kind of the task's targets, if known: only losses that fit them are suggested.
    """
    belonging = _not_indented(details)
    elsewhere = {path for paths in belonging.values() for path in paths}
    faults = [
        (path, _translate(document, path, detail, kind, belonging.get(path, [])))
        for detail in details
        if (path := path_of(detail)) not in elsewhere
    ]
    given = {edit.path for path, error in faults if is_unknown_key(path) for edit in _edits(error) if edit.text}
    return [(path, error) for path, error in faults if document.holds(path) or document.written(path) not in given]


def _edits(error: UserError) -> list[Edit]:
    """The changes to a config that an error suggests."""
    return [edit for way in error.ways for edit in way if isinstance(edit, Edit)]


def path_of(detail: Any) -> KeyPath:
    """The path of the value that a pydantic error refers to."""
    return tuple(step for step in detail["loc"] if isinstance(step, (str, int)))


def _not_indented(details: Iterable[Any]) -> dict[KeyPath, list[KeyPath]]:
    """The empty sections and parts, each with the unknown keys next to it that belong in it."""
    paths = {path_of(detail): detail["input"] for detail in details}
    unknown = [path for path in paths if is_unknown_key(path)]
    found = {}
    for path, value in paths.items():
        described = annotation_at(path)
        known = described.registry if isinstance(described, PartOf) else getattr(described, "model_fields", ())
        keys = [other for other in unknown if other[:-1] == path[:-1] and other[-1] in known]
        if value is None and keys:
            found[path] = keys
    return found


def _translate(document: Document, path: KeyPath, detail: Any, kind: str | None, belonging: list[KeyPath]) -> UserError:
    """Translate a pydantic error into a `UserError` at its place."""
    where = document.where(path)
    if belonging:
        keys = ", ".join(str(key) for *_, key in belonging)
        return UserError("nothing is indented below it", where=where, hint=f"Indent what belongs to it: {keys}")
    if detail["type"] == "extra_forbidden":
        return _unknown_key(document, path, detail["input"])
    if detail["type"] == "missing" and isinstance(path[-1], str):
        return _missing_key(document, path)
    if detail["type"] == "unknown_part":
        return _unknown_part(document, path, detail["ctx"]["name"], kind)
    if detail["type"] == "nncli":
        error = error_of(detail["ctx"], where)  # of a part or a key itself; paths in its hint are relative to it
        return error.replaced(hint=below(error.hint, document.written(path)))
    given, hint, allowed = _wrong_value(document, path, detail["type"], detail["input"], detail.get("ctx", {}))
    return UserError(given, where=where, hint=hint, allowed=allowed)


def _unknown_part(document: Document, path: KeyPath, name: str, kind: str | None) -> UserError:
    described: Any = annotation_at(path)
    registry, layer = described.registry, document.at(path)
    if described.integer and (function := activations.exactly(name)):  # among the layers
        has_units = isinstance(layer, dict) and function == "linear" and layer[name] is not None
        if not has_units and not (name != function and registry.exactly(name)):
            return _activation_among_layers(document, path, name, function)
    fitting = [loss for loss in losses if kind in (None, *losses.get(loss).kinds)]
    error: UserError = registry.unknown(name, fitting if registry is losses else None)
    meant = registry.meant(name, fitting if registry is losses else None)
    hint = renamed(document, path, meant) if meant else error.hint
    if registry is losses and kind and not meant:
        known = registry.exactly(name)
        ways = [[Edit(document.written(path), loss)] for loss in fitting]
        other = f"It is {known} here, which does not fit the task. " if known else ""
        hint = Suggestion(f"{other}Try {', '.join(fitting)}", *ways)
    return error.replaced(where=document.where(path), hint=hint)


def _activation_among_layers(document: Document, path: KeyPath, name: str, function: str) -> UserError:
    layer: Any = document.at(path)
    layer = {function: layer[name]} if isinstance(layer, dict) else function
    layer = layer if is_accepted(PartOf(activations), layer) else function
    before = document.at((*path[:-1], int(path[-1]) - 1)) if path[-1] else None
    ways: list[dict[str, Any]] = [{"activation": {"function": layer} if isinstance(layer, dict) else layer}]
    if type(before) is int:
        ways.insert(0, {"dense": {"units": before, "activation": layer}})
    edits = [[Edit(document.written(path), flow(way))] for way in ways]
    if type(before) is int:
        edits[0] = [Edit(document.written(path), None), Edit((*path[:-1], int(path[-1]) - 1), flow(ways[0]))]
    hint = Suggestion(f"Write {' or '.join(map(flow, ways))}", *edits)
    return UserError(f"'{name}' is an activation, not a layer", where=document.where(path), hint=hint)


def _wrong_value(
    document: Document, path: KeyPath, kind: str, value: Any, context: dict[str, Any]
) -> tuple[str, str, str]:
    """The message, the hint, and the allowed values."""
    if kind in ("greater_than", "greater_than_equal", "less_than", "less_than_equal"):
        return f"{show(value)} is out of range", "", f"Allowed: {_range(_rule(path)[1])}"
    if kind == "literal_error":
        known = [word.strip(" '") for word in context["expected"].replace(" or ", ", ").split(",")]
        meant = closest(str(value), known)
        hint = renamed(document, path, meant) if meant else ""
        return f"unknown value {show(value)}", hint, f"Allowed: {', '.join(known)}"
    hint = instead_of(document, path, kind, value)
    if kind == "model_type":
        return f"{show(value)} is not a mapping of keys to values", hint, _keys(path)
    expected = EXPECTED.get(kind.split("_", 1)[0], "a value for it")
    return f"{show(value)} is not {expected}", hint, _allowed(path)


def _allowed(path: KeyPath) -> str:
    """The schema's description of the value at a path: `Allowed: a number more than 0, at most 10 (size of a step)`."""
    noun, rule, meaning = _rule(path)
    if not noun:
        return _meaning(path)
    allowed = " ".join(filter(None, [noun, _range(rule)]))
    return f"Allowed: {allowed}" + (f" ({meaning})" if meaning and "(" not in meaning else "")


def _rule(path: KeyPath) -> tuple[str, dict[str, Any], str]:
    """The schema's description of a simple value: a noun, its limits, and its meaning."""
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


def _meaning(path: KeyPath) -> str:
    field = field_at(path)
    return f"It is: {field.description}" if field is not None and field.description else ""


def _keys(path: KeyPath) -> str:
    """The keys of the mapping at a path."""
    model = model_at(path)
    known = list(model.model_fields) if model else []
    return f"Known: {', '.join(known)}" if known else f"{path[-1]} takes no options"


def _missing_key(document: Document, path: KeyPath) -> UserError:
    described = annotation_at(path)
    hint = f"See nncli list {described.registry.plural}" if isinstance(described, PartOf) else ""
    given, place = f"the key '{path[-1]}' is missing", document.where(path[:-1])
    return UserError(given, where=place, hint=hint, allowed=_meaning(path))


def _unknown_key(document: Document, path: KeyPath, value: Any) -> UserError:
    key, model = str(path[-1]), model_at(path[:-1])
    own = model.model_fields if model else {}
    hint = _not_its_own(path) or as_part(document, path, value) or instead_of_key(document, path, value, own)
    hint = hint or owners(key, annotation_at(path[:-2]))
    return UserError("unknown key", where=document.where(path, key=True), hint=hint, allowed=_keys(path[:-1]))


def _not_its_own(path: KeyPath) -> str:
    """The hint for an option that a part lacks, but for which the config has a default."""
    described = annotation_at(path[:-2])
    if not isinstance(described, PartOf) or path[-1] not in ExperimentConfig.model_fields:
        return ""
    others = (options_of(described.registry.get(name)) for name in described.registry)
    return f"{path[-2]} has no {path[-1]} of its own" if any(path[-1] in options for options in others) else ""
