"""The ranges that the options of a task declare, also kept when a task is made in Python rather than from YAML."""

from __future__ import annotations

import math
import operator
from typing import Any

from nncli.errors import UserError
from nncli.registry import options_of


def check_ranges(part: Any) -> None:
    """Refuse a number outside the range that its option declares, and one that is not finite.

    Raises: `UserError` naming the option, its value and the end that it passed.
    """
    for name, known in options_of(type(part)).items():
        value = getattr(part, name)
        if not isinstance(value, (int, float)):
            continue
        if not math.isfinite(value):
            raise UserError(f"{name} is {value}", allowed="It is a finite number")
        ends = (
            (operator.ge, known.ge, "at least"),
            (operator.gt, known.gt, "above"),
            (operator.le, known.le, "at most"),
            (operator.lt, known.lt, "below"),
        )
        for holds, end, words in ends:
            if end is not None and not holds(value, end):
                raise UserError(f"{name} is {value}", allowed=f"It is {words} {end}")
