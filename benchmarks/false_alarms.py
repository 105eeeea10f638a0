"""How often comparisons find a difference that is not there, and one that is: README.md says how to read it."""

from __future__ import annotations

import argparse
import dataclasses
import json
import tempfile
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from coverages import HIGH, LOW, Coverage, coverages
from machine import heading, machine
from numpy.typing import NDArray

from nncli.analysis.comparable_metrics import SAME, Terms
from nncli.analysis.comparison import compare
from nncli.analysis.intervals import wilson
from nncli.analysis.seed_results import SeedResults
from nncli.experiments.train import run
from nncli.studies.compare import trials_of

CONFIG = Path(__file__).parents[1] / "configs" / "xor.yaml"
POOL = 4000
"""How many seeds are trained of each variant; comparisons draw theirs from them."""

SIZES = (20, 50)
NOISY_SINE = ("task={sine: {noise: 0.2, samples: 40}}", "training.epochs=100", "training.validation=0.3")
NOISY_MOONS = ("task={moons: {noise: 0.3, samples: 60}}", "training.epochs=60", "training.validation=0.3")
PARITY = ("task={parity: {bits: 3}}", "architecture=[6]", "training.epochs=300")


@dataclass(frozen=True, slots=True)
class Problem:
    """A variant, and another that differs from it.

    Attributes:
        name: what to call it.
        base, other: overrides of `configs/xor.yaml`.
        equal: how many equal variants are compared where there is nothing to find.
        terms: of all variants but the first, if they are not those of the first.
    """

    name: str
    base: tuple[str, ...]
    other: tuple[str, ...]
    equal: int = 2
    terms: Terms = SAME


TANH_GELU = ((), ("activation=gelu",))
PROBLEMS = (
    Problem("xor, tanh : gelu", *TANH_GELU),
    Problem("xor, tanh : gelu, 75 epochs", ("training.epochs=75",), ("training.epochs=75", "activation=gelu")),
    Problem("xor, relu : leaky_relu", ("activation=relu",), ("activation=leaky_relu",)),
    Problem("parity of 3 bits, tanh : gelu", PARITY, (*PARITY, "activation=gelu")),
    Problem("noisy sine, 8 : 12 units", (*NOISY_SINE, "architecture=[8]"), (*NOISY_SINE, "architecture=[12]")),
    Problem("noisy moons, tanh : relu", NOISY_MOONS, (*NOISY_MOONS, "activation=relu")),
    Problem(
        "noisy sine, by R²",
        (*NOISY_SINE, "architecture=[8]"),
        (*NOISY_SINE, "architecture=[12]", "output.loss=mean_absolute_error"),
        terms=Terms(loss="another"),
    ),
    Problem("xor, tanh : gelu, unpaired", *TANH_GELU, terms=Terms(rows="others")),
    Problem("xor, tanh : gelu, five variants", *TANH_GELU, equal=5),
)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="False alarms and power of comparisons; coverage of intervals.")
    parser.add_argument("--comparisons", type=int, default=400, metavar="N", help="of each problem and size (400)")
    parser.add_argument("--repeat", type=int, default=4000, metavar="N", help="simulations of each interval (4000)")
    parser.add_argument("--json", action="store_true", help="one JSON object in place of the tables")
    given = parser.parse_args()
    found = [row for problem in PROBLEMS for row in measured(problem, given.comparisons)]
    intervals = list(coverages(given.repeat))
    if given.json:
        rows = [dataclasses.asdict(row) for row in intervals]
        print(json.dumps({"machine": machine(), "comparisons": found, "coverage": rows}, indent=2))
        return
    print(heading(), "", *alarm_lines(found, given.comparisons), "", *coverage_lines(intervals), sep="\n")


def measured(problem: Problem, comparisons: int) -> list[dict[str, Any]]:
    """False alarms and power of a problem, for each number of seeds."""
    base, other = (_pool(overrides) for overrides in (problem.base, problem.other))
    random, found = np.random.default_rng(0), []
    for n in SIZES:
        alarms: Counter[str] = Counter()
        hits: Counter[str] = Counter()
        for _ in range(comparisons):
            # Equal variants have seeds of their own each; those that differ share theirs, as in a comparison.
            drawn = random.choice(POOL, (problem.equal, n), replace=False)
            alarms[_verdict([_pick(base, seeds, problem, i) for i, seeds in enumerate(drawn)])] += 1
            hits[_verdict([_pick(base, drawn[0], problem, 0), _pick(other, drawn[0], problem, 1)])] += 1
        wrong, seen = (comparisons - count["cannot conclude"] for count in (alarms, hits))
        found.append(
            {
                "problem": problem.name,
                "seeds": n,
                "false_alarms": wrong / comparisons,
                "interval": list(wilson(wrong, comparisons)),
                "power": seen / comparisons,
                "verdicts": dict(hits),
            }
        )
    return found


def _pool(overrides: tuple[str, ...]) -> SeedResults:
    with tempfile.TemporaryDirectory() as folder:
        settings = [*overrides, f"seeds={POOL}", "training.log_every=1000"]
        return trials_of("pool", run(CONFIG, settings, runs_dir=Path(folder)).result)


def _pick(pool: SeedResults, seeds: NDArray[Any], problem: Problem, position: int) -> SeedResults:
    """Some seeds of a pool as the trials of a variant, called by the same numbers, so that they pair."""
    return dataclasses.replace(
        pool,
        label=str(position),
        seeds=np.arange(len(seeds)),
        solved_epoch=pool.solved_epoch[seeds],
        epochs=pool.epochs[seeds],
        diverged=pool.diverged[seeds],
        metrics={name: values[seeds] for name, values in pool.metrics.items()},
        terms=problem.terms if position else SAME,
    )


def _verdict(trials: list[SeedResults]) -> str:
    """The first verdict that says anything."""
    verdicts = [
        f"{variant.outcome.verdict} ({variant.outcome.measure})"
        for variant in compare(trials).variants[1:]
        if variant.outcome.measure is not None
    ]
    return verdicts[0] if verdicts else "cannot conclude"


def alarm_lines(found: list[dict[str, Any]], comparisons: int) -> list[str]:
    """The false alarms and the power in words."""
    lines = [f"{comparisons} comparisons of each problem and number of seeds; the target is at most 5 % false alarms."]
    for row in found:
        low, high = row["interval"]
        counts = ", ".join(f"{word} {n}" for word, n in sorted(row["verdicts"].items()) if word != "cannot conclude")
        lines.append(
            f"  {row['problem']:32} n = {row['seeds']}   false alarms {row['false_alarms']:5.1%} "
            f"[{100 * low:.1f}, {100 * high:.1f}]   power {row['power']:6.1%}   {counts}"
        )
    return lines


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
