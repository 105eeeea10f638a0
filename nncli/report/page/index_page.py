"""The page that lists runs and studies, with links to their own pages."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from urllib.parse import quote

from nncli.report.numbers import NOTHING, grouped, short
from nncli.report.page.document import Section, page
from nncli.report.page.markup import Child, Html, element, joined
from nncli.report.page.parts import Column, cut, sourced, table, value
from nncli.runs.directory import CONFIG, RESULT
from nncli.runs.labels import LABELS, Labels
from nncli.runs.run_row import RunRow

STUDY_FILE = "study.json"
STUDY = "study"
"""In place of the status of a study."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A run or a study in the list.

    Attributes:
        row: what is known about it; its status is `STUDY` for a study.
        labels: its tags and notes.
        page: where its own page is, seen from the list; empty if it has none.
        varied: of a study, what was varied and how it came out.
    """

    row: RunRow
    labels: Labels
    page: str = ""
    varied: str = ""


def index_page(entries: Sequence[Entry]) -> str:
    """The page as HTML."""
    number = Counter("studies" if entry.row.status == STUDY else "runs" for entry in entries)
    found = " and ".join(f"{grouped(number[kind])} {_singular(kind, number[kind])}" for kind in sorted(number))
    lead = element("p", "A name links to its page, if one was written.")
    return page(found, lead, [Section("runs", "In this list", _table(entries))], source="the rows of this list")


def _singular(kind: str, number: int) -> str:
    return kind if number != 1 else {"studies": "study", "runs": "run"}[kind]


def _table(entries: Sequence[Entry]) -> Html:
    has_tags, has_notes = (any(own) for own in zip(*((e.labels.tags, e.labels.notes) for e in entries), strict=True))
    has_varied = any(entry.varied for entry in entries)
    columns = [
        Column("name"),
        Column("started"),
        Column("task", f"{RESULT} task", filtered=True),
        Column("status", f"{RESULT} status", filtered=True),
        *([Column("tags", f"{LABELS} tags", filtered=True)] if has_tags else []),
        *([Column("varied", f"{STUDY_FILE} axes")] if has_varied else []),
        Column("solved", f"{RESULT} solved"),
        Column("loss", f"{RESULT} metrics.train_loss, the median"),
        Column("epochs", f"{RESULT} epochs, the median"),
        Column("parameters", f"{RESULT} parameters"),
        *([Column("last note", f"{LABELS} notes")] if has_notes else []),
    ]
    rows = [list(_cells(entry, has_tags=has_tags, has_notes=has_notes, has_varied=has_varied)) for entry in entries]
    caption = "Newest first; numbers are medians over seeds, and of a study over its runs"
    return table(caption, columns, rows, name="runs")


def _cells(entry: Entry, *, has_tags: bool, has_notes: bool, has_varied: bool) -> Iterator[Child]:
    row, folder = entry.row, entry.row.run
    whose = f"{folder}/*" if row.status == STUDY else folder
    yield _name(entry)
    yield _started(row.started)
    yield value(cut(row.task), f"{whose}/{RESULT} task") if row.task is not None else NOTHING
    yield row.status
    if has_tags:
        source = cut(f"{folder}/{LABELS} tags")
        tags = (element("span", cut(tag), class_="tag", title=source, data_source=source) for tag in entry.labels.tags)
        yield joined(*(joined(tag, " ") for tag in tags)) or NOTHING
    if has_varied:
        yield value(cut(entry.varied), f"{folder}/{STUDY_FILE} axes") if entry.varied else NOTHING
    if row.solved is None or not row.seeds:
        yield NOTHING
    else:
        yield value(f"{row.solved}/{row.seeds}", f"{whose}/{RESULT} solved", row.solved / row.seeds)
    yield _number(row.loss, f"{whose}/{RESULT} metrics.train_loss, the median")
    yield _number(row.epochs, f"{whose}/{RESULT} epochs, the median")
    yield _number(row.parameters, f"{whose}/{RESULT} parameters")
    if has_notes:
        notes = entry.labels.notes
        yield sourced("span", cut(notes[-1].text), cut(f"{folder}/{LABELS} notes[-1]")) if notes else NOTHING


def _name(entry: Entry) -> Html:
    """The name, as a link, and what tells the folder from others of the name."""
    name, rest = cut(entry.row.name), entry.row.run.rpartition("-")[2]
    link = element("a", name, href=quote(os.fsencode(entry.page))) if entry.page else joined(name)
    digits = joined(" ", element("code", rest)) if entry.row.run != entry.row.name else None
    source = cut(f"{entry.row.run}/{CONFIG}")
    return element("span", link, digits, title=source, data_source=source)


def _started(started: str | None) -> Html:
    """When it started, in UTC; sorted by all digits."""
    if started is None:
        return joined(NOTHING)
    digits = "".join(filter(str.isdigit, started[:19]))
    return value(f"{started[:10]} {started[11:16]}", "the name of the folder, in UTC", digits)


def _number(number: float | None, source: str) -> Html:
    return joined(NOTHING) if number is None else value(short(number), source, number)
