"""The complete state of a training run between two steps: training resumes from it to the same bits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal, Self, get_args, get_origin, get_type_hints

import numpy as np

from nncli.nn.arrays import AnyArray
from nncli.runs.result_record import Divergence, StopReason
from nncli.storage.strict_json import PlainObject
from nncli.training.outcome import ARRAYS, Outcome

NamedArrays = dict[str, AnyArray]

ENDED, ENDED_HISTORY = "ended", "ended_history"
"""The names, among the arrays of a snapshot as plain data, of the final weights of the replicas that have stopped, and
of those along the way, if they are recorded."""

EPOCHS = {"solved_epoch": -1, "best_epoch": 0, "cycle_start": -1}
"""Arrays of epochs, none later than the snapshot's, with the least value that each may hold."""

REASONS = tuple(reason for reason in get_args(StopReason) if reason != "interrupted")
"""The reasons why a replica may have stopped while others train."""

FINITE = ("theta", "best_theta", "norms", "loss_before", "history")
"""Arrays that are finite after every step."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The state after a step.

    Attributes:
        epoch, step: those of the last step.
        batch: the number of batches done in this epoch.
        replicas: those still training, as indices into the seeds.
        arrays: weights, slots of the optimizer, best weights, counters, random states, ..., by name: a row for each of
            `replicas`. Views, valid until the next step.
        outcomes: the outcomes of the replicas that have stopped.
    """

    epoch: int
    step: int
    batch: int
    replicas: tuple[int, ...]
    arrays: NamedArrays
    outcomes: dict[int, Outcome]

    def of(self, replicas: Sequence[int]) -> Self:
        """The snapshot of some replicas alone, renumbered as if there were no others."""
        new = {replica: number for number, replica in enumerate(replicas)}
        if len(new) == len(self.replicas) + len(self.outcomes):
            return self
        rows = [row for row, replica in enumerate(self.replicas) if replica in new]
        return replace(
            self,
            replicas=tuple(new[self.replicas[row]] for row in rows),
            arrays={name: array[rows] for name, array in self.arrays.items()},
            outcomes={new[replica]: outcome for replica, outcome in self.outcomes.items() if replica in new},
        )

    def check(self, seeds: Sequence[int], steps: int, epochs: int) -> None:
        """Raise a `ValueError` unless it fits these seeds, these steps per epoch, and this number of epochs."""
        ended, training = set(self.outcomes), set(self.replicas)
        all_there = not ended & training and ended | training == set(range(len(seeds)))
        if sorted(self.replicas) != list(self.replicas) or not all_there:
            raise ValueError(f"it does not hold {len(seeds)} seeds")
        if any(outcome.seed != seeds[replica] for replica, outcome in self.outcomes.items()):
            raise ValueError("it holds other seeds")
        if not (1 <= self.epoch <= epochs and 1 <= self.batch <= steps):
            raise ValueError(f"its epoch {self.epoch} or batch {self.batch} is not part of this run")
        if self.step != (self.epoch - 1) * steps + self.batch:
            raise ValueError(f"step {self.step} is not batch {self.batch} of epoch {self.epoch}")
        for outcome in self.outcomes.values():
            epochs_of = (outcome.epoch, outcome.solved_epoch, outcome.best_epoch, outcome.cycle_from)
            if any(n is not None and not 0 <= n <= self.epoch for n in epochs_of) or not 0 <= outcome.step <= self.step:
                raise ValueError(f"seed {outcome.seed} stopped after step {self.step}")

    def check_arrays(self, expected: Mapping[str, AnyArray]) -> None:
        """Raise a `ValueError` unless its arrays match these in shape and dtype; only `digests` may vary in length."""
        if self.arrays.keys() != expected.keys():
            raise ValueError(f"it holds {', '.join(self.arrays)}, not {', '.join(expected)}")
        for name, array in self.arrays.items():
            like = expected[name]
            shapes = [shape[:1] + shape[2:] if name == "digests" else shape for shape in (array.shape, like.shape)]
            if array.dtype != like.dtype or shapes[0] != shapes[1]:
                raise ValueError(f"{name} is {array.dtype} {array.shape}, not {like.dtype} {like.shape}")
        self._check_numbers()

    def _check_numbers(self) -> None:
        """Raise a `ValueError` for numbers that no training can reach."""
        ranges = {name: (least, self.epoch) for name, least in EPOCHS.items()}
        if "digests" in self.arrays:
            ranges["digest_count"] = (0, self.arrays["digests"].shape[1])
        for name, (least, most) in ranges.items():
            values = self.arrays.get(name, np.empty(0))
            if ((values < least) | (values > most)).any():
                raise ValueError(f"{name} is not between {least} and {most}")
        for name in FINITE:
            if name in self.arrays and not np.isfinite(self.arrays[name]).all():
                raise ValueError(f"{name} is not finite")
        for outcome in self.outcomes.values():
            for name, weights, like in (
                (ENDED, outcome.theta, self.arrays["theta"]),
                (ENDED_HISTORY, outcome.history, self.arrays.get("history")),
            ):
                if not _are_weights(weights, like):
                    raise ValueError(f"{name} does not hold finite weights of this network")

    def as_plain(self) -> tuple[dict[str, object], NamedArrays]:
        """The snapshot as a JSON record, and arrays by name."""
        record = {
            "epoch": self.epoch,
            "step": self.step,
            "batch": self.batch,
            "replicas": list(self.replicas),
            "outcomes": {str(replica): outcome.as_plain() for replica, outcome in self.outcomes.items()},
        }
        ended = {ENDED: ([outcome.theta for outcome in self.outcomes.values()], self.arrays["theta"])}
        if "history" in self.arrays:
            kept = [outcome.history for outcome in self.outcomes.values() if outcome.history is not None]
            ended[ENDED_HISTORY] = (kept, self.arrays["history"])
        return record, self.arrays | {
            name: np.stack(rows) if rows else np.empty((0, *like.shape[1:]), like.dtype)
            for name, (rows, like) in ended.items()
        }

    @classmethod
    def from_plain(cls, record: PlainObject, arrays: Mapping[str, AnyArray]) -> Self:
        """The snapshot from `as_plain`.

        Raises: `LookupError`, `TypeError` or `ValueError` for data that `as_plain` cannot produce.
        """
        outcomes = {}
        histories = arrays.get(ENDED_HISTORY, [None] * len(arrays[ENDED]))
        for (replica, plain), theta, history in zip(record["outcomes"].items(), arrays[ENDED], histories, strict=True):
            divergence = plain.pop("divergence")
            found = None if divergence is None else Divergence(**divergence)
            outcome = Outcome(theta=theta, history=history, divergence=found, **plain)
            _check_types(outcome)
            if outcome.stop_reason not in REASONS or (outcome.stop_reason == "diverged") != (found is not None):
                raise ValueError(f"a seed stopped with the reason {outcome.stop_reason!r:.40}")
            outcomes[int(replica)] = outcome
        return cls(
            epoch=_whole("epoch", record["epoch"]),
            step=_whole("step", record["step"]),
            batch=_whole("batch", record["batch"]),
            replicas=tuple(_whole("replicas", replica) for replica in record["replicas"]),
            arrays={name: array for name, array in arrays.items() if name not in (ENDED, ENDED_HISTORY)},
            outcomes=outcomes,
        )


def _are_weights(found: AnyArray | None, like: AnyArray | None) -> bool:
    """Whether an array of one replica is finite, and has the shape and dtype that those still training have."""
    if found is None or like is None:
        return found is like
    return bool(found.shape == like.shape[1:] and found.dtype == like.dtype and np.isfinite(found).all())


def _whole(name: str, value: object) -> int:
    """A value that is a non-negative 64-bit integer; else a `ValueError`."""
    if type(value) is not int or not 0 <= value < 2**63:
        raise ValueError(f"{name} is {value!r:.40}")
    return value


def _check_types(record: Outcome | Divergence) -> None:
    """Raise a `ValueError` unless every field has its declared type; for integers see `_whole`."""
    for name, hint in get_type_hints(type(record)).items():
        value, expected = getattr(record, name), get_args(hint) or (hint,)
        if name in ARRAYS:
            continue
        if name == "metrics":
            fits = isinstance(value, dict) and all(type(number) is float for number in value.values())
        elif get_origin(hint) is Literal:
            fits = value in expected
        else:
            fits = type(value) in expected or (value is None and type(None) in expected)
        if not fits:
            raise ValueError(f"{name} is {value!r:.40}")
        if type(value) is int:
            _whole(name, value)
        if isinstance(value, Divergence):
            _check_types(value)
