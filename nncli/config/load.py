"""Read a config file, apply overrides, and validate: all errors are reported at once, each with its place."""

from __future__ import annotations

import glob
import os
import stat
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from nncli.config.document import Document, Fault
from nncli.config.inheritance import INHERITED, inheriting
from nncli.config.overrides import Override, apply_overrides, parse_overrides
from nncli.config.parts import show
from nncli.config.relative_paths import anchored
from nncli.config.schema import ExperimentConfig
from nncli.config.schema_lookup import field_at, is_part, is_unknown_key
from nncli.config.yaml_reader import MAX_ERRORS, MAX_SIZE, read_faulty_yaml
from nncli.errors import KeyPath, UserError, UserErrors, quoted
from nncli.registry import closest
from nncli.storage.names import RUNS, check_name

RUN_CONFIG = "config.yaml"
"""The config of a run, which may be named in place of a config."""

STAND_IN = "xor"
"""Replaces a missing or invalid task so that the rest can be checked; its data are never made."""


@dataclass(frozen=True, slots=True)
class Examined:
    """The result of validating a document, even one with errors.

    Attributes:
        document: what was examined.
        config: what it describes, with defaults in place of invalid values.
        faults: the errors.
        wrong: the paths of all invalid values; one fault may cover several.
    """

    document: Document
    config: ExperimentConfig
    faults: tuple[Fault, ...]
    wrong: tuple[KeyPath, ...]

    def is_sure_of(self, path: KeyPath) -> bool:
        """Whether the config's value at a path is surely what the user wants.

        This is in doubt near any error, and where nothing was given next to an unknown key, which may have
        been meant for it.
        """
        if any(_is_near(path, wrong) for wrong in self.wrong):
            return False
        return self.document.holds(path) or not any(map(is_unknown_key, self.wrong))


def load_document(path: Path, overrides: Sequence[str] = ()) -> Document:
    """The data of a config file with overrides applied, not yet validated."""
    return override(read_faulty_yaml(_read(path), str(path)), overrides)


def override(document: Document, overrides: Sequence[str]) -> Document:
    """The document with overrides such as `training.learning_rate=0.1` applied in order."""
    parsed = parse_overrides(overrides)
    if keys := {str(change.path[0]) for change in parsed} & {*INHERITED}:
        document = inheriting(document, keys)
    for change in parsed:
        document = _with_default_above(document, change)
    return apply_overrides(document, parsed, is_part)


def _with_default_above(document: Document, change: Override) -> Document:
    """Name the default part that an override such as `training.optimizer.beta1=0.8` changes, if the file does not."""
    for length in range(1, len(change.path)):
        path = change.path[:length]
        field = field_at(path)
        if field is not None and isinstance(field.default, str) and is_part(path) and not document.holds(path):
            return apply_overrides(document, [Override(path, field.default, change.source)], is_part)
    return document


def raise_all(document: Document, faults: Iterable[Fault]) -> None:
    """Raise the first faults, if any, as `UserErrors` in the order of the text."""
    errors = [error for _, error in sorted(faults, key=lambda fault: document.order(fault[0]))]
    if errors:
        raise UserErrors(errors[:MAX_ERRORS])


def examine(document: Document, kind: str | None = None) -> Examined:
    """Validate a document against the schema: its faults, and the config without the invalid values.

    Args:
        document: the document to check.
        kind: the kind of the task's targets, if known without making them.

    Raises:
        UserError: if the document is not a mapping.
    """
    faults = list(document.faults)
    if not isinstance(document.data, dict):
        from nncli.config.suggestions import instead_of

        raise_all(document, faults)
        given = f"a config is a mapping of keys such as task and architecture, not {show(document.data)}"
        raise UserError(given, where=document.source, hint=instead_of(document, (), "model_type", document.data))
    document = anchored(document)
    if faults:
        from nncli.config.suggestions import decided

        faults = [(path, decided(document, path, error)) for path, error in faults]
    data = dict(document.data) if isinstance(document.data, dict) else {}
    if data.get("name") is None:
        try:
            data["name"] = _name_of(document.source)
        except UserError as error:
            faults.append((("name",), error))
    wrong = [path for path, _ in faults]
    try:
        config = ExperimentConfig.model_validate(data)
    except ValidationError as error:
        from nncli.config.messages import in_words, path_of

        details = error.errors(include_url=False)
        paths = [path_of(detail) for detail in details]
        config = ExperimentConfig.model_validate(_without(data, paths))
        no_task = any(path[0] == "task" for path in paths)
        found = in_words(document, details[:MAX_ERRORS], None if no_task else kind or _kind(config))
        faults += [fault for fault in found if not any(_follows(document, fault[0], path) for path in wrong)]
        wrong += paths
    return Examined(document, config, tuple(faults), tuple(wrong))


def _without(data: dict[str, Any], paths: Iterable[KeyPath]) -> dict[str, Any]:
    """The data without the keys that are invalid or contain errors; `training` loses only its invalid keys."""
    wrong, wrong_in_training = set(), set()
    for key, *below in paths:
        if key == "training" and below:
            wrong_in_training.add(below[0])
        else:
            wrong.add(key)
    kept = {key: value for key, value in data.items() if key not in wrong}
    if wrong_in_training and "training" in kept:
        kept["training"] = {k: v for k, v in kept["training"].items() if k not in wrong_in_training}
    return {"task": STAND_IN, **kept}


def _kind(config: ExperimentConfig) -> str | None:
    """The kind of the task's targets, if the task can be made."""
    try:
        return str(config.task.data().kind)
    except UserError:
        return None


def _follows(document: Document, path: KeyPath, faulty: KeyPath) -> bool:
    """Whether a schema error at a path may only be a consequence of a text error at another path."""
    is_missing = not document.holds(path) and path[:-1] == faulty[:-1] and is_unknown_key(faulty)
    return is_missing or _is_near(path, faulty)


def _is_near(path: KeyPath, other: KeyPath) -> bool:
    """Whether one of two paths is the other, or above it."""
    return all(a == b for a, b in zip(path, other, strict=False))


def _name_of(source: str) -> str:
    """The default name of an experiment: its file name without the extension."""
    stem = Path(source).stem
    try:
        check_name(stem)
    except UserError as error:
        hint = "Rename the file, or set a name in it, as in name: xor"
        raise error.replaced(where=source, hint=hint) from error
    return stem


def _read(path: Path) -> bytes:
    """The bytes of a file; for one too long to be a config, just enough to tell."""
    try:
        mode = os.stat(path).st_mode
        if stat.S_ISREG(mode):  # opening a pipe would wait for a writer
            with path.open("rb") as file:
                return file.read(MAX_SIZE + 1)
    except ValueError:
        raise UserError("a path cannot contain a NUL character", where=str(path)) from None
    except OSError as error:
        raise _unreadable(path, error) from None
    if not stat.S_ISDIR(mode):
        raise UserError("this is not an ordinary file", where=str(path))
    raise UserError("this is a folder, not a config file", where=str(path), hint=_meant([path / RUN_CONFIG]))


def _meant(files: Iterable[Path]) -> str:
    """The suggestion of the first of some files that exists; empty if none does."""
    found = next((file for file in files if os.path.isfile(file)), None)
    return "" if found is None else f"Did you mean {quoted(str(found), 80)}?"


def _unreadable(path: Path, error: OSError) -> UserError:
    if isinstance(error, FileNotFoundError):
        folders = [path.parent] if path.parent != Path() else [Path("configs"), Path()]
        near = [
            file
            for folder in folders
            if folder.is_dir()
            for file in sorted(folder.glob("*.y*ml"))
            if os.path.isfile(file)
        ]
        by_name = {file.stem: str(file) for file in near} | {file.name: str(file) for file in near}
        meant = closest(path.name, by_name)
        runs = sorted(RUNS.glob(f"{glob.escape(path.name)}-*/{RUN_CONFIG}"), reverse=True) if path.name else []
        hint = _meant([Path(by_name[meant])] if meant else runs)
        return UserError("no such file", where=str(path), hint=hint)
    return UserError(f"the file cannot be read: {error.strerror}", where=str(path))
