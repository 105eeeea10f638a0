"""Contenders take turns, so that a busy machine slows all of them alike; the result is a row for each."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

Contender = Callable[[int], float]
"""Do at least this many steps of work and return what one took: seconds per seed and step, or of a process."""

NOTICEABLE = 0.5
"""Seconds from which the first call of a contender is worth a word: it compiled."""


@dataclass(frozen=True, slots=True)
class Line:
    """A block of a table.

    Attributes:
        contenders: how to make each of them; the first is compared with the others. A maker raises `ImportError` if
            its library is missing.
        at_least, at_most: how many times as much as the first one some of the others should take.
        limit: how much the first should take at most.
        once: those that are too slow for more than one turn.
    """

    title: str
    contenders: Mapping[str, Callable[[], Contender]]
    at_least: Mapping[str, float] = field(default_factory=dict)
    at_most: Mapping[str, float] = field(default_factory=dict)
    limit: float | None = None
    once: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Table:
    """Lines that are measured in the same way.

    Attributes:
        unit: of its numbers.
        scale: what makes this unit of what a contender returns.
        repeat: turns of each contender.
        seconds: about how long a turn is; None if a turn is one call.
    """

    title: str
    unit: str
    lines: Mapping[str, Line]
    scale: float = 1.0
    repeat: int = 5
    seconds: float | None = None


@dataclass(slots=True)
class _Turns:
    run: Contender
    steps: int
    first: float
    times: list[float] = field(default_factory=list)


def measure(line: Line, table: Table, *, smoke: bool = False) -> list[dict[str, Any]]:
    """A row for each contender.

    Args:
        smoke: call each contender once, only to see that it works.
    """
    found: dict[str, _Turns] = {}
    missing: dict[str, str] = {}
    repeat = 1 if smoke else table.repeat
    for name, make in line.contenders.items():
        try:
            found[name] = _warmed_up(make(), table, cold=smoke or name in line.once)
        except ImportError as error:
            missing[name] = str(error)
    for turn in range(repeat):
        for name, turns in found.items():
            if turn == 0 or name not in line.once:
                turns.times.append(turns.run(turns.steps) * table.scale)
    ours = next(iter(found.values()), None)
    rows = [_row(name, turns, ours) for name, turns in found.items()]
    if not smoke:
        rows = [row | _verdict(line, row, table.unit, is_first=i == 0) for i, row in enumerate(rows)]
    return rows + [{"contender": name, "skipped": why} for name, why in missing.items()]


def _warmed_up(run: Contender, table: Table, *, cold: bool) -> _Turns:
    """A contender after what only its first call does, such as allocating, compiling or reading files from disk."""
    if cold:
        return _Turns(run, 1, 0.0)
    first = _duration(run, 1)
    if table.seconds is None:
        return _Turns(run, 1, 0.0)
    steps, took = 1, 0.0
    while took < table.seconds / 4:  # until a call is long enough to tell how many steps fill a turn
        steps *= 4
        took = _duration(run, steps)
    return _Turns(run, max(1, round(steps * table.seconds / took)), first)


def _duration(run: Contender, steps: int) -> float:
    start = time.perf_counter()
    run(steps)
    return time.perf_counter() - start


def _row(name: str, turns: _Turns, ours: _Turns | None) -> dict[str, Any]:
    ratios = [theirs / our for theirs, our in zip(turns.times, ours.times if ours else [], strict=False)]
    row = {"contender": name, "best": min(turns.times), "median": statistics.median(turns.times)}
    first = {"first": turns.first} if turns.first >= NOTICEABLE else {}
    return {**row, "ratio": statistics.median(ratios), "turns": len(turns.times), **first}


def _verdict(line: Line, row: dict[str, Any], unit: str, *, is_first: bool) -> dict[str, Any]:
    name = row["contender"]
    if is_first and line.limit is not None:
        return {"target": f"≤ {line.limit:g} {unit.split(maxsplit=1)[0]}", "met": row["best"] <= line.limit}
    if name in line.at_least:
        return {"target": f"≥ {line.at_least[name]:.3g} ×", "met": row["ratio"] >= line.at_least[name]}
    if name in line.at_most:
        return {"target": f"≤ {line.at_most[name]:.3g} ×", "met": row["ratio"] <= line.at_most[name]}
    return {}


def text(row: dict[str, Any]) -> str:
    """A row of the table."""
    if "skipped" in row:
        return f"  {row['contender']:29} skipped: {row['skipped']}"
    notes = f"   target {row['target']}: {'met' if row['met'] else 'missed'}" if "target" in row else ""
    notes += f"   first call {row['first']:.1f} s" if "first" in row else ""
    return f"  {row['contender']:29}{number(row['best'])}{number(row['median'])}{row['ratio']:9.2f} ×{notes}"


def number(value: float) -> str:
    """Three significant digits and no exponent."""
    digits = 2 if value < 10 else 1 if value < 100 else 0
    return f"{value:10.{digits}f}"
