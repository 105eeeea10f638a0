"""A claim: a sentence, its source, what to measure, and what to expect of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from pydantic_core import PydanticCustomError

from nncli.claims.expectation import Expectation, parse_expectation
from nncli.claims.measurements import Measurement, measurements
from nncli.config.document import Document
from nncli.config.load import load_document
from nncli.config.messages import EXPECTED
from nncli.config.parts import PartOf, error_of, show
from nncli.errors import KeyPath, UserError, command, quoted, together
from nncli.registry import did_you_mean, options_of, unknown

KEYS = {"sentence": str, "source": str, "chapter": str, "measure": dict, "expect": list, "remark": str}
"""The keys of a claim's file, and the types of their values."""
OPTIONAL = ("chapter", "remark")


@dataclass(frozen=True, slots=True)
class Claim:
    """A sentence that measurements can show true or false.

    Attributes:
        id: the name of its file, without the extension.
        path: its file.
        sentence: the claim, in words.
        source: who says so, and where.
        chapter: the topic that it belongs to.
        measure: what is measured, by name.
        expect: what has to hold of the quantities, all of it.
        remark: what a reader should know beside the verdict.
    """

    id: str
    path: Path
    sentence: str
    source: str
    chapter: str
    measure: Mapping[str, Measurement]
    expect: tuple[Expectation, ...]
    remark: str = ""


def read_claim(path: Path) -> Claim:
    """Read a claim from its file.

    Raises:
        UserError: `UserErrors` for several, each with its place in the file.
    """
    document = load_document(path)
    if document.faults:
        raise together(error for _, error in document.faults)
    data: Any = document.data
    if not isinstance(data, dict):
        raise UserError("a claim is a mapping of keys such as sentence, measure and expect", where=str(path))
    _check_keys(document, data)
    errors: list[UserError] = []
    measure, expect = {}, []
    for name, value in data["measure"].items():
        try:
            measure[name] = PartOf(measurements).validate(value)
        except (ValidationError, PydanticCustomError, UserError) as error:
            errors += _in_words(document, ("measure", name), value, error)
    for index, text in enumerate(data["expect"]):
        at = ("expect", index)
        try:
            expect.append(parse_expectation(str(text)))
            for own, _ in expect[-1].names:
                if own not in data["measure"]:
                    raise unknown("measurement", own, data["measure"])
        except UserError as error:
            errors.append(error.replaced(where=document.where(at)))
    if errors:
        raise together(errors)
    texts = {key: " ".join(str(data.get(key, "")).split()) for key in ("sentence", "source", "chapter", "remark")}
    return Claim(path.stem, path, measure=measure, expect=tuple(expect), **texts)


def _check_keys(document: Document, data: Mapping[str, Any]) -> None:
    """Refuse a config, unknown and missing keys, and values of another type."""
    if "sentence" not in data and "task" in data:
        hint = f"Train it: {command('train', document.source)}"
        raise UserError("this is a config, not a claim", where=document.source, hint=hint)
    errors = []
    for key, value in data.items():
        if key not in KEYS:
            hint = did_you_mean(key, KEYS)
            where = document.where((key,), key=True)
            errors.append(UserError(f"unknown key {quoted(key)}", where=where, hint=hint, allowed=_keys()))
        elif not isinstance(value, KEYS[key]) or not value:
            kinds = {str: "text", dict: "a mapping", list: "a list"}
            errors.append(UserError(f"{key} must be {kinds[KEYS[key]]}", where=document.where((key,))))
    missing = [key for key in KEYS if key not in data and key not in OPTIONAL]
    errors += [UserError(f"the claim has no {key}", where=document.source, allowed=_keys()) for key in missing]
    if errors:
        raise together(errors)


def _keys() -> str:
    return f"Keys of a claim: {', '.join(KEYS)}"


def _in_words(
    document: Document, path: KeyPath, value: Any, error: ValidationError | PydanticCustomError | UserError
) -> list[UserError]:
    """The errors of a measurement, each with its place."""
    if isinstance(error, UserError):
        return [error.replaced(where=document.where(path))]
    if isinstance(error, PydanticCustomError):
        context, where = error.context or {}, document.where(path)
        if error.type == "unknown_part":
            return [measurements.unknown(context["name"]).replaced(where=where)]
        return [error_of(context, where)]
    (name,) = value
    options = options_of(measurements.get(name))
    return [_of_option(document, (*path, *detail["loc"]), detail, options) for detail in error.errors()]


def _of_option(document: Document, path: KeyPath, detail: Any, options: Iterable[str]) -> UserError:
    """The error of one option of a measurement."""
    option, known = str(path[-1]), f"Options: {', '.join(options)}"
    if detail["type"] == "extra_forbidden":
        where, hint = document.where(path, key=True), did_you_mean(option, options)
        return UserError(f"unknown option {quoted(option)}", where=where, hint=hint, allowed=known)
    if detail["type"] == "missing":
        return UserError(f"the option {option} is missing", where=document.where(path[:-1]), allowed=known)
    expected = EXPECTED.get(detail["type"].partition("_")[0])
    words = f"expected {expected}, but found {show(detail['input'])}" if expected else detail["msg"]
    return UserError(words, where=document.where(path))
