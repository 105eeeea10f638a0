"""Writing to the terminal: results to stdout, everything else to stderr, color only as a second signal.

Text may come from a file, and a terminal obeys control characters in it. So all output is escaped, line breaks too,
unless it is `Safe`: laid out here, from parts that were escaped before.
"""

from __future__ import annotations

import os
import re
import shutil
import sys
import textwrap
from collections.abc import Container, Iterable, Iterator
from itertools import chain
from typing import TextIO

from nncli.errors import UserError, visible

BOLD = "1"

NARROW = 8
"""Minimum width of a column that may wrap."""

_WORDS = re.compile(r"p [=<] \S+\s*|[^\s_]+_*\s*|_+\s*|\s+")
"""What is kept on one line of a cell: a word up to a space or an underscore, and a p-value."""


class Safe(str):
    """Text that is written as is: its line breaks and colors are our own."""

    __slots__ = ()


def out(text: str = "") -> None:
    """Print a line of the result; several, if the text is `Safe`."""
    _write(sys.stdout, text)


def lines(text: str) -> Safe:
    """A text of several lines, with everything but the line breaks escaped."""
    return Safe("\n".join(map(visible, text.split("\n"))))


def exported(csv: str) -> Safe:
    """Comma-separated values: unchanged for a file or pipe, one line per row for a terminal."""
    text = csv.removesuffix("\n")
    if not is_terminal(sys.stdout):
        return Safe(text)
    return lines(re.sub(r'"[^"]*"', lambda quoted: visible(quoted[0]), text))


def fitted(line: str) -> Safe:
    """A line of parts three spaces apart, broken between parts if it is wider than the terminal."""
    line = visible(line)
    if len(line) <= width():
        return Safe(line)
    first, *parts = line.split("   ")
    broken = [first]
    for part in parts:
        longer = f"{broken[-1]}   {part}"
        if len(longer) <= width():
            broken[-1] = longer
        else:
            broken.append(f"  {part}")
    return Safe("\n".join(piece for text in broken for piece in folded(text, width())))


def folded(text: str, columns: int, indent: str = "  ", first: str = "") -> list[str]:
    """The text in lines of at most `columns`: broken after the arrows between layers, or else between words."""
    head, *layers = re.split("(?<=→) ", text)
    broken = [head]
    for layer in layers:
        if len(longer := f"{broken[-1]} {layer}") <= columns:
            broken[-1] = longer
        else:
            broken.append(indent + layer)
    return [piece for line in broken for piece in _wrapped(line, columns, first=first, others=indent)]


def _wrapped(text: str, columns: int, *, first: str = "", others: str = "  ") -> list[str]:
    """A text in lines with these indents, broken between words alone."""
    return textwrap.wrap(
        text,
        columns,
        initial_indent=first,
        subsequent_indent=others,
        break_long_words=False,
        break_on_hyphens=False,
    )


def point(text: str) -> Safe:
    """An indented item below a line."""
    return Safe("\n".join(folded(visible(text), width(), indent="    ", first="  ")))


def error_text(error: UserError) -> Safe:
    """An error as shown: what is wrong, what to try, what is allowed, no wider than the terminal.

    If several errors share what is allowed, such as a list of known names, it is shown once.
    """
    found: list[str] = []
    shown: set[str] = set()
    for each in error.errors:
        first, *others = each.sentences()
        texts = [text for text in others if text not in shown or text != others[-1]]
        if each.allowed:
            shown.add(others[-1])
        if texts and len(f"{first} {texts[0]}") <= width():
            first = f"{first} {texts.pop(0)}"
        found += _wrapped(first, width())
        for text in texts:
            found += _wrapped(text, width(), first="  ")
    return Safe("\n".join(found))


def note(text: str) -> None:
    """Print a line that is not part of the result (progress, notes, errors); several, if the text is `Safe`."""
    _write(sys.stderr, text)


def painted(text: str, colour: str, stream: TextIO | None = None) -> str:
    """The text in a color, if the stream is a terminal and NO_COLOR is not set."""
    if os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb" or not is_terminal(stream or sys.stdout):
        return text
    return f"\x1b[{colour}m{text}\x1b[0m"


def is_terminal(stream: TextIO) -> bool:
    """Whether the stream is a terminal."""
    return stream.isatty()


def can_write(characters: str) -> bool:
    """Whether stdout can show these characters."""
    try:
        characters.encode(sys.stdout.encoding or "ascii")
    except UnicodeEncodeError:
        return False
    return True


def json_text(value: object) -> Safe:
    """Strict JSON: NaN becomes null, and every character beyond printable ASCII is escaped."""
    from nncli.storage.strict_json import to_json

    return Safe(to_json(value).rstrip("\n"))


def table(columns: list[tuple[str, str]], rows: Iterable[list[str]], indent: int = 1) -> Safe:
    """An aligned table; each column is a heading and `left` or `right`. The last column wraps to the width."""
    return Safe("\n".join(table_lines(columns, rows, indent)))


def wrapped_table(columns: list[tuple[str, str]], rows: list[list[str]]) -> Safe:
    """A table whose first column wraps if the table would be wider than the terminal."""
    rows = [[visible(cell) for cell in row] for row in rows]
    others = [max(len(row[i]) for row in [[name for name, _ in columns], *rows]) for i in range(1, len(columns))]
    room = max(NARROW, width() - 1 - sum(others) - 3 * len(others))
    fitting = []
    for first, *cells in rows:
        depth = " " * (len(first) - len(first.lstrip()))
        lines = folded(first, room, depth + "  ")
        fitting += [[lines[0], *cells], *([line, *[""] * len(cells)] for line in lines[1:])]
    return table(columns, fitting)


def table_lines(columns: list[tuple[str, str]], rows: Iterable[list[str]], indent: int = 1) -> Iterator[Safe]:
    """The same line by line; iterates over the rows twice, to find the widths and to write them."""
    headings = [heading for heading, _ in columns]
    sizes = [len(visible(heading)) for heading in headings]
    for row in rows:
        sizes = [max(size, len(visible(cell))) for size, cell in zip(sizes, row, strict=True)]
    start = indent + sum(sizes[:-1]) + 3 * (len(columns) - 1)
    room = max(20, width() - start)
    colour = BOLD
    for row in chain([headings], rows):
        *first, last = [
            visible(cell).rjust(size) if side == "right" else visible(cell).ljust(size)
            for cell, size, (_, side) in zip(row, sizes, columns, strict=True)
        ]
        pieces = textwrap.wrap(last.strip(), room) if len(last) > room else [last]
        line = (" " * indent + "   ".join([*first, pieces[0] if pieces else ""])).rstrip()
        yield Safe(painted(line, colour) if colour else line)
        colour = ""
        yield from (Safe(" " * start + piece) for piece in pieces[1:])


def grid(columns: list[str], rows: list[list[str]], wrap: Container[int]) -> Safe:
    """A table whose columns share the width: some may wrap their cells, and all do rather than lose a character."""
    texts = [[visible(cell) for cell in row] for row in [columns, *rows]]
    sizes = _sizes(texts)
    for words_stay in (True, False):
        for some in (wrap, range(len(sizes))):
            _narrow(sizes, texts, some, words_stay=words_stay)
    drawn: list[str] = []
    for row in texts:
        cells = [_pieces(cell, size) for cell, size in zip(row, sizes, strict=True)]
        for line in range(max(map(len, cells))):
            parts = [
                (cell[line] if line < len(cell) else "").ljust(size) for cell, size in zip(cells, sizes, strict=True)
            ]
            drawn.append((" " + "  ".join(parts)).rstrip())
        if row is texts[0]:
            drawn = [painted(text, BOLD) for text in drawn]
    return Safe("\n".join(drawn))


def grid_width(columns: list[str], rows: list[list[str]]) -> int:
    """The width of a table with no cell wrapped."""
    return _total(_sizes([[visible(cell) for cell in row] for row in [columns, *rows]]))


def _sizes(texts: list[list[str]]) -> list[int]:
    return [max(map(len, column)) for column in zip(*texts, strict=True)]


def _total(sizes: list[int]) -> int:
    return sum(sizes) + 2 * len(sizes)


def _narrow(sizes: list[int], texts: list[list[str]], some: Container[int], *, words_stay: bool) -> None:
    """Narrow the widest of some columns until the table fits; with `words_stay`, without breaking words."""
    words = [
        max(len(word.rstrip()) for cell in column for word in _WORDS.findall(cell) or [""])
        for column in zip(*texts, strict=True)
    ]
    least = words if words_stay else [NARROW] * len(sizes)
    while _total(sizes) > width():
        able = [i for i in range(len(sizes)) if i in some and sizes[i] > least[i]]
        if not able:
            return
        sizes[max(able, key=sizes.__getitem__)] -= 1


def _pieces(text: str, size: int) -> list[str]:
    """A cell in lines of at most `size`, broken after a match of `_WORDS`, or anywhere in a word that is too long."""
    lines = [""]
    for word in _WORDS.findall(text):
        if len((lines[-1] + word).rstrip()) <= size:
            lines[-1] += word
            continue
        lines += [word[start : start + size] for start in range(0, len(word), size)]
    found = [line.rstrip() for line in lines if line.strip()]
    return found or [""]


def print_table(headline: str, columns: list[str], rows: list[list[str]], wrap: Container[int]) -> None:
    """Print a headline, an empty line, and a table of which some columns may wrap their cells."""
    out(fitted(headline))
    out()
    out(grid(columns, rows, wrap))


def print_notes(notes: Iterable[str]) -> None:
    """Print the notes below a table, after an empty line."""
    for number, line in enumerate(notes):
        if number == 0:
            out()
        out(fitted(line))


def wrapped(text: str) -> Safe:
    """The text with lines no longer than the width; indented lines, such as formulas, are not wrapped."""
    blocks: list[str] = []
    for line in text.splitlines():
        continues = blocks and blocks[-1] and not blocks[-1].startswith(" ")
        if line and not line.startswith(" ") and continues and not re.match(r"[A-Z][a-z]+: ", line):
            blocks[-1] += " " + line
        else:
            blocks.append(line)
    return lines(
        "\n".join(b if b.startswith(" ") else textwrap.fill(b, width(), break_on_hyphens=False) for b in blocks)
    )


def width() -> int:
    """The number of columns: of the terminal, or as COLUMNS says, or 80."""
    if not is_terminal(sys.stdout) and not os.environ.get("COLUMNS"):
        return 80
    return max(40, shutil.get_terminal_size().columns)


def _write(stream: TextIO, text: str) -> None:
    text = text if isinstance(text, Safe) else visible(text)
    try:
        stream.write(text + "\n")
    except UnicodeEncodeError:  # a terminal that supports only ASCII
        encoding = stream.encoding or "ascii"
        stream.write(text.encode(encoding, "replace").decode(encoding) + "\n")
