"""Read YAML to plain data with positions: a strict subset of YAML 1.2, composed from the parser's events.

The subset is mappings with text keys, lists and scalars: what can be read without knowing YAML. Anchors, aliases, tags,
merge keys, directives and several documents in one file are refused. PyYAML's own composer is not used: it keeps no
positions of keys, takes the last of duplicate keys, and libyaml's overflows the stack on deep nesting.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NoReturn, TypeAlias

import yaml

from nncli.config.document import Data, Document, Fault, Position
from nncli.config.yaml_scalars import FORBIDDEN, resolve
from nncli.config.yaml_syntax import MISLEADING, explain, explain_character, misleading_near
from nncli.errors import NOWHERE, KeyPath, Place, Rewrite, Suggestion, UserError, below, quoted, together

MAX_SIZE, MAX_VALUES = 4_000_000, 120_000
"""Room for 100,000 seeds of 64 bits, plus a config."""
MAX_DEPTH = 32
MAX_KEYS = 50
"""The most keys of one mapping: more than any part has options."""
MAX_ERRORS = 20

ROWS = "Put rows of data into a file, as in task: {table: {file: data.csv, target: y}}"
# The C parser is about ten times faster; both give the same events.
_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_SURROGATE = re.compile("[\ud800-\udfff]")
# Possessive: a million empty lines must not leave a million backtracking points.
_DIRECTIVE = re.compile(r"(?:[ \t]*+(?:#[^\r\n]*+)?+(?:\r\n|\r|\n))*+%")


Places: TypeAlias = Callable[[Position | None], Place]
"""How messages name a position of the text, or the text as a whole."""


def read_yaml(text: str | bytes, source: str) -> Document:
    """Read the one document of a YAML text.

    Args:
        text: at most `MAX_SIZE`; bytes are UTF-8.
        source: the file as messages show it.

    Raises: `UserError`, or `UserErrors` for several at once, each with `source:line:column`.
    """
    document = read_faulty_yaml(text, source)
    _raise_all(document.faults)
    return document


def read_faulty_yaml(text: str | bytes, source: str) -> Document:
    """Like `read_yaml`, but errors that do not stop reading are recorded in the document, not raised."""

    def place(position: Position | None) -> Place:
        return Place(source, position or ())

    reader = _Reader(_checked(text, place), place)
    data = reader.read()
    if reader.root is None:
        raise UserError("the file is empty", where=source, hint="Write at least 'task: xor'")
    return Document(source, data, reader.positions, reader.key_positions, faults=tuple(reader.faults))


def read_value(text: str, where: Place = NOWHERE) -> Data:
    """Read the value of an override: `relu`, `[4, 4]`, `{leaky_relu: {slope: 0.1}}`; nothing is null.

    Args:
        text: one plain or quoted scalar, or one collection in brackets or braces.
        where: where the value comes from.

    Raises: `UserError` or `UserErrors`.
    """

    def place(_: Position | None) -> Place:
        return where

    text = _checked(text, place)
    reader = _Reader(text, place)
    data = reader.read()
    _raise_all(reader.faults)
    if text.strip() and not _is_one_value(text, reader.root, reader.end):
        raise UserError(
            f"{quoted(text)} is not one value",
            where=where,
            hint="Put text in quotes, a list in [ ], a mapping in { }",
        )
    return data


def _raise_all(faults: Sequence[Fault]) -> None:
    if faults:
        raise together(error for _, error in faults)


def _is_one_value(text: str, root: Any, end: int) -> bool:
    """Whether the text is nothing but a value in flow style.

    A comment or a document marker next to it more likely means a string that lacks its quotes.
    """
    if root is None or getattr(root, "flow_style", None) is False or getattr(root, "style", None) in ("|", ">"):
        return False
    return not (text[: root.start_mark.index] + text[end:]).strip()


def _checked(text: str | bytes, place: Places) -> str:
    """The text without its byte order mark, if it is short enough and holds only characters that YAML allows."""
    if len(text) > MAX_SIZE:
        raise UserError("the text is too long", where=place(None), allowed=f"At most {MAX_SIZE:,} characters")
    text = (_decoded(text, place) if isinstance(text, bytes) else text).removeprefix("\ufeff")
    if found := FORBIDDEN.search(text):
        raise UserError(
            f"the character U+{ord(found[0]):04X} is not allowed",
            where=place(_position(text[: found.start()])),
            hint="Remove it",
        )
    if found := _DIRECTIVE.match(text):
        raise UserError(
            "directives (%) are not supported",
            where=place(_position(text[: found.end() - 1])),
            hint="Remove the line, or put text in quotes",
        )
    return text


def _decoded(text: bytes, place: Places) -> str:
    try:
        return text.decode("utf-8")
    except UnicodeDecodeError as error:
        raise UserError(
            f"the byte 0x{text[error.start]:02x} is not UTF-8",
            where=place(_position(text[: error.start].decode("utf-8"))),
            hint="Save the file as UTF-8",
        ) from None


def _position(before: str) -> Position:
    """The position just after a text."""
    lines = re.split(r"\r\n|\r|\n", before)
    return len(lines), len(lines[-1]) + 1


class _TooManyErrors(Exception):
    """Raised when reading cannot continue; the error is already recorded."""


class _Reader:
    """One pass over the events of a text: recursion no deeper than `MAX_DEPTH`; errors are recorded along the way."""

    def __init__(self, text: str, place: Places) -> None:
        self.text, self.place = text, place

    def _begin(self, loader: Any) -> None:
        self._events: Iterator[Any] = yaml.parse(self.text, Loader=loader)
        self.positions: dict[KeyPath, Position] = {}
        self.key_positions: dict[KeyPath, Position] = {}
        self.root: Any = None
        self.end = 0
        self.faults: list[Fault] = []

    def read(self, loader: Any = _LOADER) -> Data:
        """Read the document; `root` stays None for an empty text.

        libyaml scans up to 1024 characters ahead of its events and has a nesting limit of its own, which would trigger
        before `MAX_DEPTH` does. PyYAML's Python parser has none, so it rereads text that may be too deep.

        Raises: `UserError` or `UserErrors` if reading cannot continue; errors that do not stop it are left in `faults`.
        """
        self._begin(loader)
        try:
            return self._document()
        except yaml.MarkedYAMLError as error:
            mark, given, hint = explain(error, self.text)
            reached: Any = error.problem_mark or mark
            if loader is not yaml.SafeLoader and _may_be_deep(self.text[: reached.index]):
                return self.read(yaml.SafeLoader)
            if found := misleading_near(self.text, mark.index):
                self._report_misleading(found)
            self._note((), UserError(given, where=self.place((mark.line + 1, mark.column + 1)), hint=hint))
        except (ValueError, OverflowError):  # PyYAML's Python parser, of an escape such as "\UFFFFFFFF"
            self._note((), UserError("an escape in double quotes is not a character", where=self.place(None)))
        except _TooManyErrors:
            pass
        _raise_all(self.faults)
        return None

    def _document(self) -> Data:
        next(self._events)  # the start of the stream
        if isinstance(next(self._events), yaml.StreamEndEvent):
            return None
        root = next(self._events)
        data = self._value(root, ())
        if not _is_nothing(root):
            self.root = root
        next(self._events)  # the end of the document
        event = next(self._events)
        if not isinstance(event, yaml.StreamEndEvent):
            self._give_up(event, (), "a second document begins here", "Keep one, without '---'")
        return data

    def _value(self, event: Any, path: KeyPath) -> Data:
        if len(self.positions) >= MAX_VALUES:
            self._give_up(event, path, f"more than {MAX_VALUES:,} values", ROWS)
        self.positions[path] = _start(event)
        self._refuse_properties(event, path)
        data: Data = None
        if isinstance(event, yaml.ScalarEvent):
            data = self._scalar(event, path)
            self.end = _end(event)
        elif isinstance(event, yaml.CollectionStartEvent):
            if len(path) >= MAX_DEPTH:
                self._give_up(event, path, f"nested more than {MAX_DEPTH} deep", "Check the brackets")
            data = self._mapping(event, path) if isinstance(event, yaml.MappingStartEvent) else self._list(path)
        return data

    def _scalar(self, event: Any, path: KeyPath) -> Data:
        text = self._text(event, path)
        if not _is_plain(event):
            return text
        try:
            return resolve(text)
        except UserError as error:
            self._add(path, error.replaced(where=self.place(_start(event)), hint=below(error.hint, path)))
            return text

    def _list(self, path: KeyPath) -> list[Data]:
        items: list[Data] = []
        while not isinstance(event := next(self._events), yaml.SequenceEndEvent):
            items.append(self._value(event, (*path, len(items))))
        self.end = _end(event)
        return items

    def _mapping(self, start: Any, path: KeyPath) -> dict[str, Data]:
        items: dict[str, Data] = {}
        while not isinstance(event := next(self._events), yaml.MappingEndEvent):
            key = self._key(event, path)
            at = (*path, key)
            if len(items) >= MAX_KEYS:
                self._give_up(event, at, f"more than {MAX_KEYS} keys in one mapping", ROWS)
            if key in items:
                line = self.key_positions[at][0]
                given = f"the key {quoted(key)} was given in line {line} already"
                self._refuse(event, at, given, "Keep one of the two")
            self.key_positions[at] = _start(event)
            value = next(self._events)
            if start.flow_style and _is_plain(event) and ":" in key and _is_nothing(value):
                written = key.replace(":", ": ", 1)
                hint = Suggestion(f"Write {quoted(written)}", [Rewrite(_start(event), key, written)])
                self._refuse(event, at, f"no space after the colon of {quoted(key)}", hint)
            items[key] = self._value(value, at)
        self.end = _end(event)
        return items

    def _key(self, event: Any, path: KeyPath) -> str:
        """The text of a key, whatever it would resolve to as a value."""
        if not isinstance(event, yaml.ScalarEvent):
            self._refuse(event, (*path, ""), "a key is not text", "Write each key as one word")
            self._value(event, (*path, ""))
            return ""
        key: str = event.value
        at = (*path, key)
        self._refuse_properties(event, at)
        self._text(event, at)
        if _is_nothing(event):
            self._refuse(event, at, "a key is missing before ':'", "Write 'key: value'")
        elif key == "<<" and _is_plain(event):
            self._refuse(event, at, "merge keys (<<) are not supported", "Write the keys out")
        return key

    def _text(self, event: Any, path: KeyPath) -> str:
        text: str = event.value
        if _is_plain(event) and (found := MISLEADING.search(self.text, event.start_mark.index, event.end_mark.index)):
            self._report_misleading(found)
        if _SURROGATE.search(text):  # an escape such as "\ud800", which only PyYAML's Python parser lets through
            self._refuse(event, path, "an escape in double quotes is not a character", "Write the character itself")
        return text

    def _refuse_properties(self, event: Any, path: KeyPath) -> None:
        if isinstance(event, yaml.AliasEvent):
            self._refuse(event, path, "aliases (*) are not supported", "Write the value out, or put text in quotes")
        elif event.anchor is not None:
            self._refuse(event, path, "anchors (&) are not supported", "Remove it, or put text in quotes")
        elif event.tag is not None:
            self._refuse(event, path, "tags (!) are not supported", "Remove it, or put text in quotes")

    def _refuse(self, event: Any, path: KeyPath, given: str, hint: str) -> None:
        self._add(path, UserError(given, where=self.place(_start(event)), hint=hint))

    def _add(self, path: KeyPath, error: UserError) -> None:
        self._note(path, error)
        if len(self.faults) >= MAX_ERRORS:
            raise _TooManyErrors

    def _give_up(self, event: Any, path: KeyPath, given: str, hint: str) -> NoReturn:
        self._refuse(event, path, given, hint)
        raise _TooManyErrors

    def _report_misleading(self, found: re.Match[str]) -> None:
        """Stop at a character that is not what it looks like: text near it may not read as meant."""
        position = _position(self.text[: found.start()])
        given, hint = explain_character(found[0], position)
        raise UserError(given, where=self.place(position), hint=hint)

    def _note(self, path: KeyPath, error: UserError) -> None:
        self.faults.append((path, error))


def _may_be_deep(text: str) -> bool:
    """Whether a text opens more brackets than may be nested."""
    return text.count("[") + text.count("{") > MAX_DEPTH


def _start(event: Any) -> Position:
    return event.start_mark.line + 1, event.start_mark.column + 1


def _end(event: Any) -> int:
    index: int = event.end_mark.index
    return index


def _is_plain(event: Any) -> bool:
    return isinstance(event, yaml.ScalarEvent) and event.style in (None, "")


def _is_nothing(event: Any) -> bool:
    return _is_plain(event) and event.value == ""
