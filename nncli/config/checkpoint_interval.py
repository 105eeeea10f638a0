"""An interval at which something is done, in seconds or epochs."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

from nncli.errors import UserError, quoted

_TEXT = re.compile(r"(\d{1,9}) *(s|min|h|epochs?)", re.ASCII)
_SECONDS = {"s": 1, "min": 60, "h": 3600}

NEVER = "never"


@dataclass(frozen=True, slots=True)
class Every:
    """An interval in seconds or in epochs.

    Attributes:
        text: as it was written.
        seconds: infinite if epochs count, or if it is never.
        epochs: None if seconds count.
    """

    text: str
    seconds: float = math.inf
    epochs: int | None = None

    def __str__(self) -> str:
        return self.text


def parse_every(text: str) -> Every:
    """`30 s`, `5 min`, `2 h`, `10 epochs` or `never`.

    Raises:
        UserError: for anything else.
    """
    if text == NEVER:
        return Every(text)
    match = _TEXT.fullmatch(text)
    if match is None or int(match[1]) == 0:
        allowed = "Write it as 30 s, 5 min, 2 h, 10 epochs or never"
        raise UserError(f"{quoted(text)} is not a span of time or of epochs", allowed=allowed)
    number, unit = int(match[1]), match[2]
    if unit in _SECONDS:
        return Every(text, seconds=number * _SECONDS[unit])
    return Every(text, epochs=number)
