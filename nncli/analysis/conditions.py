"""Conditions on metrics, such as `train_accuracy >= 0.99`."""

from __future__ import annotations

import math
import operator
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from nncli.errors import UserError, quoted
from nncli.registry import unknown

OPERATORS: dict[str, Callable[[Any, Any], Any]] = {
    ">=": operator.ge,
    "<=": operator.le,
    "==": operator.eq,
    "!=": operator.ne,
    ">": operator.gt,
    "<": operator.lt,
}
WORDS = {"true": 1, "false": 0}
"""Words that stand for numbers, as in `solved == true`."""

_PATTERN = re.compile(r"\s*([A-Za-z_][A-Za-z0-9_]*)\s*(>=|<=|==|!=|>|<)\s*(\S+)\s*")


@dataclass(frozen=True, slots=True)
class Condition:
    """A metric, a comparison and a number."""

    metric: str
    comparison: str
    value: float

    def holds(self, metrics: Mapping[str, Any]) -> Any:
        """Whether the condition holds, elementwise for arrays. NaN and missing values never satisfy it."""
        measured = metrics[self.metric]
        if measured is None:
            return False
        return (measured == measured) & OPERATORS[self.comparison](measured, self.value)  # noqa: PLR0124

    def require(self, known: tuple[str, ...], where: str = "") -> None:
        """Raise a `UserError` unless the metric is one of `known`."""
        if self.metric not in known:
            raise unknown("metric", self.metric, known, where)

    def __str__(self) -> str:
        return f"{self.metric} {self.comparison} {self.value!r}"


def parse_condition(text: str, where: str = "") -> Condition:
    """Parse a condition.

    Raises:
        UserError: if it is not `metric comparison number`.
    """
    match = _PATTERN.fullmatch(text)
    try:
        number = float(WORDS.get(match.group(3), match.group(3))) if match else None
    except ValueError:
        number = None
    if match is None or number is None or math.isnan(number):
        raise UserError(
            f"{quoted(text, 60)} is not a condition",
            where=where,
            allowed=f"Write a metric, one of {' '.join(OPERATORS)}, and a number: train_accuracy >= 0.99",
        )
    return Condition(match.group(1), match.group(2), number)
