"""Read a config file, apply overrides, validate; every error at once, each with its place."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path as FilePath
from typing import Any

from pydantic import ValidationError

from nncli.config.document import Document, Path
from nncli.config.messages import in_words
from nncli.config.navigate import is_part, model_at
from nncli.config.overrides import Override, apply_overrides, parse_override
from nncli.config.parts import show
from nncli.config.schema import ExperimentConfig
from nncli.config.yaml_reader import read_yaml
from nncli.errors import UserError, UserErrors, did_you_mean
from nncli.runs.directory import check_name


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
        model = model_at(path[:-1])
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
    data = dict(document.data)
    if data.get("name") is None:
        data["name"] = _name_of(document.source)
    try:
        return ExperimentConfig.model_validate(data)
    except ValidationError as error:
        raise UserErrors(in_words(document, error)) from None


def _name_of(source: str) -> str:
    """The name of an experiment that gives itself none: its file's, without the ending."""
    stem = FilePath(source).stem
    try:
        check_name(stem)
    except UserError as error:
        hint = "Rename the file, or write a name into it, as in name: xor"
        raise UserError(error.given, where=source, hint=hint, allowed=error.allowed) from None
    return stem


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
