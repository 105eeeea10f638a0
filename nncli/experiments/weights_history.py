"""The networks of a run along the way, where `training.record: [weights]` has kept their weights."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from nncli.config.disk_space import MOST_HISTORY, history_bytes
from nncli.config.experiment import Design
from nncli.errors import ExitCode, UserError, command
from nncli.experiments.predict import Trained, describe, network_of, together
from nncli.experiments.result import parameter_names
from nncli.nn.arrays import Array
from nncli.nn.network import Network
from nncli.runs.directory import CONFIG, DATA, HISTORY, RunDirectory
from nncli.runs.weights_history import OpenHistory
from nncli.storage.checksums import check_sum, check_sums
from nncli.tasks.data_json import Signature


@dataclass(frozen=True, slots=True)
class History:
    """The weights of R seeds at K epochs of their training. A seed that has stopped keeps its final ones.

    Attributes:
        design, signature: what the run trained, and the form of its data.
        seeds: of the replicas.
        epochs: ascending, from 0, before training, to the last one planned.
        stopped: the last epoch of each seed.
        theta: the weights (R, K, P).
    """

    design: Design
    signature: Signature
    seeds: tuple[int, ...]
    epochs: tuple[int, ...]
    stopped: tuple[int, ...]
    theta: Array

    def of(self, seeds: Collection[int]) -> History:
        """That of some of its seeds, in their order here."""
        if len(seeds) == len(self.seeds):
            return self
        rows = [r for r, seed in enumerate(self.seeds) if seed in seeds]
        own, stopped = (tuple(values[r] for r in rows) for values in (self.seeds, self.stopped))
        return History(self.design, self.signature, own, self.epochs, stopped, self.theta[rows])

    @property
    def moving(self) -> tuple[int, ...]:
        """The indices of the epochs up to the first by which all seeds have stopped: nothing changes after it."""
        last = max(self.stopped)
        return tuple(k for k in range(len(self.epochs)) if k == 0 or self.epochs[k - 1] < last)

    def reached(self, k: int) -> int:
        """The epoch `epochs[k]`, or the one by which all seeds had stopped, if that is earlier."""
        return min(self.epochs[k], max(self.stopped))

    def network(self, k: int) -> Network:
        """The network of all seeds at the epoch `epochs[k]`: layer by layer, as it was then."""
        return network_of(self.design, self.signature, self.seeds, np.ascontiguousarray(self.theta[:, k]))

    def trained(self, k: int) -> Trained:
        """The networks at the epoch `epochs[k]`, as `predict` and `measure` take them."""
        theta, most = self.theta[:, k], together(self.signature)

        def networks() -> Iterator[Network]:
            for first in range(0, len(self.seeds), most):
                rows = slice(first, first + most)
                own = np.ascontiguousarray(theta[rows])
                yield network_of(self.design, self.signature, self.seeds[rows], own)

        form = network_of(self.design, self.signature, self.seeds[:1])
        whole = [*networks()] if len(self.seeds) <= most else []
        return Trained(self.design, self.signature, form, self.seeds, (lambda: iter(whole)) if whole else networks)


def has_history(run: RunDirectory) -> bool:
    """Whether a run has recorded its weights."""
    return (run.path / HISTORY).is_file()


def read_history(run: RunDirectory) -> History:
    """The recorded weights of a run: at most `MOST_HISTORY` bytes.

    Raises:
        UserError: (code USAGE) if they were not recorded; (code CORRUPT) if its files do not fit together.
    """
    check_sums(run.path, (CONFIG, DATA))
    design, signature = describe(run)
    if not has_history(run):
        raise not_recorded(run, design)
    with run.open_history() as opened:
        weights = opened.weights
        check_sum(weights.path, weights.sha256)
        _check(opened, design)
        form = network_of(design, signature, weights.seeds[:1])
        names, count = parameter_names(form.segments), len(opened.epochs)
        theta = np.empty((len(weights.seeds), count, form.parameter_count), form.theta.dtype)
        flat = theta.reshape(-1, form.parameter_count)
        for name, segment in zip(names, form.segments, strict=True):
            weights.require(name, (count, *segment.spec.shape), theta.dtype)
            segment.view(flat)[...] = weights.archive.read(name).reshape(len(flat), *segment.spec.shape)
        if not np.isfinite(theta).all():
            raise _corrupt(weights.path, "its weights are not finite")
    return History(design, signature, weights.seeds, opened.epochs, opened.stopped, theta)


def _check(opened: OpenHistory, design: Design) -> None:
    """Refuse, before reading them, weights of another network, or other epochs than training has."""
    weights, epochs, stopped = opened.weights, opened.epochs, opened.stopped
    found = sum(weights.archive.header(name).count for name in weights.names)
    if found != len(weights.seeds) * len(epochs) * design.weight_count or found * design.dtype.itemsize > MOST_HISTORY:
        raise _corrupt(weights.path, f"its {found} weights are not those of this config")
    last = design.training.epochs
    if [*epochs] != sorted({*epochs, 0, last}) or len(stopped) != len(weights.seeds):
        raise _corrupt(weights.path, "its epochs are not those of this config")
    if not all(0 <= epoch <= last for epoch in stopped):
        raise _corrupt(weights.path, f"a seed stops after the last epoch, {last}")


def not_recorded(run: RunDirectory, design: Design) -> UserError:
    """The refusal to show what was not recorded, with the command that records it: of one seed, if all are too many."""
    record = ", ".join((*design.training.record, "weights"))
    overrides = [f"training.record=[{record}]"]
    if (size := history_bytes(design)) > MOST_HISTORY:
        overrides.append(f"seeds=[{design.seeds[0]}]")
    hint = f"Record them in a new run: {command('train', run.path / CONFIG, *overrides)}"
    if size // len(design.seeds) > MOST_HISTORY:
        hint = f"They are too many to record: more than {MOST_HISTORY // 10**6} MB"
    return UserError("the weights were not recorded while this run trained", where=str(run.path), hint=hint)


def _corrupt(path: Path, given: str) -> UserError:
    return UserError(given, where=str(path), code=ExitCode.CORRUPT)
