"""Whether each `--expect` condition holds, as a sentence. Works on plain records."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from nncli.analysis.conditions import Condition
from nncli.report.numbers import count, short
from nncli.runs.result_record import Result

if TYPE_CHECKING:
    from nncli.analysis.sweep_record import SweepStudy


class Expected(NamedTuple):
    """Whether a condition holds, and a sentence about it."""

    holds: bool
    sentence: str


OF_SEEDS = ("solved", "epochs")
"""Per-seed quantities of a run in addition to its metrics."""
OF_RUNS = ("parameters", "solve_rate")
"""Quantities of a run as a whole."""
OF_TRIALS = ("solve_rate", "epochs_to_solve")
"""Quantities of a sweep's trial in addition to the medians of its metrics."""


def expected_of_run(result: Result, conditions: Sequence[Condition]) -> Iterator[Expected]:
    """The outcome of each condition on a run."""
    whole: dict[str, float] = {"parameters": result.parameters, "solve_rate": sum(result.solved) / len(result.solved)}
    each: dict[str, Sequence[float | None]] = {**result.metrics, "solved": result.solved, "epochs": result.epochs}
    for condition in conditions:
        name = condition.metric
        yield expected_of_one(whole, condition) if name in whole else expected_of_all(result.seeds, each, condition)


def expected_of_all(
    seeds: Sequence[int], values: Mapping[str, Sequence[float | None]], condition: Condition
) -> Expected:
    """Whether a condition holds for every seed."""
    measured = values[condition.metric]
    failing = [i for i, value in enumerate(measured) if not condition.holds({condition.metric: value})]
    if not failing:
        return Expected(True, f"held: {_text(condition)} ({count(len(seeds), 'seed')})")
    i, of = failing[0], f"{len(failing)} of {count(len(seeds), 'seed')}"
    return Expected(False, f"expected {_text(condition)}, but seed {seeds[i]} has {_told(measured[i])} ({of})")


def expected_of_one(values: Mapping[str, float | None], condition: Condition, of: str = "") -> Expected:
    """Whether a condition holds for a single value."""
    measured = _told(values[condition.metric])
    if condition.holds(values):
        return Expected(True, f"held: {_text(condition)} ({measured}{of})")
    return Expected(False, f"expected {_text(condition)}, but it is {measured}{of}")


def expected_of_sweep(study: SweepStudy, conditions: Sequence[Condition]) -> Iterator[Expected]:
    """The outcome of each condition on the first trial of a sweep."""
    for condition in conditions:
        if (first := study.first) is None:
            yield Expected(False, f"expected {_text(condition)}, but no trial has finished")
            continue
        medians = {name: spread.median for name, spread in first.metrics.items()}
        medians |= {"solve_rate": first.solve_rate.rate, "epochs_to_solve": first.epochs_to_solve.median}
        yield expected_of_one(medians, condition, f" in trial {first.trial}")


def _text(condition: Condition) -> str:
    return str(condition).removesuffix(".0")


def _told(value: float | bool | None) -> str:
    return str(value).lower() if isinstance(value, bool) else short(value)
