"""Suggest fixes for config errors: as a sentence, and as edits that the config accepts."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterable
from typing import Any

from pydantic import ValidationError

from nncli.config.catalog import CATALOG
from nncli.config.document import Data, Document
from nncli.config.option_reference import sections
from nncli.config.other_names import ALSO_CALLED, NEEDLESS, TRANSLATED
from nncli.config.parts import PartOf
from nncli.config.schema import ExperimentConfig
from nncli.config.schema_lookup import annotation_at
from nncli.config.yaml_reader import read_value
from nncli.config.yaml_scalars import render, resolve
from nncli.errors import Edit, KeyPath, Suggestion, UserError, dotted
from nncli.nn.optimizers import optimizers
from nncli.nn.regularizers import regularizers
from nncli.registry import closest, folded, options_of
from nncli.runs.metrics_csv import is_number

LONGEST_HINT = 80
"""Longer values are not written out."""

_PAIR = re.compile(r"([A-Za-z_]\w{0,40})(?::| ?= ?)(\S{1,80})(?:\s|$)")
_COUNT = re.compile(r"[0-9]{1,7}")
_WORDS_FOR = {
    **dict.fromkeys(("yes", "y", "on", "1", "1.0"), True),
    **dict.fromkeys(("no", "n", "off", "0", "0.0"), False),
}


def flow(value: Data) -> str:
    """A value on one line, as one would write it in a command."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{render(key)}: {flow(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(flow, value)) + "]"
    return render(value)


def written(document: Document, path: KeyPath, *values: Data, note: str = "") -> str:
    """`Write 1000`, or several values that the config accepts at a path; or an empty string."""
    values = tuple(value for value in values if _accepts(document, path, value))
    texts = [text for text in map(flow, values) if len(text) <= LONGEST_HINT]
    ways = [[Edit(document.written(path), text)] for text in texts]
    return Suggestion(f"Write {' or '.join(texts)}{note}", *ways) if texts else ""


def renamed(document: Document, path: KeyPath, meant: str) -> str:
    """`Did you mean 'relu'?` for a name, or for a part with options, at a path."""
    try:
        value = document.at(path)
    except LookupError:
        value = None
    value = {meant: next(iter(value.values()))} if isinstance(value, dict) and len(value) == 1 else meant
    return Suggestion(f"Did you mean '{meant}'?", [Edit(document.written(path), flow(value))])


def is_overridden(document: Document, path: KeyPath) -> bool:
    """Whether the command line gave the value at a path."""
    return any(path[: len(given)] == given for given in document.overrides)


def instead_of(document: Document, path: KeyPath, kind: str, value: Any) -> str:
    """How to write a value of the wrong type; `kind` is pydantic's error type."""
    if kind == "model_type":
        return _mapping(document, path, value)
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        return ""
    hint, text = "", str(value).strip()
    if kind.startswith(("float", "int")):
        hint = _number(document, path, kind.startswith("int"), value, text)
    elif kind.startswith("bool") and text.casefold() in _WORDS_FOR:
        hint = written(document, path, _WORDS_FOR[text.casefold()])
    elif kind == "string_type" and isinstance(value, int):
        hint = written(document, path, text, note=", in quotes")
    elif kind == "list_type":
        hint = _list(document, path, value, text)
    return hint


def _number(document: Document, path: KeyPath, whole: bool, value: Any, text: str) -> str:
    plain = re.sub(r"(?<=[0-9])[_' ](?=[0-9]{3}\b)", "", text) if len(text) <= 40 else text
    if whole:
        plain = re.sub(r"(?<=[0-9]),(?=[0-9]{3}\b)", "", plain)
    note = ""
    if re.fullmatch(r"[-+]?[0-9]{0,20},[0-9]{1,20}([eE][-+]?[0-9]{1,3})?", plain):
        plain, note = plain.replace(",", "."), ", with a decimal point"
    elif plain == text and isinstance(value, str):
        note = ", without quotes"
    if not is_number(plain):
        return ""
    number: Any = float(plain)
    if whole and number.is_integer() and abs(number) < 1e15:
        number = int(number)
    elif isinstance(value, str):
        try:
            number = resolve(plain)
        except UserError:
            return ""
    if not _accepts(document, path, number):
        return ""
    shown = plain if isinstance(number, float) and isinstance(resolve(plain), float) else flow(number)
    return Suggestion(f"Write {shown}{note}", [Edit(document.written(path), shown)])


def _list(document: Document, path: KeyPath, value: Any, text: str) -> str:
    """A list from one item, or from numbers separated by commas or dashes; of network sizes, the hidden ones."""
    inner = text.strip("()[] ,") if isinstance(value, str) else text
    sizes = [int(size) for size in _COUNT.findall(inner)]
    if isinstance(value, str) and re.fullmatch(rf"{_COUNT.pattern}( *(-|x|×|->|→|>|:|/) *{_COUNT.pattern})+", inner):
        if len(sizes) < 3:
            return written(document, path, list(sizes))
        note = f", or {flow(list(sizes))} if all of them are hidden layers"
        found = written(document, path, list(sizes[1:-1]), note=note)
        ways = [[Edit(document.written(path), flow(list(each)))] for each in (sizes[1:-1], sizes)]
        return Suggestion(found, *ways) if found else ""
    if isinstance(value, str) and re.fullmatch(rf"{_COUNT.pattern}( *[, ] *{_COUNT.pattern})*", inner):
        return written(document, path, list(sizes))
    return written(document, path, [value]) if len(text) <= 40 else ""


def _mapping(document: Document, path: KeyPath, value: Any) -> str:
    """A mapping from nothing, from `key:value` without a space, or from the value of the one option."""
    if value is None:
        return Suggestion("Remove the key, or write keys below it, indented", [Edit(document.written(path), None)])
    pairs = _PAIR.findall(value) if isinstance(value, str) else []
    if pairs and not _PAIR.sub("", value).strip():
        try:
            meant: dict[str, Data] = {key: resolve(text) for key, text in pairs}
        except UserError:
            return ""
        if not path:
            return Suggestion(f"Write {_lines(meant)}, with a space after the colon", [Edit((), flow(meant))])
        return written(document, path, meant)
    described = annotation_at(path[:-1])
    if isinstance(described, PartOf) and path[-1] in described.registry:
        options = list(options_of(described.registry.get(str(path[-1]))))
        if len(options) == 1 and not isinstance(value, (dict, list)):
            return written(document, path, {options[0]: value})
    return ""


def decided(document: Document, path: KeyPath, error: UserError) -> UserError:
    """The error with the one spelling of a scalar that the config accepts at its path, if there is exactly one."""
    texts = [way[0].text for way in error.ways if isinstance(way[0], Edit) and way[0].path == path and way[0].text]
    fitting = [text for text in texts if _accepts(document, path, json.loads(text))]
    if len(texts) < 2 or len(fitting) != 1:
        return error
    note = ", in quotes" if fitting[0].startswith('"') else ""
    hint = Suggestion(f"Write {fitting[0]}{note}", [Edit(path, fitting[0])])
    return error.replaced(hint=hint)


def instead_of_key(document: Document, path: KeyPath, value: Data, own: Iterable[str]) -> str:
    """The hint for an unknown key: the key that was meant, here or in another section, or its removal."""
    key, own = str(path[-1]), list(own)
    others = {folded(word): name for word, name in _other_words(own).items()}
    meant_key = others.get(folded(key), "")
    for word, (target, translate) in TRANSLATED.items():
        if folded(key) == folded(word) and not meant_key and (meant := translate(value)) is not None:
            return _moved(document, path, target, meant)
    meant_key = meant_key or closest(key, own, others)
    if not meant_key and folded(key) in map(folded, NEEDLESS):
        why = next(why for word, why in NEEDLESS.items() if folded(word) == folded(key))
        return Suggestion(f"Remove it: {why}", [Edit(document.written(path), None)])
    if meant_key:
        return Suggestion(f"Did you mean '{meant_key}'?", _move(document, path, (*path[:-1], meant_key), value))
    if not (target := key_of(key)):
        return ""
    *above, meant_key = map(str, target)
    place = f"under {'.'.join(above)}" if above else "at the top, without indentation"
    sentence = f"It belongs {place}" if meant_key == key else f"Did you mean '{meant_key}' {place}?"
    return Suggestion(sentence, _move(document, path, target, value))


def key_of(word: str) -> KeyPath:
    """The path of the key that a word means, in any section; empty if no key matches."""
    places = {name: prefix for prefix, model in _sections() for name in model.model_fields}
    places |= {name: "regularizer" for name in regularizers if name not in places}
    others = {name: name for name in places} | _other_words(places)
    exact = {folded(other): name for other, name in others.items()}.get(folded(word))
    meant = exact or closest(word, [], {other: name for other, name in others.items() if len(other) > 4})
    return (*filter(None, places[meant].split(".")), meant) if meant else ()


def as_override(word: str, text: str) -> tuple[KeyPath, str] | None:
    """The key and the text of the override meant by an option such as `--lr 0.1`; or None."""
    try:
        value = read_value(text)
    except UserError:
        return None
    for other, (target, translate) in TRANSLATED.items():
        if folded(word) == folded(other) and (meant := translate(value)) is not None:
            return target, flow(meant)
    path, described = key_of(word), annotation_at(key_of(word))
    if isinstance(described, PartOf) and isinstance(value, str):
        value = described.registry.meant(value) or value
    values: list[Data] = [value, [value]]
    if not path and (names := [name for name in optimizers if word in options_of(optimizers.get(name))]):
        path, values = ("training", "optimizer"), [{names[0]: {word: value}}]
    document = Document("", {"task": "xor"})
    fitting = [each for each in values if path and _accepts(document, path, each)]
    return (path, flow(fitting[0])) if fitting else None


def owners(key: str, kind: Any) -> str:
    """The parts that have a key as an option: those of the kind expected there, or else all."""
    found = {}
    for registry in CATALOG.values():
        names = [name for name in registry if key in options_of(registry.get(name))]
        if names and registry is not regularizers:
            found[registry.plural] = f"the {registry.kind if len(names) == 1 else registry.plural} {', '.join(names)}"
    if isinstance(kind, PartOf) and kind.registry.plural in found:
        found = {kind.registry.plural: found[kind.registry.plural]}
    return f"It is an option of {'; of '.join(found.values())}" if found else ""


def as_part(document: Document, path: KeyPath, value: Any) -> str:
    """How to write a part that is below the name of another one, as after `activation.leaky_relu.slope=0.2`."""
    part, name, key = path[:-2], str(path[-2]) if len(path) > 1 else "", str(path[-1])
    described = annotation_at(part)
    if not isinstance(described, PartOf) or key not in described.registry:
        return ""
    is_option = value is not None and not isinstance(value, dict)
    if is_option and options_of(described.registry.get(name)):
        return ""
    text = flow({key: value} if value else key)
    if not (works := is_accepted(described, {key: value})):
        if is_option or not value:
            return ""
        text = f"{{{key}: {{{', '.join(f'{option}: ...' for option in value)}}}}}"
    if len(text) > LONGEST_HINT:
        return ""
    sentence = f"Write {text}" if isinstance(part[-1], int) else f"Write {part[-1]}: {text}"
    if is_overridden(document, path):
        sentence = f"Write {shlex.quote(f'{dotted(part)}={text}')}"
    return Suggestion(sentence, [Edit(document.written(part), text)]) if works else sentence


def is_accepted(kind: PartOf, value: Any) -> bool:
    """Whether a raw value is a part of a kind."""
    try:
        kind.validate(value)
    except (ValueError, UserError):
        return False
    return True


def _other_words(names: Iterable[str]) -> dict[str, str]:
    return {word: name for name in names for word in ALSO_CALLED.get(name, ())}


def _lines(value: dict[str, Data]) -> str:
    return " and ".join(f"'{key}: {flow(item)}'" for key, item in value.items())


def _sections() -> list[tuple[str, Any]]:
    return list(reversed(list(sections(ExperimentConfig))))


def _moved(document: Document, path: KeyPath, target: KeyPath, value: Data) -> str:
    """`Write seeds: [3]`, or an override if it replaces a value from the command line."""
    *above, key = map(str, target)
    sentence = f"Write {key}: {flow(value)}" + (f" under {'.'.join(above)}" if above else "")
    if is_overridden(document, path):
        sentence = f"Write {shlex.quote(f'{dotted(target)}={flow(value)}')}"
    return Suggestion(sentence, _move(document, path, target, value))


def _move(document: Document, path: KeyPath, target: KeyPath, value: Data) -> list[Edit]:
    return [Edit(document.written(path), None), Edit(document.written(target), flow(value))]


def _accepts(document: Document, path: KeyPath, value: Data) -> bool:
    """Whether the schema accepts a value at a path, and everything below it."""
    data: Any = changed(document.data, document.written(path), value)
    try:
        ExperimentConfig.model_validate(data)
    except ValidationError as error:
        places = [tuple(step for step in found["loc"] if isinstance(step, (str, int))) for found in error.errors()]
        return not any(place[: len(path)] == path for place in places)
    return True


def changed(data: Data, path: KeyPath, value: Data) -> Data:
    """The data with another value at a path; mappings above it are made if they are missing."""
    if not path:
        return value
    step, *below = path
    if isinstance(data, list) and isinstance(step, int):
        return [*data[:step], changed(data[step], tuple(below), value), *data[step + 1 :]]
    data = data if isinstance(data, dict) else {}
    return {**data, str(step): changed(data.get(str(step)), tuple(below), value)}


def removed(data: Data, path: KeyPath) -> Data:
    """The data without the value at a path."""
    step, *below = path
    if isinstance(data, list) and isinstance(step, int):
        kept = [removed(data[step], tuple(below))] if below else []
        return [*data[:step], *kept, *data[step + 1 :]]
    if not isinstance(data, dict) or step not in data:
        return data
    if below:
        return {**data, str(step): removed(data[str(step)], tuple(below))}
    return {key: item for key, item in data.items() if key != step}
