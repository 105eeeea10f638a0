"""Cells shared by several tables: solve rates with bars, spreads, Markdown."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from nncli.errors import visible
from nncli.report.numbers import percent

if TYPE_CHECKING:
    from nncli.analysis.comparison_record import SolveRate

BAR = 8
_EIGHTHS = " ▏▎▍▌▋▊▉"


def bar(share: float) -> str:
    """A share as a bar of eight blocks, in eighths."""
    eighths = round(share * BAR * 8)
    full, rest = divmod(eighths, 8)
    return ("█" * full + (_EIGHTHS[rest] if rest else "")).ljust(BAR)


def solved(rate: SolveRate, *, bars: bool) -> str:
    """A solve rate with its bar, or with its interval."""
    low, high = rate.interval
    head = f"{rate.solved}/{rate.of}"
    if bars:
        return f"{head} {bar(rate.rate)} {percent(round(rate.rate, 2)):>5}"
    return f"{head} {percent(rate.rate)} [{100 * low:.1f}, {100 * high:.1f}]"


def lost_text(epochs: Sequence[int]) -> str:
    """Text about seeds that solved the task in some epochs but not at the end."""
    return f"reached a solution in {epochs_text(epochs)} and lost it again"


def epochs_text(epochs: Sequence[int]) -> str:
    """The first and the last of some epochs: `epoch 3`, `epochs 3–5`."""
    first, last = min(epochs), max(epochs)
    return f"epoch {first}" if first == last else f"epochs {first}–{last}"


_MARKUP = re.compile(
    r"""
      [\\|<`*~$]           # an escape, the end of a cell, HTML, code, emphasis, struck out, mathematics
    | (?<=\])\(            # a link or an image of the [brackets] before it
    | (?<![^\W_])_ | _(?![^\W_])    # emphasis, which inside a word it is not
    | &(?=[#\w])           # an entity
    | :(?=//|\w+:) | (?<=mailto): | (?<=xmpp):    # an address, an :emoji:
    | (?<=\bwww)\. | @(?=\w)                      # an address without its scheme, of a mailbox, of a user
    | ^[#>] | ^[-+](?=\s|$)                      # a heading, a quotation, an item of a list
    """,
    re.VERBOSE | re.IGNORECASE,
)
"""What Markdown, or GitHub's dialect, would interpret.

Source: GitHub Flavored Markdown Spec (2019), version 0.29-gfm, sections 2.4, 4.10 and 6.
"""


def markdown_text(text: str) -> str:
    """A text as Markdown that renders literally, on one line."""
    return _MARKUP.sub(r"\\\g<0>", visible(text))


def markdown_table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """The lines of a Markdown table of texts."""
    lines = ["| " + " | ".join(map(markdown_text, row)) + " |" for row in [head, *rows]]
    return [lines[0], "|" + "---|" * len(head), *lines[1:]]
