"""Finished runs at work: their networks rebuilt from the run directory alone."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nncli.analysis.metric_names import measured_names
from nncli.config.experiment import Experiment
from nncli.config.recorded import recorded, recorded_document, recorded_experiment
from nncli.config.resolve import resolve_for
from nncli.errors import ExitCode, UserError
from nncli.experiments.result import parameter_names, weights_hash
from nncli.experiments.resume import check_data
from nncli.nn.layers import ReadsData
from nncli.nn.network import Network
from nncli.runs.directory import CONFIG, DATA, WEIGHTS, RunDirectory
from nncli.runs.weights import OpenWeights
from nncli.storage.sums import check_sums
from nncli.tasks import TaskData
from nncli.tasks.signature import Signature
from nncli.tasks.splits import Splits
from nncli.threads import limited_threads
from nncli.training.data import Rows
from nncli.training.metrics import evaluate

ROWS = 256
"""Rows per pass."""


@dataclass(frozen=True, slots=True)
class Trained:
    """The networks of a run, a replica for each of its seeds.

    Attributes:
        experiment: the run's config; its splits hold a single row of zeros.
        signature: what its data were like.
        network: with the weights of the run.
        seeds: of the replicas.
    """

    experiment: Experiment
    signature: Signature
    network: Network
    seeds: tuple[int, ...]


def reopen(run: RunDirectory, seed: int | None = None) -> Trained:
    """The networks of a run, or that of one seed.

    Raises:
        UserError: (code CORRUPT) if the run is not finished or its files do not fit together; (code USAGE) for a seed
            that it does not have.
    """
    check_sums(run.path, (CONFIG, DATA, WEIGHTS))
    experiment, signature = describe(run)
    with run.open_weights() as weights:
        if seed is not None and seed not in weights.seeds:
            known = ", ".join(map(str, weights.seeds[:12]))
            raise UserError(f"the run has no seed {seed}", where="--seed", allowed=f"Its seeds: {known}")
        wanted = tuple(own for own in weights.seeds if seed is None or own == seed)
        network = _untrained(experiment, signature, wanted)
        done = 0
        for seeds, arrays in weights.groups(_required(weights, network)):
            rows = [row for row, own in enumerate(seeds) if seed is None or own == seed]
            for segment, array in zip(network.segments, arrays, strict=True):
                segment.view(network.theta)[done : done + len(rows)] = array[rows]
            done += len(rows)
    return Trained(experiment, signature, network, wanted)


def hashes(run: RunDirectory) -> Iterator[tuple[int, str]]:
    """Each seed of a run, and what its weights hash to; no more is held than a group of replicas. Raises: `reopen`."""
    experiment, signature = describe(run)
    with run.open_weights() as weights:
        names = _required(weights, _untrained(experiment, signature, weights.seeds[:1]))
        for seeds, arrays in weights.groups(names):
            for row, seed in enumerate(seeds):
                yield seed, weights_hash(*(array[row] for array in arrays))


def _untrained(experiment: Experiment, signature: Signature, seeds: tuple[int, ...]) -> Network:
    """The network that a run trained, with its first weights."""
    return Network(
        experiment.layers,
        experiment.config.output.loss,  # type: ignore[arg-type]
        signature.shape,
        seeds=seeds,
        capacity=ROWS,
        dtype=experiment.dtype,
    )


def _required(weights: OpenWeights, network: Network) -> list[str]:
    """The names of a network's parameters, once it is known that the weights have them."""
    names = parameter_names(network.segments)
    for name, segment in zip(names, network.segments, strict=True):
        weights.require(name, segment.spec.shape, network.theta.dtype)
    return names


def describe(run: RunDirectory) -> tuple[Experiment, Signature]:
    """What was trained, with a row of zeros in place of the data, which may be gone by now."""
    signature = Signature.from_plain(run.read_data(), str(run.path / DATA))
    row = signature.one_row()
    with recorded():
        config = resolve_for(recorded_document(run), row)
    return Experiment(config, Splits(row)), signature


def predict(trained: Trained, blocks: Iterable[TaskData]) -> Iterator[NDArray[np.float64]]:
    """What each network says of each row, in the units of the targets, block by block: (R, N, n_out).

    Args:
        trained: the networks.
        blocks: each of at most `ROWS` rows; the next is taken when the last has been predicted.

    Raises:
        UserError: (code DATA) for rows that it cannot read, or of which it makes nothing finite.
    """
    network, done = trained.network, 0
    for data in blocks:
        with limited_threads(trained.experiment.config.threads), np.errstate(all="ignore"):
            rows = _rows(trained, data, done)
            network.forward(rows.x)
            network.loss(rows.y)
            outputs = network.prediction.astype(np.float64)
        finite = np.isfinite(outputs).all(axis=(0, 2))
        if not finite.all():
            given = f"of row {done + int(np.argmin(finite)) + 1} the network makes no finite number"
            raise UserError(given, hint="Its inputs are far from those that it was trained on", code=ExitCode.DATA)
        yield outputs
        done += len(rows)


def _rows(trained: Trained, data: TaskData, before: int = 0) -> Rows:
    """Rows for the networks, once it is known that they can read them; so many came before these."""
    first = trained.network.layers[0] if trained.network.layers else None
    try:
        if isinstance(first, ReadsData):
            first.check(data.inputs, before)
        return Rows.of(trained.network, data.kind, data.inputs, data.targets)
    except UserError as error:
        raise UserError(error.given, allowed=error.allowed, code=ExitCode.DATA) from error


def own_rows(run: RunDirectory) -> TaskData:
    """The rows of a run's task, raw and in their order. Raises: `UserError` (code DATA) if they have changed."""
    experiment = recorded_experiment(run)
    check_data(run, Signature.of(experiment.splits, experiment.config.task))
    data: TaskData = experiment.config.task.data()
    return data


def measure(trained: Trained, data: TaskData) -> dict[str, NDArray[np.float64]]:
    """The metrics of each network on rows with targets, by name: (R,) each. Raises: as `predict`."""
    with limited_threads(trained.experiment.config.threads), np.errstate(all="ignore"):
        found = evaluate(trained.network, _rows(trained, data))
    return {name: found[name] for name in measured_names(data.kind)}
