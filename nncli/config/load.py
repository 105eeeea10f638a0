"""Read a config file, apply overrides, validate; every error at once, each with its place."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path as FilePath
from typing import Any

from pydantic import BaseModel, ValidationError

from nncli.config.document import Document, Path
from nncli.config.overrides import Override, apply_overrides, parse_override
from nncli.config.parts import PartOf, RegularizerSet, described_by, model_of, show
from nncli.config.schema import ExperimentConfig
from nncli.config.yaml_reader import read_yaml
from nncli.errors import UserError, UserErrors, did_you_mean
from nncli.nn.initializers import initializers
from nncli.nn.layers import layers
from nncli.nn.losses import losses
from nncli.nn.optimizers import optimizers
from nncli.nn.regularizers import regularizers
from nncli.nn.schedules import schedules
from nncli.registry import Registry, options_of


def load_document(path: FilePath, overrides: Sequence[str] = ()) -> Document:
    """The data of a config file with overrides applied, not yet validated."""
    try:
        text = path.read_bytes()
    except OSError as error:
        raise _unreadable(path, error) from None
    document = read_yaml(text, str(path))
    return override(document, overrides)


def override(document: Document, overrides: Sequence[str]) -> Document:
    """The document with overrides such as `training.learning_rate=0.1` applied, the later ones last."""
    parsed = [parse_override(text) for text in overrides]
    for change in parsed:
        document = _with_default_above(document, change)
    return apply_overrides(document, parsed, is_part)


def _with_default_above(document: Document, change: Override) -> Document:
    """Name the default part that an override such as `training.optimizer.beta1=0.8` changes, if the file does not."""
    for length in range(1, len(change.path)):
        path = change.path[:length]
        model = _model_at(path[:-1])
        field = model.model_fields.get(str(path[-1])) if model else None
        if field is not None and isinstance(field.default, str) and is_part(path) and not _is_given(document, path):
            return apply_overrides(document, [Override(path, field.default, change.source)], is_part)
    return document


def _is_given(document: Document, path: Path) -> bool:
    here: Any = document.data
    for step in path:
        if not isinstance(here, dict) or step not in here:
            return False
        here = here[step]
    return True


def validate(document: Document) -> ExperimentConfig:
    """The config that a document describes; all errors are reported together.

    Raises:
        UserErrors: one error for each thing that is wrong.
    """
    if not isinstance(document.data, dict):
        raise UserError(
            f"a config is a mapping of keys such as task and architecture, not {show(document.data)}",
            where=document.source,
        )
    data = {"name": FilePath(document.source).stem} | document.data
    if data["name"] is None:
        data["name"] = FilePath(document.source).stem
    try:
        return ExperimentConfig.model_validate(data)
    except ValidationError as error:
        raise UserErrors(_translate(document, detail) for detail in error.errors(include_url=False)) from None


def load_config(path: FilePath, overrides: Sequence[str] = ()) -> ExperimentConfig:
    """A validated config, without the defaults that follow from its task (see `resolve`)."""
    return validate(load_document(path, overrides))


def is_part(path: Path) -> bool:
    """Whether the value at a path of a config is a part."""
    return isinstance(_annotation_at(path), PartOf)


def _unreadable(path: FilePath, error: OSError) -> UserError:
    if isinstance(error, FileNotFoundError):
        near = sorted(str(p) for p in path.parent.glob("*.y*ml")) if path.parent.is_dir() else []
        by_name = {FilePath(p).name: p for p in near}
        hint = did_you_mean(path.name, by_name)
        for name, full in by_name.items():
            hint = hint.replace(f"'{name}'", f"'{full}'")
        return UserError("there is no such file", where=str(path), hint=hint)
    if isinstance(error, IsADirectoryError):
        return UserError("this is a folder, not a config file", where=str(path))
    return UserError(f"the file cannot be read: {error.strerror}", where=str(path))


def _translate(document: Document, detail: Any) -> UserError:
    """A validation error in the words of the project, at its place."""
    path: Path = tuple(step for step in detail["loc"] if isinstance(step, (str, int)))
    kind, value, context = detail["type"], detail.get("input"), detail.get("ctx", {})
    given, hint, allowed = "", "", ""
    if kind == "extra_forbidden":
        return _unknown_key(document, path)
    if kind == "missing":
        parent, key = path[:-1], path[-1]
        return UserError(f"the key '{key}' is missing", where=document.where(parent), allowed=_help_for(path))
    if kind == "nncli":
        return _Worded(context["words"], where=document.where(path))
    if kind in ("greater_than", "greater_than_equal", "less_than", "less_than_equal"):
        limit = next(iter(context.values()))
        words = {"greater_than": "more than", "greater_than_equal": "at least", "less_than": "less than"}
        given, allowed = f"{show(value)} is out of range", f"Allowed: {words.get(kind, 'at most')} {limit:g}"
    elif kind == "literal_error":
        known = [word.strip(" '") for word in context["expected"].replace(" or ", ", ").split(",")]
        given = f"unknown value {show(value)}"
        hint, allowed = did_you_mean(str(value), known), f"Allowed: {', '.join(known)}"
    else:
        given, allowed = f"{show(value)} is not {_expected(kind)}", _allowed_at(path)
        if kind in ("float_type", "int_type") and isinstance(value, str) and _is_number(value):
            hint = "Leave out the quotes"
    return UserError(given, where=document.where(path), hint=hint, allowed=allowed)


class _Worded(UserError):
    """An error whose words are final."""

    def __str__(self) -> str:
        return f"{self.where}: {self.given}" + ("" if self.given.endswith(("?", ".")) else ".")


def _expected(kind: str) -> str:
    words = {
        "float": "a number",
        "int": "a whole number",
        "bool": "true or false",
        "string": "a text",
        "list": "a list",
        "tuple": "a list",
        "finite": "a finite number",
        "too": "a list of the right length",
        "missing": "complete",
        "unexpected": "a list of the right length",
    }
    return words.get(kind.split("_", 1)[0], "a mapping of keys to values")


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _allowed_at(path: Path) -> str:
    """What the schema says of the value at a path: `Allowed: a number more than 0, at most 1e+06 (size of a step)`."""
    model = _model_at(path[:-1])
    if model is None or str(path[-1]) not in model.model_fields:
        return ""
    rules = model.model_json_schema(by_alias=False)["properties"][str(path[-1])]
    limits = {
        "exclusiveMinimum": "more than",
        "minimum": "at least",
        "exclusiveMaximum": "less than",
        "maximum": "at most",
    }
    for rule in [rules, *rules.get("anyOf", [])]:
        ends = ", ".join(f"{words} {rule[key]:g}" for key, words in limits.items() if key in rule)
        noun = {"number": "a number", "integer": "a whole number", "boolean": "true or false"}.get(rule.get("type"))
        if noun:
            return f"Allowed: {noun}{' ' + ends if ends else ''} ({rules.get('description', '')})"
    return _help_for(path)


def _help_for(path: Path) -> str:
    model = _model_at(path[:-1])
    field = model.model_fields.get(str(path[-1])) if model else None
    return f"It is: {field.description}" if field is not None and field.description else ""


def _unknown_key(document: Document, path: Path) -> UserError:
    key, model = str(path[-1]), _model_at(path[:-1])
    known = [f.alias or name for name, f in model.model_fields.items()] if model else []
    hint = did_you_mean(key, known) or _belongs_to(key)
    allowed = f"Known: {', '.join(known)}" if known else "It takes no options"
    return UserError("unknown key", where=document.where(path, key=True), hint=hint, allowed=allowed)


def _belongs_to(key: str) -> str:
    """Where a key would be an option, if it is one of some other part."""
    kinds: tuple[Registry[Any], ...] = (optimizers, schedules, layers, initializers, losses)
    for registry in kinds:
        owners = [name for name in registry if key in options_of(registry.get(name))]
        if owners:
            kind = registry.kind if len(owners) == 1 else registry.plural
            return f"It is an option of the {kind} {', '.join(owners)}"
    if key in regularizers:
        return "It belongs under regularizer"
    if (section := _section_of(key)) is not None:
        return f"It belongs under {section}"
    return ""


def _section_of(key: str) -> str | None:
    for name, field in ExperimentConfig.model_fields.items():
        annotation = field.annotation
        if isinstance(annotation, type) and issubclass(annotation, BaseModel):
            if key in annotation.model_fields:
                return name
            for inner, inner_field in annotation.model_fields.items():
                kind = inner_field.annotation
                if isinstance(kind, type) and issubclass(kind, BaseModel) and key in kind.model_fields:
                    return f"{name}.{inner}"
    return None


def _model_at(path: Path) -> type[BaseModel] | None:
    """The model that validates the mapping at a path."""
    found = _annotation_at(path)
    return found if isinstance(found, type) else None


def _annotation_at(path: Path) -> PartOf | type[BaseModel] | None:
    """What describes the value at a path: a model, a kind of part, or nothing that is known here."""
    here: Any = ExperimentConfig
    for step in path:
        if isinstance(here, PartOf):
            registry = here.registry
            known = isinstance(step, str) and step in registry
            here = model_of(registry.get(str(step))) if known else None  # type: ignore[arg-type]
        elif isinstance(here, type) and issubclass(here, BaseModel):
            field = here.model_fields.get(str(step))
            here = described_by(field.annotation, field.metadata) if field else None
            here = here.model() if isinstance(here, RegularizerSet) else here
        elif not (isinstance(step, int) and isinstance(here, PartOf)):
            here = here[0] if isinstance(here, list) and isinstance(step, int) else None
    return None if isinstance(here, list) else here
