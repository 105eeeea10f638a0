"""Train a finished run again and check that the bits are the same."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from heapq import merge
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import TypeAlias

import numpy as np

from nncli.config.experiment import Experiment
from nncli.config.recorded_config import recorded_experiment
from nncli.errors import UserError, command
from nncli.experiments.recorder import Listener
from nncli.experiments.result import check_fits
from nncli.experiments.resume import check_data
from nncli.experiments.train import Finished, run_stack
from nncli.experiments.weights_history import has_history, read_history
from nncli.runs.directory import RunDirectory
from nncli.runs.environment import differences
from nncli.runs.metrics_csv import MetricsTable, Number
from nncli.runs.result_json import whole_result
from nncli.runs.result_record import Result
from nncli.storage.names import RUNS
from nncli.tasks.data_json import Signature

Row: TypeAlias = dict[str, Number]


@dataclass(frozen=True, slots=True)
class Difference:
    """Where the results of a seed first differ.

    Attributes:
        epoch, metric: the first recorded epoch, and a metric that differs in it; None if only the weights differ.
        before, after: the metric in the original run and in the repeated one.
        weights_epoch: the first epoch whose recorded weights differ; None if they do not, or were not recorded.
    """

    seed: int
    epoch: int | None = None
    metric: str | None = None
    before: Number = None
    after: Number = None
    weights_epoch: int | None = None


@dataclass(frozen=True, slots=True)
class Reproduction:
    """The result of the comparison.

    Attributes:
        again: the new run.
        seeds: the number of seeds compared.
        differences: one for each seed whose weights are not identical to the bit.
        environment: how the environments differ, in words.
    """

    again: Path
    seeds: int
    differences: tuple[Difference, ...]
    environment: tuple[str, ...]


def reproducible(run: RunDirectory) -> Experiment:
    """The experiment of a run, if it can be trained again and compared.

    Raises:
        UserError: for a run that is not finished, or whose data have changed.
    """
    result = _finished_result(run)
    experiment = recorded_experiment(run)
    check_fits(experiment, result, run.path)
    check_data(run, Signature.of(experiment.splits, experiment.task))
    return experiment


def _finished_result(run: RunDirectory) -> Result:
    result = whole_result(run)
    if isinstance(result, Result) and run.is_over:
        return result
    given = f"this run is {run.status}, so there is nothing to compare with"
    hint = "Wait for it to finish" if run.status == "running" else f"Finish it first: {command('resume', run.path)}"
    raise UserError(given, where=str(run.path), hint=hint)


def reproduce(
    run: RunDirectory, experiment: Experiment, *, runs_dir: Path = RUNS, listener: Listener | None = None
) -> tuple[Finished, Reproduction]:
    """Train a run again, as a new run, and compare the weights seed by seed.

    Args:
        run: a finished run.
        experiment: from `reproducible`.
    """
    (finished,) = run_stack([experiment], runs_dir=runs_dir, listener=listener)
    again = RunDirectory.open(finished.path)
    result = _finished_result(run)
    pairs = zip(result.seeds, result.weights_sha256, finished.result.weights_sha256, strict=True)
    recorded = other_weights(run, again)
    others = [seed for seed, before, after in pairs if before != after or seed in recorded]
    found = [
        replace(difference, weights_epoch=recorded.get(difference.seed))
        for difference in (first_differences(run.open_metrics(), again.open_metrics(), others) if others else ())
    ]
    environments = run.read_environment() or {}, again.read_environment() or {}
    return finished, Reproduction(again.path, len(result.seeds), tuple(found), tuple(differences(*environments)))


def other_weights(before: RunDirectory, after: RunDirectory) -> dict[int, int]:
    """The seeds of two runs of one config whose recorded weights differ, each with the first epoch where they do."""
    if not has_history(before):
        return {}
    mine, theirs = read_history(before), read_history(after)
    differ = (mine.theta.view(np.uint8) != theirs.theta.view(np.uint8)).any(axis=2)  # of bits: 0 is not -0
    return {seed: mine.epochs[int(row.argmax())] for seed, row in zip(mine.seeds, differ, strict=True) if row.any()}


def first_differences(before: MetricsTable, after: MetricsTable, seeds: Collection[int]) -> Iterator[Difference]:
    """The first recorded epoch, for each of the given seeds, in which a metric differs between two tables.

    Epochs never decrease in a table, so both are read once, in parallel, holding only the rows of one epoch.
    """
    found: dict[int, Difference] = {}
    sides = (_by_epoch(table, side) for side, table in enumerate((before, after)))
    for epoch, rows in groupby(merge(*sides, key=itemgetter(0)), key=itemgetter(0)):
        first: dict[int, Row] = {}
        second: dict[int, Row] = {}
        for _, side, row in rows:
            (first, second)[side][int(row.pop("seed") or 0)] = row
        for seed in ({*first, *second} & {*seeds}) - {*found}:
            mine, theirs = first.get(seed, {}), second.get(seed, {})
            for metric in mine | theirs:
                if mine.get(metric) != theirs.get(metric):
                    found[seed] = Difference(seed, epoch, metric, mine.get(metric), theirs.get(metric))
                    break
        if len(found) == len(seeds):
            break
    return (found.get(seed, Difference(seed)) for seed in seeds)


def _by_epoch(table: MetricsTable, side: int) -> Iterator[tuple[int, int, Row]]:
    """The rows of a table, each preceded by its epoch and its side."""
    for numbers in table.rows:
        row = dict(zip(table.columns, numbers, strict=True))
        yield int(row.pop("epoch") or 0), side, row
