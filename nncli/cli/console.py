"""Writing to the terminal: results to stdout, everything else to stderr, colour only as a second signal."""

from __future__ import annotations

import os
import re
import shutil
import sys
import textwrap
from collections.abc import Container, Iterable
from typing import Any, TextIO

UNBROKEN: Any = {"subsequent_indent": "  ", "break_long_words": False, "break_on_hyphens": False}

BOLD = "1"

NARROW = 8
"""What a column that may wrap is left with at least."""


def out(text: str = "") -> None:
    """A line of the result."""
    _write(sys.stdout, text)


def fitted(line: str) -> str:
    """A line of parts that are three spaces apart, broken between parts where it is wider than the terminal."""
    if len(line) <= width():
        return line
    first, *parts = line.split("   ")
    lines = [first]
    for part in parts:
        longer = f"{lines[-1]}   {part}"
        if len(longer) <= width():
            lines[-1] = longer
        else:
            lines.append(f"  {part}")
    return "\n".join(textwrap.fill(text, width(), **UNBROKEN) for text in lines)


def note(text: str) -> None:
    """A line that is not the result: progress, notes, what is wrong."""
    _write(sys.stderr, text)


def painted(text: str, colour: str, stream: TextIO | None = None) -> str:
    """The text in a colour, where the stream is a terminal and NO_COLOR is not set."""
    if os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb" or not is_terminal(stream or sys.stdout):
        return text
    return f"\x1b[{colour}m{text}\x1b[0m"


def is_terminal(stream: TextIO | None) -> bool:
    """Whether somebody looks at it; a stream that whoever called us has closed is None."""
    return stream is not None and stream.isatty()


def json_text(value: object) -> str:
    """Strict JSON: not-a-number becomes null."""
    from nncli.runs.strict_json import to_json

    return to_json(value).rstrip("\n")


def table(columns: list[tuple[str, str]], rows: list[list[str]], indent: int = 1) -> str:
    """An aligned table; each column is a heading and `left` or `right`. The last column is wrapped to the width."""
    texts = [[heading for heading, _ in columns], *rows]
    sizes = [max(len(row[i]) for row in texts) for i in range(len(columns))]
    start = indent + sum(sizes[:-1]) + 3 * (len(columns) - 1)
    room = max(20, width() - start)
    lines = []
    for row in texts:
        *first, last = [
            cell.rjust(size) if side == "right" else cell.ljust(size)
            for cell, size, (_, side) in zip(row, sizes, columns, strict=True)
        ]
        pieces = textwrap.wrap(last.strip(), room) if len(last) > room else [last]
        lines.append((" " * indent + "   ".join([*first, pieces[0] if pieces else ""])).rstrip())
        lines += [" " * start + piece for piece in pieces[1:]]
    lines[0] = painted(lines[0], BOLD)
    return "\n".join(lines)


def grid(columns: list[str], rows: list[list[str]], wrap: Container[int]) -> str:
    """A table whose columns share the width: some may wrap their cells, and all do rather than lose a letter."""
    import io

    from rich.console import Console
    from rich.table import Table

    # the cells are text, and may have brackets in them: no markup
    table = Table(box=None, padding=(0, 1), header_style="bold" if painted("", BOLD) else "")
    sizes = [max(len(row[i]) for row in [columns, *rows]) for i in range(len(columns))]
    least = sum(2 + (min(NARROW, size) if i in wrap else size) for i, size in enumerate(sizes))
    for position, column in enumerate(columns):
        table.add_column(column, overflow="fold", no_wrap=position not in wrap and least <= width())
    for row in rows:
        table.add_row(*row)
    console = Console(file=io.StringIO(), width=width(), markup=False, highlight=False, no_color=True)
    with console.capture() as captured:
        console.print(table)
    return "\n".join(line.rstrip() for line in captured.get().splitlines())


def print_table(headline: str, columns: list[str], rows: list[list[str]], wrap: Container[int]) -> None:
    """A headline, an empty line, and a table, of which some columns may wrap their cells."""
    out(fitted(headline))
    out()
    out(grid(columns, rows, wrap))


def print_notes(notes: Iterable[str]) -> None:
    """What there is to say below a table, behind an empty line."""
    for number, line in enumerate(notes):
        if number == 0:
            out()
        out(fitted(line))


def wrapped(text: str) -> str:
    """The text with lines no longer than the width; what is indented, such as a formula, stays as it is."""
    blocks: list[str] = []
    for line in text.splitlines():
        goes_on = blocks and blocks[-1] and not blocks[-1].startswith(" ")
        if line and not line.startswith(" ") and goes_on and not re.match(r"[A-Z][a-z]+: ", line):
            blocks[-1] += " " + line
        else:
            blocks.append(line)
    return "\n".join(b if b.startswith(" ") else textwrap.fill(b, width(), break_on_hyphens=False) for b in blocks)


def width() -> int:
    """The columns there are: those of the terminal, or what COLUMNS says, or 80."""
    if not is_terminal(sys.stdout) and not os.environ.get("COLUMNS"):
        return 80
    return max(40, shutil.get_terminal_size().columns)


def _write(stream: TextIO | None, text: str) -> None:
    if stream is None:
        return
    try:
        stream.write(text + "\n")
    except UnicodeEncodeError:  # a terminal that knows ASCII alone
        encoding = stream.encoding or "ascii"
        stream.write(text.encode(encoding, "replace").decode(encoding) + "\n")
