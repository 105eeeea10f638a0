"""What one training step costs in nncli and in its peers: README.md says how to read it."""

# ruff: noqa: E402

from __future__ import annotations

from nncli.threads import pin_threads

pin_threads()  # before NumPy and its peers load: they look only once

import argparse
import functools
import json
import statistics
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import contenders
from contenders import Contender
from machine import heading, machine
from problems import Problem

CONTENDERS: dict[str, Callable[[Problem], Contender]] = {
    "nncli": contenders.nncli,
    "PyTorch Adam": contenders.pytorch,
    "PyTorch fused Adam": functools.partial(contenders.pytorch, fused=True),
    "PyTorch stacked by hand": functools.partial(contenders.pytorch_stacked, fused=True),
    "scikit-learn": contenders.scikit_learn,
}


@dataclass(frozen=True, slots=True)
class Line:
    """A block of the table.

    Attributes:
        peers: who is measured beside nncli.
        ratio: how many times faster than the first peer nncli is to be.
        limit: how many µs per seed and step nncli may take.
    """

    title: str
    problem: Problem
    peers: tuple[str, ...] = ("PyTorch Adam", "PyTorch fused Adam", "scikit-learn")
    ratio: float | None = None
    limit: float | None = None


LINES = {
    "xor": Line("XOR 2-8-1, 4 rows", Problem((2, 8, 1), "tanh", rows=4, batch_size=4), ratio=9),
    "xor100": Line(
        "XOR 2-8-1, 4 rows, 100 seeds",
        Problem((2, 8, 1), "tanh", rows=4, batch_size=4, seeds=100),
        peers=("PyTorch Adam", "PyTorch stacked by hand"),
        limit=0.6,
    ),
    "digits": Line("64-128-64-10, batch 64", Problem((64, 128, 64, 10), "relu", rows=1797, batch_size=64), ratio=3.5),
    "wide": Line(
        "784-1024×3-10, batch 256", Problem((784, 1024, 1024, 1024, 10), "relu", rows=1024, batch_size=256), ratio=1
    ),
}


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="What one training step costs in nncli and in its peers.")
    parser.add_argument("lines", nargs="*", help=f"some of {', '.join(LINES)}; default: all")
    parser.add_argument("--repeat", type=int, default=7, metavar="N", help="turns of every contender (7)")
    parser.add_argument("--seconds", type=float, default=0.4, help="about how long a turn is (0.4)")
    parser.add_argument("--json", action="store_true", help="one JSON object in place of the table")
    given = parser.parse_args()
    if unknown := set(given.lines) - set(LINES):
        parser.error(f"unknown lines: {', '.join(sorted(unknown))}. Known: {', '.join(LINES)}")
    if not given.json:
        print(heading())
        print("One training step: float32, Adam, one thread. µs per seed and step, best and median turn.")
    rows = []
    for name in given.lines or LINES:
        found = measure(LINES[name], given.repeat, given.seconds)
        rows += [{"line": name, **row} for row in found]
        if not given.json:
            print(f"\n{name}: {LINES[name].title}", *map(text, found), sep="\n", flush=True)
    if given.json:
        print(json.dumps({"machine": machine(), "rows": rows}, indent=2, allow_nan=False))


def measure(line: Line, repeat: int, seconds: float) -> list[dict[str, Any]]:
    """A row for nncli and for each peer. They take turns, so that a busy machine slows all of them alike."""
    runs: dict[str, Contender] = {}
    missing: dict[str, str] = {}
    for name in ("nncli", *line.peers):
        try:
            runs[name] = CONTENDERS[name](line.problem)
        except ImportError as error:
            missing[name] = f"skipped: {error}"
    steps = {}
    for name, run in runs.items():
        run(1)  # what only the first step does, such as allocating
        steps[name] = max(1, round(seconds / run(5)))
    turns: dict[str, list[float]] = {name: [] for name in runs}
    for _ in range(repeat):
        for name, run in runs.items():
            turns[name].append(run(steps[name]) / line.problem.seeds * 1e6)
    rows: list[dict[str, Any]] = []
    for name, times in turns.items():
        best = min(times)
        ratio = statistics.median(theirs / ours for theirs, ours in zip(times, turns["nncli"], strict=True))
        row = {"contender": name, "best": best, "median": statistics.median(times), "ratio": ratio}
        if name == "nncli" and line.limit is not None:
            row |= {"target": f"≤ {line.limit:g} µs", "met": best <= line.limit}
        if name == line.peers[0] and line.ratio is not None:
            row |= {"target": f"≥ {line.ratio:g} ×", "met": ratio >= line.ratio}
        rows.append(row)
    return rows + [{"contender": name, "skipped": why} for name, why in missing.items()]


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


if __name__ == "__main__":
    main()
