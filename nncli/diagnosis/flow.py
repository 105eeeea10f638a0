"""Measure what flows through the layers of a network: at initialization, and of a run also afterwards."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterator, Sequence
from itertools import groupby

from nncli.config.experiment import Experiment
from nncli.config.recorded_config import recorded_experiment
from nncli.errors import ExitCode, UserError
from nncli.experiments.assembly import build_network, build_settings
from nncli.experiments.predict import reopen
from nncli.experiments.resume import check_data
from nncli.experiments.start import write_start
from nncli.nn.descent import Descent
from nncli.nn.network import Network
from nncli.nn.schedules import factor_at
from nncli.report.flow_text import Flow, Moment
from nncli.report.headline import output_activation
from nncli.report.network_text import layer_text
from nncli.runs.directory import FLOW, RunDirectory
from nncli.runs.metrics_csv import Number
from nncli.runs.result_json import whole_result
from nncli.runs.result_record import Result
from nncli.storage.checksums import check_sums
from nncli.tasks.data_json import Signature
from nncli.threads import limited_threads
from nncli.training.data import Rows
from nncli.training.flow import QUANTITIES, FlowMeter, LayerFlow


def flow_of_config(experiment: Experiment) -> Flow:
    """The flow at initialization, for each seed. Rows and quantities: see `nncli.training.flow`.

    Raises:
        UserError: if there are too few rows for a layer with batch statistics.
    """
    with limited_threads(experiment.threads):
        return _flow(experiment, (_at_start(experiment, experiment.seeds),))


def flow_of_run(run: RunDirectory, seed: int | None = None) -> Flow:
    """The flow at initialization, with the final weights, and at each recorded epoch.

    The optimizer's state is not kept, so the next step after the final weights is known only if the optimizer has
    none, or if it was recorded.

    Raises:
        UserError: (code CORRUPT) if the run is not finished or its files do not fit together; (code DATA) if its data
            have changed; (code USAGE) for a seed that it does not have.
    """
    experiment = recorded_experiment(run)
    check_data(run, Signature.of(experiment.splits, experiment.task))
    check_sums(run.path, (FLOW,))
    recorded = tuple(_recorded(run, seed))
    with limited_threads(experiment.threads):
        end = _at_end(run, experiment, seed)
        _check_recorded(run, recorded, end)
        return _flow(experiment, (_at_start(experiment, end.seeds), _with_recorded_steps(end, recorded)), recorded)


def _flow(experiment: Experiment, moments: tuple[Moment, ...], recorded: tuple[Moment, ...] = ()) -> Flow:
    rows = len(experiment.splits.train.inputs)
    names = [layer_text(layer) for layer in experiment.layers]
    names[-1] = f"{experiment.outputs} {output_activation(experiment)}"
    measured = moments[0].layers[0]
    return Flow(
        tuple(names[layer.layer - 1] for layer in measured),
        rows=_meter(experiment).x.shape[1],
        rows_in_all=rows,
        moments=moments,
        recorded=recorded,
    )


def _meter(experiment: Experiment) -> FlowMeter:
    network, data = build_network([experiment.with_seeds(experiment.seeds[:1])]), experiment.splits.train
    meter = FlowMeter(Rows.of(network, data.kind, data.inputs, data.targets))
    if (rows := meter.x.shape[1]) < network.least_rows:
        given = f"a layer takes statistics of the batch and needs {network.least_rows} training rows, not {rows}"
        raise UserError(given, hint="Make training.validation and training.test smaller")
    return meter


def _at_start(experiment: Experiment, seeds: Sequence[int]) -> Moment:
    meter, found = _meter(experiment), []
    for seed in seeds:
        alone = experiment.with_seeds([seed])
        network = build_network([alone])
        write_start([alone], network)
        found.append(tuple(meter.measure(network, 0, 0, _descent(alone, network), 1, _factor(alone, 1))))
    return Moment("initialization", (0,) * len(seeds), tuple(seeds), tuple(found))


def _at_end(run: RunDirectory, experiment: Experiment, seed: int | None) -> Moment:
    result = whole_result(run)
    if not isinstance(result, Result):
        given = f"this run is {run.status}: it has no final weights"
        raise UserError(given, where=str(run.path), hint="Name a finished run, or its config.yaml", code=ExitCode.FILES)
    ends = {
        own: (best or epoch, step)
        for own, best, epoch, step in zip(result.seeds, result.best_epoch, result.epochs, result.steps, strict=True)
    }
    meter, seeds, found = _meter(experiment), list[int](), []
    has_state = bool(experiment.training.optimizer.slots)
    with reopen(run, seed) as trained:
        for network in trained.networks():
            descent = None if has_state else _descent(experiment, network)
            for r, own in enumerate(network.seeds):
                epoch, step = ends[own]
                step = max(1, min(step + 1, experiment.training.epochs * experiment.steps_per_epoch))
                layers = meter.measure(network, r, epoch, descent, step, _factor(experiment, step))
                found.append(tuple(layers))
                seeds.append(own)
    return Moment("final weights", tuple(ends[own][0] for own in seeds), tuple(seeds), tuple(found))


def _descent(experiment: Experiment, network: Network) -> Descent:
    """The optimizer of a network before its first step."""
    settings = build_settings([experiment])
    return Descent(
        settings.optimizer,
        network.theta,
        network.grad,
        network.segments,
        learning_rate=settings.learning_rate,
        clip_norm=settings.clip_norm,
    )


def _factor(experiment: Experiment, step: int) -> float:
    """The schedule's factor in a step."""
    training = experiment.training
    return factor_at(training.schedule, step, experiment.steps_per_epoch, max(1, training.epochs))


def _recorded(run: RunDirectory, seed: int | None) -> Iterator[Moment]:
    """The epochs in `flow.csv`, none if it was not recorded."""
    table = run.open_flow()
    if not table.columns:
        return
    if table.columns != ("epoch", "seed", "layer", *QUANTITIES):
        raise UserError("not a table of flow", where=str(run.path / FLOW), code=ExitCode.CORRUPT)
    rows = (_whole(run, row) for row in table.rows)
    for epoch, of_epoch in groupby(rows, key=lambda row: row[0]):
        by_seed = {
            int(own or 0): tuple(_layer(row) for row in rows) for own, rows in groupby(of_epoch, key=lambda row: row[1])
        }
        seeds = tuple(own for own in by_seed if seed in (None, own))
        if seeds:
            yield Moment("recorded", (int(epoch or 0),) * len(seeds), seeds, tuple(by_seed[own] for own in seeds))


def _whole(run: RunDirectory, row: list[Number]) -> list[Number]:
    """A row, if its epoch, seed and layer are whole numbers."""
    if not all(type(number) is int for number in row[:3]):
        raise UserError("not a table of flow", where=str(run.path / FLOW), code=ExitCode.CORRUPT)
    return row


def _layer(row: list[Number]) -> LayerFlow:
    return LayerFlow(int(row[2] or 0), *(math.nan if number is None else float(number) for number in row[3:]))


def _check_recorded(run: RunDirectory, recorded: tuple[Moment, ...], end: Moment) -> None:
    """Refuse a table of other seeds or layers."""
    numbers = [layer.layer for layer in end.layers[0]]
    for moment in recorded:
        if not {*moment.seeds} <= {*end.seeds} or any([own.layer for own in of] != numbers for of in moment.layers):
            given = f"epoch {moment.epochs[0]} is not of the seeds and layers of this run"
            raise UserError(given, where=str(run.path / FLOW), code=ExitCode.CORRUPT)


def _with_recorded_steps(end: Moment, recorded: tuple[Moment, ...]) -> Moment:
    """The final weights, with the steps that were recorded at the same epoch."""
    known = {
        (epoch, seed): layers
        for moment in recorded
        for epoch, seed, layers in zip(moment.epochs, moment.seeds, moment.layers, strict=True)
    }
    layers = tuple(
        tuple(
            dataclasses.replace(mine, update_ratio=its.update_ratio)
            for mine, its in zip(own, known.get((epoch, seed), own), strict=True)
        )
        for epoch, seed, own in zip(end.epochs, end.seeds, end.layers, strict=True)
    )
    return dataclasses.replace(end, layers=layers)
