"""What the validation finds wrong, in the words of the project."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable, Sequence
from typing import Any

from nncli.config.catalog import CATALOG
from nncli.config.document import Data, Document, Fault, Path, dotted
from nncli.config.navigate import annotation_at, is_unknown_key, model_at
from nncli.config.parts import PartOf, show
from nncli.config.reference import sections
from nncli.config.scalars import render
from nncli.config.schema import ExperimentConfig
from nncli.errors import UserError, closest, did_you_mean
from nncli.nn.activations import activations
from nncli.nn.losses import losses
from nncli.nn.regularizers import regularizers
from nncli.registry import options_of
from nncli.text import is_number

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


ALSO_CALLED = {
    "task": ("data", "dataset", "problem"),
    "architecture": ("hidden", "layers", "hidden_layers", "hidden_layer_sizes", "hidden_units", "network", "model"),
    "activation": ("activation_function", "nonlinearity"),
    "initializer": ("initialiser", "init", "initialization", "weight_init"),
    "regularizer": ("regulariser", "regularization", "penalty"),
    "loss": ("loss_function", "criterion", "cost"),
    "optimizer": ("optimiser", "optim", "solver"),
    "learning_rate": ("lr", "eta", "step_size"),
    "schedule": ("scheduler", "lr_schedule", "lr_scheduler", "learning_rate_schedule"),
    "epochs": ("n_epochs", "num_epochs", "max_epochs", "max_iter"),
    "batch_size": ("batch", "minibatch", "minibatch_size"),
    "clip_norm": ("max_norm", "gradient_clipping", "grad_clip"),
    "validation": ("val", "val_split", "validation_split", "validation_fraction"),
    "test": ("test_split", "test_size", "test_fraction"),
    "stop": ("early_stopping",),
    "units": ("neurons", "nodes", "width"),
    "slope": ("negative_slope",),
}
"""What others call the keys of a config and of its layers: never accepted, only answered with a suggestion."""


def in_words(document: Document, details: Sequence[Any], kind: str | None = None) -> list[Fault]:
    """A fault for each thing that is wrong, with its path.

    Args:
        document: what was validated.
        details: what the schema says of it, as pydantic tells it.
        kind: what the targets of the task are, if that is known: only losses made for them are suggested.
    """
    belonging = _not_indented(details)
    elsewhere = {path for paths in belonging.values() for path in paths}
    return [
        (path, _translate(document, path, detail, kind, belonging.get(path, [])))
        for detail in details
        if (path := path_of(detail)) not in elsewhere
    ]


def path_of(detail: Any) -> Path:
    """The path of the value that pydantic speaks of."""
    return tuple(step for step in detail["loc"] if isinstance(step, (str, int)))


def _not_indented(details: Iterable[Any]) -> dict[Path, list[Path]]:
    """The sections and parts that are empty, each with the unknown keys beside it that it would know."""
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


def _translate(document: Document, path: Path, detail: Any, kind: str | None, belonging: list[Path]) -> UserError:
    """A validation error in the words of the project, at its place."""
    where = document.where(path)
    if belonging:
        keys = ", ".join(str(key) for *_, key in belonging)
        return UserError("nothing stands below it", where=where, hint=f"Indent what belongs to it: {keys}")
    if detail["type"] == "extra_forbidden":
        return _unknown_key(document, path, detail["input"])
    if detail["type"] == "missing" and isinstance(path[-1], str):
        return _missing_key(document, path)
    if detail["type"] == "unknown_part":
        return _unknown_part(document, path, detail["ctx"]["name"], kind)
    if detail["type"] == "nncli":
        return UserError(detail["ctx"]["words"], where=where)
    given, hint, allowed = _wrong_value(path, detail["type"], detail["input"], detail.get("ctx", {}))
    return UserError(given, where=where, hint=hint, allowed=allowed)


def _unknown_part(document: Document, path: Path, name: str, kind: str | None) -> UserError:
    described: Any = annotation_at(path)
    if described.integer and name in activations:  # among the layers
        return _activation_among_layers(document, path, name)
    fitting = [loss for loss in losses if kind in (None, *losses.get(loss).kinds)]
    error = described.registry.unknown(name, fitting if described.registry is losses else None)
    hint = error.hint or (f"Try {', '.join(fitting)}" if described.registry is losses and kind else "")
    return UserError(error.given, where=document.where(path), hint=hint, allowed=error.allowed)


def _activation_among_layers(document: Document, path: Path, name: str) -> UserError:
    layer: Any = document.at(path)
    layer = layer if _is_accepted(PartOf(activations), layer) else name
    before = document.at((*path[:-1], int(path[-1]) - 1)) if path[-1] else None
    ways = [{"activation": layer}]
    if type(before) is int:
        ways.insert(0, {"dense": {"units": before, "activation": layer}})
    given = f"'{name}' is an activation, not a layer"
    return UserError(given, where=document.where(path), hint=f"Write {' or '.join(map(_flow, ways))}")


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
    if kind.startswith(("float", "int")) and isinstance(value, str):
        if is_number(value):
            return "Leave out the quotes"
        if kind.startswith("float") and re.fullmatch(r"[-+]?[0-9]{0,20},[0-9]{1,20}([eE][-+]?[0-9]{1,3})?", value):
            return f"Write {value.replace(',', '.')}, with a decimal point"
    if kind.startswith("int") and isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return f"Write {value:.0f}"
    if kind == "list_type" and isinstance(value, (int, str)) and len(str(value)) <= 40:
        return f"Write [{value}]"
    return ""


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


def _unknown_key(document: Document, path: Path, value: Any) -> UserError:
    key, model = str(path[-1]), model_at(path[:-1])
    own = model.model_fields if model else {}
    hint = _not_its_own(path) or _as_part(document, path, value) or _meant(key, own)
    hint = hint or _owners(key, annotation_at(path[:-2]))
    return UserError("unknown key", where=document.where(path, key=True), hint=hint, allowed=_keys(path[:-1]))


def _not_its_own(path: Path) -> str:
    """That a part lacks an option which others of its kind have, and for which the config has a default."""
    described = annotation_at(path[:-2])
    if not isinstance(described, PartOf) or path[-1] not in ExperimentConfig.model_fields:
        return ""
    others = (options_of(described.registry.get(name)) for name in described.registry)
    return f"{path[-2]} has no {path[-1]} of its own" if any(path[-1] in options for options in others) else ""


def _as_part(document: Document, path: Path, value: Any) -> str:
    """How to write a part that stands below the name of another one, as after `activation.leaky_relu.slope=0.2`."""
    part, name, key = path[:-2], str(path[-2]) if len(path) > 1 else "", str(path[-1])
    described = annotation_at(part)
    if not isinstance(described, PartOf) or key not in described.registry:
        return ""
    is_option = value is not None and not isinstance(value, dict)
    if is_option and options_of(described.registry.get(name)):
        return ""
    text = _flow({key: value} if value else key)
    if not _is_accepted(described, {key: value}):
        if is_option or not value:
            return ""
        text = f"{{{key}: {{{', '.join(f'{option}: ...' for option in value)}}}}}"
    if len(text) > 80:
        return ""
    if any(path[: len(origin)] == origin for origin in document.origins):
        return f"Write {shlex.quote(f'{dotted(part)}={text}')}"
    return f"Write {text}" if isinstance(part[-1], int) else f"Write {part[-1]}: {text}"


def _is_accepted(kind: PartOf, value: Any) -> bool:
    try:
        kind.validate(value)
    except (ValueError, UserError):
        return False
    return True


def _meant(key: str, own: Iterable[str]) -> str:
    """The key that was probably meant, of the same mapping or of another section of the config."""
    places = {
        name: prefix for prefix, model in reversed(list(sections(ExperimentConfig))) for name in model.model_fields
    }
    places |= {name: "regularizer" for name in regularizers if name not in places}
    known = {*own, *places}
    others = {name: name for name in places if name not in own}
    others |= {other: name for name, words in ALSO_CALLED.items() if name in known for other in words}
    meant = closest(key, own, others)
    if not meant or meant in own:
        return f"Did you mean '{meant}'?" if meant else ""
    place = f"under {places[meant]}" if places[meant] else "at the top, without indentation"
    return f"It belongs {place}" if meant == key else f"Did you mean '{meant}' {place}?"


def _owners(key: str, kind: Any) -> str:
    """The parts that have a key as an option: those of the kind that stands there, or else all."""
    found = {}
    for registry in CATALOG.values():
        names = [name for name in registry if key in options_of(registry.get(name))]
        if names and registry is not regularizers:
            found[registry.plural] = f"the {registry.kind if len(names) == 1 else registry.plural} {', '.join(names)}"
    if isinstance(kind, PartOf) and kind.registry.plural in found:
        found = {kind.registry.plural: found[kind.registry.plural]}
    return f"It is an option of {'; of '.join(found.values())}" if found else ""


def _flow(value: Data) -> str:
    """A value on one line, as one would write it in a command."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{render(key)}: {_flow(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_flow, value)) + "]"
    return render(value)
