"""Enforce the ranges of a task's options when it is made in Python rather than from YAML."""

from __future__ import annotations

import math
import operator
from typing import Any

from nncli.errors import UserError
from nncli.registry import options_of


def check_ranges(part: Any) -> None:
    """Refuse a number that is outside the declared range of its option, or not finite.

    Raises: `UserError` with the option, its value and the bound that it violates.
    """
    for name, known in options_of(type(part)).items():
        value = getattr(part, name)
        if not isinstance(value, (int, float)):
            continue
        if not math.isfinite(value):
            raise UserError(f"{name} is {value}", allowed="It must be a finite number", option=name)
        ends = (
            (operator.ge, known.ge, "at least"),
            (operator.gt, known.gt, "above"),
            (operator.le, known.le, "at most"),
            (operator.lt, known.lt, "below"),
        )
        for holds, end, words in ends:
            if end is not None and not holds(value, end):
                raise UserError(f"{name} is {value}", allowed=f"It must be {words} {end}", option=name)
