"""Contenders take turns, so that a busy machine slows all of them alike; what comes of it is a table."""

from __future__ import annotations

import argparse
import json
import statistics
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from machine import heading, machine

Contender = Callable[[int], float]
"""Train so many steps, rounded up to whole epochs, and return the seconds per seed and step."""


@dataclass(frozen=True, slots=True)
class Line:
    """A block of the table.

    Attributes:
        contenders: what makes each of them, the first to be compared with the others; `ImportError` where its library
            is missing.
        at_least, at_most: how many times as long as the first one some of the others are to take.
        limit: how many µs per seed and step the first may take.
    """

    title: str
    contenders: Mapping[str, Callable[[], Contender]]
    at_least: Mapping[str, float] = field(default_factory=dict)
    at_most: Mapping[str, float] = field(default_factory=dict)
    limit: float | None = None


def main(lines: Mapping[str, Line], description: str, subtitle: str) -> None:
    """Measure the lines that were asked for, and print."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("lines", nargs="*", help=f"some of {', '.join(lines)}; default: all")
    parser.add_argument("--repeat", type=int, default=7, metavar="N", help="turns of every contender (7)")
    parser.add_argument("--seconds", type=float, default=0.4, help="about how long a turn is (0.4)")
    parser.add_argument("--json", action="store_true", help="one JSON object in place of the table")
    given = parser.parse_args()
    if unknown := set(given.lines) - set(lines):
        parser.error(f"unknown lines: {', '.join(sorted(unknown))}. Known: {', '.join(lines)}")
    if not given.json:
        print(heading(), subtitle, sep="\n")
    rows = []
    for name in given.lines or lines:
        found = measure(lines[name], given.repeat, given.seconds)
        rows += [{"line": name, **row} for row in found]
        if not given.json:
            print(f"\n{name}: {lines[name].title}", *map(text, found), sep="\n", flush=True)
    if given.json:
        print(json.dumps({"machine": machine(), "rows": rows}, indent=2, allow_nan=False))


def measure(line: Line, repeat: int, seconds: float) -> list[dict[str, Any]]:
    """A row for each contender."""
    runs: dict[str, Contender] = {}
    missing: dict[str, str] = {}
    for name, make in line.contenders.items():
        try:
            runs[name] = make()
        except ImportError as error:
            missing[name] = f"skipped: {error}"
    steps = {}
    for name, run in runs.items():
        run(1)  # what only the first step does, such as allocating
        steps[name] = max(1, round(seconds / run(5)))
    turns: dict[str, list[float]] = {name: [] for name in runs}
    for _ in range(repeat):
        for name, run in runs.items():
            turns[name].append(run(steps[name]) * 1e6)
    first = next(iter(turns), "")
    rows = []
    for name, times in turns.items():
        ratio = statistics.median(theirs / ours for theirs, ours in zip(times, turns[first], strict=True))
        row = {"contender": name, "best": min(times), "median": statistics.median(times), "ratio": ratio}
        rows.append(row | _target(line, name, min(times), ratio, is_first=name == first))
    return rows + [{"contender": name, "skipped": why} for name, why in missing.items()]


def _target(line: Line, name: str, best: float, ratio: float, *, is_first: bool) -> dict[str, Any]:
    if is_first and line.limit is not None:
        return {"target": f"≤ {line.limit:g} µs", "met": best <= line.limit}
    if name in line.at_least:
        return {"target": f"≥ {line.at_least[name]:.3g} ×", "met": ratio >= line.at_least[name]}
    if name in line.at_most:
        return {"target": f"≤ {line.at_most[name]:.3g} ×", "met": ratio <= line.at_most[name]}
    return {}


def text(row: dict[str, Any]) -> str:
    """A row of the table."""
    if "skipped" in row:
        return f"  {row['contender']:24} {row['skipped']}"
    target = f"   target {row['target']}: {'met' if row['met'] else 'missed'}" if "target" in row else ""
    return f"  {row['contender']:24}{number(row['best'])}{number(row['median'])}{row['ratio']:8.2f} ×{target}"


def number(microseconds: float) -> str:
    """Three significant digits and no exponent."""
    digits = 2 if microseconds < 10 else 1 if microseconds < 100 else 0
    return f"{microseconds:10.{digits}f}"
