"""Parts of pages: numbers with their source, tables, pictures, commands."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from nncli.report.page.markup import Child, Html, element, joined

TALL = 30
"""A table of more rows scrolls within the page."""
MOST = 200
"""Longer names are cut."""
LONGEST = 1000
"""Longer paragraphs, which have long names in them."""


def cut(text: str, most: int = MOST) -> str:
    """A text of at most this many characters."""
    return text if len(text) <= most else f"{text[: most - 1]}…"


def spaced(line: str) -> str:
    """A line of a terminal, whose parts are three spaces apart, for a page, where spaces are all alike."""
    return line.replace("   ", " · ")


def sentence(line: str) -> str:
    """A line of a terminal as a sentence of its own."""
    text = spaced(line.strip().replace("   or   ", " or ").replace("try   ", "try "))
    return f"{text[:1].upper()}{text[1:]}{'' if text.endswith(('.', '?')) else '.'}"


def value(text: str, source: str, exact: object = None) -> Html:
    """A number, with the file and the key that it comes from.

    Args:
        text: the number as it is shown.
        source: as in `result.json metrics.train_loss[3]`.
        exact: the number as it is stored, if more digits of it are.
    """
    whole = text if exact is None else str(exact)
    shown = source if whole == text else f"{source}: {whole}"
    return element("data", text, value=whole, title=shown, data_source=source)


def sourced(tag: str, text: str, source: str) -> Html:
    """An element of words with numbers, all of them from a file or command."""
    return element(tag, text, title=source or None, data_source=source or None)


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table.

    Attributes:
        heading: above it.
        source: where its numbers come from; empty for a column of words.
        filtered: whether scripts let readers choose which of its values are listed.
    """

    heading: str
    source: str = ""
    filtered: bool = False


def table(
    caption: str,
    columns: Sequence[Column],
    rows: Iterable[Sequence[Child]],
    seeds: Sequence[int] = (),
    name: str = "",
    source: str = "",
) -> Html:
    """A table that scrolls sideways on its own, and that scripts sort.

    Args:
        caption: above it.
        columns: their first names the row.
        rows: a cell for each column.
        seeds: the seed of each row, if the rows are seeds: scripts highlight it in pictures.
        name: of the kind of table, for the style.
        source: where the numbers of the caption come from.
    """
    heads = (
        element(
            "th",
            own.heading,
            scope="col",
            title=own.source or None,
            data_source=own.source or None,
            data_filter=own.filtered,
        )
        for own in columns
    )
    head = element("tr", *heads)
    body = [_row(row, seeds[place] if seeds else None) for place, row in enumerate(rows)]
    whole = element(
        "table",
        sourced("caption", caption, source),
        element("thead", head),
        element("tbody", *body),
        class_=name or None,
    )
    style = "scroll tall" if len(body) > TALL else "scroll"
    return element("div", whole, class_=style, tabindex="0", role="region", aria_label=cut(caption))


def _row(cells: Sequence[Child], seed: int | None) -> Html:
    first, *others = cells
    return joined(
        Html("\n"),
        element("tr", element("th", first, scope="row"), *(element("td", cell) for cell in others), data_seed=seed),
    )


def facts(rows: Iterable[tuple[Child, Child]]) -> Html:
    """Names and what they are, as a list of definitions."""
    return element(
        "dl", *(element("div", element("dt", name), element("dd", what)) for name, what in rows), class_="facts"
    )


def paragraphs(lines: Iterable[str], source: str) -> Html:
    """A paragraph for each line, of at most some characters. Args: source: where their numbers come from."""
    return joined(*(sourced("p", cut(spaced(line.strip()), LONGEST), source) for line in lines))


def code(text: str, label: str, source: str = "") -> Html:
    """A file or commands, as they are; scrolls sideways on its own."""
    return element(
        "pre",
        element("code", text),
        tabindex="0",
        role="region",
        aria_label=label,
        data_source=source or None,
        title=source or None,
    )


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture in a page.

    Attributes:
        kind: its name, as `nncli plot --kind` takes it.
        title: what it shows.
        source: the files that it was drawn from.
        svg: the picture.
        reading: how to read it, in a few sentences.
    """

    kind: str
    title: str
    source: str
    svg: Html
    reading: str = ""


def figure(picture: Picture, command: str = "") -> Html:
    """A picture with its caption, and the command that draws it alone."""
    name = picture.kind.replace("_", " ")
    drawn = joined(" Draw it alone: ", element("code", command)) if command else None
    reading = f". {picture.reading}" if picture.reading else "."
    caption = element("figcaption", element("strong", name), f"{reading} From {picture.source}.", drawn)
    panel = element("div", picture.svg, class_="panel", tabindex="0", role="region", aria_label=f"{name}, picture")
    return joined(Html("\n"), element("figure", panel, caption, data_kind=picture.kind, data_source=picture.source))


@dataclass(frozen=True, slots=True)
class Film:
    """Pictures of one kind at several epochs.

    Attributes:
        kind: its name.
        source: the files that it was drawn from.
        frames: PNG files by epoch.
    """

    kind: str
    source: str
    frames: tuple[tuple[int, bytes], ...]


def film(own: Film) -> Html:
    """A film: all frames beside each other, of which scripts show one at a time."""
    name = cut(own.kind.replace("_", " "))
    shown = (
        element(
            "div",
            element(
                "img", src=f"data:image/png;base64,{base64.b64encode(png).decode()}", alt=f"{name} at epoch {epoch}"
            ),
            element("p", f"epoch {epoch}"),
            class_="frame",
        )
        for epoch, png in own.frames
    )
    caption = element("figcaption", element("strong", f"{name} during training"), f". From {own.source}.")
    return element("figure", *shown, caption, class_="film", data_film=own.kind, data_source=own.source)
