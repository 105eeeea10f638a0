"""Tags and notes as text for a terminal."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from pathlib import Path

from nncli.cli.console import Safe, fitted, note, width
from nncli.errors import UserError, visible
from nncli.runs.labels import Labels, read_labels


def labels_of(folder: Path) -> Labels:
    """The labels of a folder; none, with a note, if they cannot be read."""
    try:
        return read_labels(folder)
    except UserError as error:
        note(fitted(f"note: {error}"))
        return Labels()


def label_lines(labels: Labels) -> Iterator[Safe]:
    """The tags on a line, and the notes below; nothing if there are none."""
    if labels.tags:
        yield fitted("   ".join(["tags", *labels.tags]))
    if labels.notes:
        yield Safe("notes")
        yield from note_lines(labels)


def note_lines(labels: Labels) -> Iterator[Safe]:
    """Each note with its number and its date; its lines are kept, wrapped to the width, and all else is escaped."""
    margin = len(str(len(labels.notes)))
    for number, own in enumerate(labels.notes, 1):
        head = f"  {number:>{margin}}  {visible(own.written[:10])}  "
        indent = " " * len(head)
        for place, line in enumerate(own.text.strip("\n").split("\n")):
            wrapped = textwrap.wrap(
                visible(line.removesuffix("\r")),
                width(),
                initial_indent=head if place == 0 else indent,
                subsequent_indent=indent,
                break_on_hyphens=False,
            )
            yield Safe("\n".join(wrapped or [head.rstrip() if place == 0 else ""]))
