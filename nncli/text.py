r"""Text that somebody else wrote, made harmless where it is shown: a terminal obeys control characters.

Names of classes, columns, runs and files, and whatever a file says of itself, may hold anything.
"""

from __future__ import annotations

import re

OBEYED = re.compile(
    "[\x00-\x1f\x7f-\x9f"  # C0, DEL and C1: escape sequences begin with these
    "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"  # turn the direction of what follows
    "\u2028\u2029"  # break the line
    "\xad\u180e\u200b\u2060-\u2065\u206a-\u206f\ufeff\ufff9-\ufffb\U000e0000-\U000e007f"  # are not seen
    "\ud800-\udfff]"  # are no characters, such as a byte of a file name that is not UTF-8
)
"""What no text from a file may bring to a terminal. Joiners, which scripts and emoji need, are not among it."""


def visible(text: str) -> str:
    r"""The text in one line, with what a terminal would obey, or not show at all, escaped as in Python: `\x1b`, `\n`.

    All else stays as it is, the backslash too, so that a second time changes nothing.

    Source: Unicode Standard Annex #9, Unicode bidirectional algorithm; Boucher & Anderson (2023), Trojan Source.
    """
    return OBEYED.sub(lambda found: repr(found[0])[1:-1], text)


def is_number(text: str) -> bool:
    """Whether it reads as a number in Python: infinities and NaN do, too."""
    try:
        float(text)
    except ValueError:
        return False
    return True
