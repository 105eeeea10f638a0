"""The results of a run: its parameters by name, their hashes, and its `Result`."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from nncli.config.experiment import Design, Experiment
from nncli.errors import ExitCode, UserError
from nncli.nn.arrays import Array
from nncli.nn.parameters import Segment
from nncli.runs.directory import CONFIG, RESULT
from nncli.runs.result_record import LowestValidation, Result, Seconds, StackRecord
from nncli.tasks import tasks
from nncli.training.outcome import Outcome


def parameter_names(segments: Sequence[Segment]) -> list[str]:
    """A name for each segment, as in a textbook: W1, b1, W2, b2, ...; the count is of layers with parameters."""
    layers = sorted({segment.layer for segment in segments})
    return [f"{segment.spec.name}{layers.index(segment.layer) + 1}" for segment in segments]


def weight_arrays(segments: Sequence[Segment], outcomes: Sequence[Outcome]) -> dict[str, Array]:
    """The final parameters by name, each with a leading seed axis."""
    return _by_name(segments, [outcome.theta for outcome in outcomes])


def history_arrays(segments: Sequence[Segment], outcomes: Sequence[Outcome]) -> dict[str, Array]:
    """The recorded parameters by name, each with leading axes of seeds and epochs; none, if they were not recorded."""
    rows = [outcome.history for outcome in outcomes if outcome.history is not None]
    return _by_name(segments, rows) if rows else {}


def _by_name(segments: Sequence[Segment], rows: Sequence[Array]) -> dict[str, Array]:
    """The parameters in rows (..., P), stacked: (R, ..., *shape) by name."""
    theta = rows[0][None] if len(rows) == 1 else np.stack(rows)
    flat, before = theta.reshape(-1, theta.shape[-1]), theta.shape[:-1]
    named = zip(parameter_names(segments), segments, strict=True)
    return {name: segment.view(flat).reshape(*before, *segment.spec.shape) for name, segment in named}


def weights_hash(*parameters: Array) -> str:
    """SHA-256 of a replica's parameters, as one row or as its parts in order, in little-endian bytes."""
    digest = hashlib.sha256()
    for values in parameters:
        digest.update(np.ascontiguousarray(values, values.dtype.newbyteorder("<")).data)
    return digest.hexdigest()


def check_fits(design: Design, result: Result, path: Path) -> None:
    """Refuse a result that does not belong to a config, by the facts that both contain.

    Args:
        design: what `config.yaml` describes.
        result: of the run.
        path: the run's directory.

    Raises: `UserError` (code CORRUPT).
    """
    facts = {
        "name": (design.name, result.name),
        "task": (tasks.name_of(design.task), result.task),
        "seeds": (list(design.seeds), list(result.seeds)),
        "epochs_planned": (design.training.epochs, result.epochs_planned),
        "parameters": (design.parameter_count, result.parameters),
    }
    for name, (value, found) in facts.items():
        if found != value:
            given = f"it is not the config of this run: {name} is {value!s:.40}, and in {RESULT} {found!s:.40}"
            raise UserError(given, where=str(path / CONFIG), code=ExitCode.CORRUPT)


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast a run was trained: its share of the time of its stack, and that stack, if it was not the only run."""

    seconds: Seconds
    steps_per_second: float | None
    stack: StackRecord | None


def pace(own: Sequence[Outcome], everyone: Sequence[Outcome], *, total: float, training: float, runs: int) -> Pace:
    """The pace of a run whose share of the time of its stack is that of its steps.

    Args:
        own, everyone: the outcomes of the run, and of all runs of its stack.
        total, training: the seconds of the stack.
        runs: the number of runs in the stack.
    """
    steps, all_steps = (sum(outcome.step for outcome in outcomes) for outcomes in (own, everyone))
    share = steps / all_steps if all_steps else len(own) / len(everyone)
    return Pace(
        Seconds(total=round(total * share, 6), training=round(training * share, 6)),
        steps_per_second=round(all_steps / training, 1) if training > 0 else None,
        stack=StackRecord(runs, len(everyone), round(total, 6), round(training, 6)) if runs > 1 else None,
    )


def summarize(experiment: Experiment, run_name: str, outcomes: Sequence[Outcome], pace: Pace, exact: bool) -> Result:
    """The result of a run.

    Args:
        experiment: what was trained.
        run_name: the name of its folder.
        outcomes: of its seeds, in order.
        pace: from `pace`.
        exact: whether the environment stayed the same while it trained.
    """
    splits = experiment.splits
    reasons = tuple(outcome.stop_reason for outcome in outcomes)
    return Result(
        run=run_name,
        name=experiment.name,
        status="interrupted" if "interrupted" in reasons else "diverged" if "diverged" in reasons else "completed",
        task=tasks.name_of(experiment.task),
        seeds=experiment.seeds,
        solved=tuple(outcome.solved for outcome in outcomes),
        solved_epoch=tuple(outcome.solved_epoch for outcome in outcomes),
        epochs=tuple(outcome.epoch for outcome in outcomes),
        epochs_planned=experiment.training.epochs,
        steps=tuple(outcome.step for outcome in outcomes),
        best_epoch=tuple(outcome.best_epoch for outcome in outcomes),
        lowest_validation=tuple(map(_lowest, outcomes)),
        stop_reason=reasons,
        divergence=tuple(outcome.divergence for outcome in outcomes),
        cycle_from=tuple(None if outcome.solved else outcome.cycle_from for outcome in outcomes),
        metrics={name: tuple(outcome.metrics.get(name) for outcome in outcomes) for name in experiment.metric_names},
        complete=splits.train.complete,
        rows={name: len(data.inputs) for name, data in splits.named().items()},
        parameters=experiment.parameter_count,
        exact=exact,
        seconds=pace.seconds,
        steps_per_second=pace.steps_per_second,
        stack=pace.stack,
        weights_sha256=tuple(weights_hash(outcome.theta) for outcome in outcomes),
        optimizer_sha256=tuple(outcome.optimizer_sha256 for outcome in outcomes),
    )


def _lowest(outcome: Outcome) -> LowestValidation | None:
    if outcome.lowest_epoch is None or outcome.lowest_loss is None:
        return None
    return LowestValidation(outcome.lowest_epoch, outcome.lowest_loss)
