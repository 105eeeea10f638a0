"""How often a comparison finds a difference where there is none: README.md says how to read it."""

from __future__ import annotations

import argparse
import dataclasses
import json
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
from coverages import HIGH, LOW, Coverage, coverages
from machine import heading, machine

from nncli.analysis.comparison import Trials, compare
from nncli.analysis.intervals import wilson
from nncli.experiment import run

CONFIG = Path(__file__).parents[1] / "configs" / "xor.yaml"
SEEDS = 50


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="How often a comparison of equal variants finds a difference.")
    parser.add_argument("--comparisons", type=int, default=200, metavar="N", help="of equal variants (200)")
    parser.add_argument("--repeat", type=int, default=4000, metavar="N", help="simulations of each interval (4000)")
    parser.add_argument("--json", action="store_true", help="one JSON object in place of the tables")
    given = parser.parse_args()
    alarms = false_alarms(given.comparisons)
    intervals = list(coverages(given.repeat))
    if given.json:
        rows = [dataclasses.asdict(row) for row in intervals]
        print(json.dumps({"machine": machine(), "false_alarms": alarms, "coverage": rows}, indent=2))
        return
    print(heading(), "", *alarm_lines(alarms), "", *coverage_lines(intervals), sep="\n")


def false_alarms(comparisons: int) -> dict[str, Any]:
    """Compare pairs of equal variants, each with seeds of its own, and count the verdicts."""
    trials = _trials(2 * comparisons)
    start = time.perf_counter()
    verdicts = [compare(trials[i : i + 2])["variants"][1]["verdict"] for i in range(0, len(trials), 2)]
    seconds = (time.perf_counter() - start) / comparisons
    wrong = comparisons - verdicts.count("cannot conclude")
    return {
        "comparisons": comparisons,
        "seeds": SEEDS,
        "solve_rate": float(np.mean([t.solved for t in trials])),
        "verdicts": {word: verdicts.count(word) for word in sorted(set(verdicts))},
        "rate": wrong / comparisons,
        "interval": list(wilson(wrong, comparisons)),
        "seconds_each": seconds,
    }


def _trials(groups: int) -> list[Trials]:
    """Groups of seeds, all trained alike, each called by the same seeds, so that they pair."""
    seeds = groups * SEEDS
    with tempfile.TemporaryDirectory() as folder:
        overrides = [f"seeds={seeds}", "training.log_every=500"]
        result = run(CONFIG, overrides, runs_dir=Path(folder)).result
    epochs = np.array(result["epochs"], float).reshape(groups, SEEDS)
    solved = np.array([np.inf if e is None else e for e in result["solved_epoch"]]).reshape(groups, SEEDS)
    loss = np.array(result["metrics"]["train_loss"], float).reshape(groups, SEEDS)
    diverged = np.array([reason == "diverged" for reason in result["stop_reason"]]).reshape(groups, SEEDS)
    return [
        Trials(f"group {i}", np.arange(SEEDS), solved[i], epochs[i], diverged[i], {"train_loss": loss[i]})
        for i in range(groups)
    ]


def alarm_lines(found: dict[str, Any]) -> list[str]:
    """The false alarms in words."""
    low, high = found["interval"]
    counts = "   ".join(f"{word} {count}" for word, count in found["verdicts"].items())
    return [
        f"{found['comparisons']} comparisons of two equal variants, xor 2-4-1 tanh, {found['seeds']} seeds each, "
        f"{found['solve_rate']:.1%} solved.",
        f"  {counts}",
        f"  false alarms {found['rate']:.1%} [{100 * low:.1f}, {100 * high:.1f}]   target ≤ 5 %: "
        f"{'met' if found['rate'] <= 0.05 else 'missed'}",
        f"  {1000 * found['seconds_each']:.1f} ms a comparison",
    ]


def coverage_lines(rows: list[Coverage]) -> list[str]:
    """A table of cases, sizes side by side."""
    lines = [f"Coverage of the 95 % intervals; * outside {LOW:.0%} to {HIGH:.0%}."]
    cases: dict[tuple[str, str], list[Coverage]] = {}
    for row in rows:
        cases.setdefault((row.interval, row.case), []).append(row)
    for (interval, case), sizes in cases.items():
        shares = "".join(f"   n = {row.n} {row.share:7.1%}{' ' if row.inside else '*'}" for row in sizes)
        lines.append(f"  {interval:20} {case:16}{shares}".rstrip())
    return lines


if __name__ == "__main__":
    main()
