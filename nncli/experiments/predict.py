"""Predict with finished runs: networks are rebuilt from the run directory alone."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nncli.analysis.metric_names import measured_names
from nncli.config.experiment import Design
from nncli.config.recorded_config import recorded, recorded_document, recorded_experiment
from nncli.config.resolve import resolve_design
from nncli.errors import ExitCode, UserError
from nncli.experiments.result import parameter_names, weights_hash
from nncli.experiments.resume import check_data
from nncli.experiments.start import write_start_of
from nncli.nn.arrays import Array
from nncli.nn.layers import ReadsData
from nncli.nn.network import Network
from nncli.runs.directory import CONFIG, DATA, RunDirectory
from nncli.runs.weights import OpenWeights
from nncli.storage.checksums import check_sum, check_sums
from nncli.tasks import TaskData
from nncli.tasks.data_json import Signature
from nncli.threads import limited_threads
from nncli.training.data import Rows
from nncli.training.metrics import evaluate

ROWS = 256
"""Rows per pass."""

OUTPUTS = 1 << 22
"""The most outputs of one pass over all its replicas, and of all passes over a block of rows."""


@dataclass(frozen=True, slots=True)
class Trained:
    """The networks of a run, a replica for each of its seeds.

    Attributes:
        design: what the run trained.
        signature: the form of its data.
        form: an untrained network of one replica with the same layers.
        seeds: of the replicas.
        networks: yields them in groups of replicas in the order of their seeds: as many at a time as there is room
            for. Errors while they are read: `UserError` (code CORRUPT).
    """

    design: Design
    signature: Signature
    form: Network
    seeds: tuple[int, ...]
    networks: Callable[[], Iterator[Network]]

    @property
    def rows(self) -> int:
        """The number of rows to predict at once: `ROWS`, or fewer for very many replicas."""
        return max(1, min(ROWS, OUTPUTS // (len(self.seeds) * self.signature.outputs)))


@contextmanager
def reopen(run: RunDirectory, seed: int | None = None) -> Iterator[Trained]:
    """The networks of a run, or that of one seed. While the block runs, its weights are open.

    Raises:
        UserError: (code CORRUPT) if the run is not finished or its files do not fit together; (code USAGE) for a seed
            that it does not have.
    """
    check_sums(run.path, (CONFIG, DATA))
    design, signature = describe(run)
    with run.open_weights() as weights:
        check_sum(weights.path, weights.sha256)
        if seed is not None and seed not in weights.seeds:
            known = ", ".join(map(str, weights.seeds[:12]))
            raise UserError(f"the run has no seed {seed}", where="--seed", allowed=f"Its seeds: {known}")
        wanted = tuple(own for own in weights.seeds if seed is None or own == seed)
        _check_count(weights, design)
        form = network_of(design, signature, weights.seeds[:1])
        names, most = _required(weights, form), together(signature)

        def networks() -> Iterator[Network]:
            for seeds, arrays in weights.groups(names, most):
                rows = [row for row, own in enumerate(seeds) if seed is None or own == seed]
                if rows:
                    theta = np.empty((len(rows), form.parameter_count), form.theta.dtype)
                    for segment, array in zip(form.segments, arrays, strict=True):
                        segment.view(theta)[:] = array[rows]
                    yield network_of(design, signature, tuple(seeds[row] for row in rows), theta)

        first = next(networks())
        is_all = len(first.seeds) == len(wanted)
        yield Trained(design, signature, form, wanted, (lambda: iter([first])) if is_all else networks)


def hashes(run: RunDirectory) -> Iterator[tuple[int, str]]:
    """Each seed of a run with the hash of its weights; holds one group of replicas at a time. Raises: `reopen`."""
    design, signature = describe(run)
    with run.open_weights() as weights:
        _check_count(weights, design)
        names = _required(weights, network_of(design, signature, weights.seeds[:1]))
        for seeds, arrays in weights.groups(names):
            for row, seed in enumerate(seeds):
                yield seed, weights_hash(*(array[row] for array in arrays))


def initial_network(trained: Trained, seeds: Sequence[int]) -> Network:
    """The networks of some seeds as they were before training: drawn, or as `training.start` says.

    Raises:
        UserError: as `write_start`.
    """
    network = network_of(trained.design, trained.signature, tuple(seeds))
    write_start_of(trained.design, seeds, network.segments, network.theta)
    return network


def together(signature: Signature) -> int:
    """The most replicas to predict with at once."""
    return max(1, OUTPUTS // (ROWS * signature.outputs))


def network_of(design: Design, signature: Signature, seeds: tuple[int, ...], theta: Array | None = None) -> Network:
    """The network that a run trained, with these weights or its initial ones."""
    return Network(
        design.layers,
        design.output.loss,
        signature.shape,
        seeds=seeds,
        capacity=ROWS,
        dtype=design.dtype,
        theta=theta,
    )


def _check_count(weights: OpenWeights, design: Design) -> None:
    """Refuse weights of another network by their number, before building it: `data.json` may ask for any size."""
    found = sum(weights.archive.header(name).count for name in weights.names)
    if found != len(weights.seeds) * design.weight_count:
        given = f"it has {found} weights for {len(weights.seeds)} seeds, which are not those of this config"
        raise UserError(given, where=str(weights.path), code=ExitCode.CORRUPT)


def _required(weights: OpenWeights, network: Network) -> list[str]:
    """The names of a network's parameters, after checking that the weights have them."""
    names = parameter_names(network.segments)
    for name, segment in zip(names, network.segments, strict=True):
        weights.require(name, segment.spec.shape, network.theta.dtype)
    return names


def describe(run: RunDirectory) -> tuple[Design, Signature]:
    """What a run trained, without its data, which may no longer exist, and their form."""
    signature = Signature.from_plain(run.read_data(), str(run.path / DATA))
    with recorded():
        return resolve_design(recorded_document(run), signature.form), signature


def predict(trained: Trained, blocks: Iterable[TaskData]) -> Iterator[NDArray[np.float64]]:
    """The predictions of each network for each row, in the units of the targets, block by block: (R, N, n_out).

    Args:
        trained: the networks.
        blocks: each of at most `trained.rows` rows; each is taken after the previous one has been predicted.

    Raises:
        UserError: (code DATA) for rows that it cannot read, or whose predictions are not finite.
    """
    done = 0
    for data in blocks:
        with limited_threads(trained.design.threads), np.errstate(all="ignore"):
            rows = _rows(trained, data, done)
            parts = [_outputs(network, rows) for network in trained.networks()]
        outputs = parts[0] if len(parts) == 1 else np.concatenate(parts)
        finite = np.isfinite(outputs).all(axis=(0, 2))
        if not finite.all():
            given = f"the prediction for row {done + int(np.argmin(finite)) + 1} is not finite"
            raise UserError(given, hint="Its inputs are far from the training inputs", code=ExitCode.DATA)
        yield outputs
        done += len(rows)


def _outputs(network: Network, rows: Rows) -> NDArray[np.float64]:
    return network.measure(rows.x, rows.y).p.astype(np.float64)


def _rows(trained: Trained, data: TaskData, before: int = 0) -> Rows:
    """Check rows and prepare them for the networks; `before` counts earlier rows."""
    network, signature = trained.form, trained.signature
    if (data.inputs.shape[1:], data.targets.shape[1:]) != (signature.shape, (signature.outputs,)):
        raise UserError("it does not belong to the rows of this run", where=DATA, code=ExitCode.CORRUPT)
    first = network.layers[0] if network.layers else None
    try:
        if isinstance(first, ReadsData):
            first.check(data.inputs, before)
        return Rows.of(network, data.kind, data.inputs, data.targets)
    except UserError as error:
        raise error.replaced(hint="", code=ExitCode.DATA) from error


def own_rows(run: RunDirectory) -> TaskData:
    """The rows of a run's task, raw and in order. Raises: `UserError` (code DATA) if they have changed."""
    experiment = recorded_experiment(run)
    check_data(run, Signature.of(experiment.splits, experiment.task))
    return experiment.task.data()


def measure(trained: Trained, data: TaskData) -> dict[str, NDArray[np.float64]]:
    """The metrics of each network on rows with targets, by name: (R,) each. Raises: as `predict`."""
    with limited_threads(trained.design.threads), np.errstate(all="ignore"):
        rows = _rows(trained, data)
        found = [evaluate(network, rows) for network in trained.networks()]
    return {name: np.concatenate([own[name] for own in found]) for name in measured_names(data.kind)}
