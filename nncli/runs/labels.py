"""Tags and notes of a run or a study, in its `labels.json`: what people say about it, outside its sealed results."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from nncli.errors import Forbidden, UserError, quoted
from nncli.storage.json_shape import TEXT, Keys, require
from nncli.storage.lock import Lock
from nncli.storage.strict_json import read_json_object, write_json

LABELS = "labels.json"

PATIENCE = 10.0
"""Seconds to wait for others that label the same folder, each of which takes milliseconds."""

_TAG = re.compile(r"[^\W_][\w.-]{0,39}")
_SHAPE: Keys = {"tags": [TEXT], "notes": [{"written": TEXT, "text": TEXT}]}


@dataclass(frozen=True, slots=True)
class Note:
    """A note: when it was written, in UTC as in `2026-11-29T08:50:00Z`, and its text, exactly as given."""

    written: str
    text: str


@dataclass(frozen=True, slots=True)
class Labels:
    """The tags, sorted, and the notes, oldest first."""

    tags: tuple[str, ...] = field(default=())
    notes: tuple[Note, ...] = field(default=())

    def tagged(self, tags: Iterable[str]) -> Labels:
        """With more tags."""
        return Labels(tuple(sorted({*self.tags, *tags})), self.notes)

    def untagged(self, tags: Iterable[str]) -> Labels:
        """Without some tags."""
        gone = {*tags}
        return Labels(tuple(tag for tag in self.tags if tag not in gone), self.notes)

    def noted(self, text: str) -> Labels:
        """With one more note, written now."""
        return Labels(self.tags, (*self.notes, Note(datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"), text)))

    def as_plain(self) -> dict[str, object]:
        """The object of `labels.json`."""
        return {"tags": list(self.tags), "notes": [asdict(note) for note in self.notes]}


def checked_tag(text: str) -> str:
    """A tag as it is kept: in Unicode's composed form, so that equal words are equal. Raises: `UserError`."""
    tag = unicodedata.normalize("NFC", text)
    if not _TAG.fullmatch(tag):
        allowed = "A tag is a word: at most 40 letters, digits, '.', '_' and '-', and begins with a letter or a digit"
        raise UserError(f"{quoted(text)} cannot be a tag", allowed=allowed)
    return tag


def read_labels(folder: Path) -> Labels:
    """The labels of a folder; none if it has no `labels.json`. Raises: `UserError` (code FILES or CORRUPT)."""
    path = folder / LABELS
    if (plain := read_json_object(path)) is None:
        return Labels()
    require(plain, _SHAPE, str(path), "tags and notes")
    notes = tuple(Note(note["written"], note["text"]) for note in plain["notes"])
    return Labels(tuple(sorted(set(plain["tags"]))), notes)


def change_labels(folder: Path, change: Callable[[Labels], Labels]) -> Labels:
    """Replace the labels of a folder by what `change` makes of them, one process at a time.

    Raises: `UserError` (code FILES or CORRUPT).
    """
    try:
        lock = Lock.acquire(folder / "labels.lock", PATIENCE)
    except Forbidden as error:
        raise error.replaced(hint="Tags and notes are kept in the folder of the run: make it writable") from error
    try:
        before = read_labels(folder)
        after = change(before)
        if after != before:
            write_json(folder / LABELS, after.as_plain())
        return after
    finally:
        lock.release()
