"""Training a finished run again, to see whether the same bits come out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nncli.config.recorded import recorded_experiment
from nncli.config.resolve import Experiment
from nncli.errors import ExitCode, UserError, command
from nncli.experiment import Finished, run_stack
from nncli.recording import Listener
from nncli.restart import check_data
from nncli.runs.directory import RunDirectory
from nncli.runs.environment import differences
from nncli.runs.metrics import Number
from nncli.runs.result import whole_result
from nncli.tasks.signature import Signature

Table = dict[str, list[Number]]


@dataclass(frozen=True, slots=True)
class Difference:
    """Where a seed first comes out otherwise.

    Attributes:
        epoch, metric: the first recorded epoch, and a metric that differs in it; None if only the weights differ.
        before, after: the metric in the run, and in the one that was trained again.
    """

    seed: int
    epoch: int | None = None
    metric: str | None = None
    before: Number = None
    after: Number = None


@dataclass(frozen=True, slots=True)
class Reproduction:
    """What came of it.

    Attributes:
        again: the run that was trained again.
        seeds: how many were compared.
        differences: one for each seed of which the weights are not the same to the bit.
        environment: how the environments differ, in words.
    """

    again: Path
    seeds: int
    differences: tuple[Difference, ...]
    environment: tuple[str, ...]


def reproducible(run: RunDirectory) -> Experiment:
    """What a run trained, if it can be trained again and be compared.

    Raises:
        UserError: for a run that is not over, or whose data have changed.
    """
    result = whole_result(run)
    if result is None or not run.is_over:
        given = f"this run is {run.status}, so there is nothing to compare with"
        hint = "Wait for it to end" if run.status == "running" else f"Finish it first: {command('resume', run.path)}"
        raise UserError(given, where=str(run.path), hint=hint)
    experiment = recorded_experiment(run)
    if result["seeds"] != experiment.config.seed_list:
        given, hint = "its result is not that of its config", f"Try {command('verify', run.path)}"
        raise UserError(given, where=str(run.path), hint=hint, code=ExitCode.CORRUPT)
    check_data(run, Signature.of(experiment.splits, experiment.config.task))
    return experiment


def reproduce(
    run: RunDirectory, experiment: Experiment, *, runs_dir: Path = Path("runs"), listener: Listener | None = None
) -> tuple[Finished, Reproduction]:
    """Train a run again, as a new run, and compare the weights seed by seed.

    Args:
        run: one that is over.
        experiment: as `reproducible` says.
    """
    (finished,) = run_stack([experiment], runs_dir=runs_dir, listener=listener)
    again = RunDirectory.open(finished.path)
    tables = run.read_metrics(), again.read_metrics()
    result: Any = run.read_result()
    pairs = zip(result["seeds"], result["weights_sha256"], finished.result["weights_sha256"], strict=True)
    found = [first_difference(*tables, seed) for seed, before, after in pairs if before != after]
    environments = run.read_environment() or {}, again.read_environment() or {}
    return finished, Reproduction(again.path, len(result["seeds"]), tuple(found), tuple(differences(*environments)))


def first_difference(before: Table, after: Table, seed: int) -> Difference:
    """The first recorded epoch in which a metric of a seed is not the same in two tables."""
    first, second = _rows(before, seed), _rows(after, seed)
    for epoch in sorted({*first, *second}):
        mine, theirs = first.get(epoch, {}), second.get(epoch, {})
        for metric in mine | theirs:
            if mine.get(metric) != theirs.get(metric):
                return Difference(seed, epoch, metric, mine.get(metric), theirs.get(metric))
    return Difference(seed)


def _rows(table: Table, seed: int) -> dict[int, dict[str, Number]]:
    """The rows of a seed by epoch."""
    names: Sequence[str] = [name for name in table if name not in ("seed", "epoch")]
    rows = [row for row, own in enumerate(table.get("seed", [])) if own == seed]
    return {int(table["epoch"][row] or 0): {name: table[name][row] for name in names} for row in rows}
