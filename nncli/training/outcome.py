"""The outcome of a replica."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields

from nncli.nn.arrays import Array
from nncli.runs.result_record import Divergence, StopReason

ARRAYS = ("theta", "history")
"""The fields of an outcome that are arrays."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """The outcome of one replica.

    Attributes:
        theta: its final parameters, one row (P,).
        optimizer_sha256: SHA-256 of its rows of the optimizer's slots, concatenated, as little-endian bytes.
        stop_reason: why it stopped.
        epoch, step: where it stopped.
        solved: whether the final weights get every training row right.
        solved_epoch: the first epoch in which every training row was right.
        best_epoch: with patience, the epoch whose weights these are.
        lowest_epoch, lowest_loss: the recorded epoch with the lowest validation loss, and that loss.
        metrics: those of the final weights.
        divergence: if it diverged, how.
        cycle_from: the epoch from which its weights repeat exactly, if that was watched and happened.
        history: its parameters at the epochs of `weight_epochs` (K, P), if recorded; from where it stopped on, `theta`.
    """

    seed: int
    theta: Array
    optimizer_sha256: str
    stop_reason: StopReason
    epoch: int
    step: int
    solved: bool
    solved_epoch: int | None
    best_epoch: int | None
    metrics: dict[str, float]
    divergence: Divergence | None = None
    cycle_from: int | None = None
    lowest_epoch: int | None = None
    lowest_loss: float | None = None
    history: Array | None = None

    def as_plain(self) -> dict[str, object]:
        """The object of a checkpoint's record; the parameters are arrays beside it."""
        plain = {field.name: getattr(self, field.name) for field in fields(self) if field.name not in ARRAYS}
        return {name: asdict(value) if isinstance(value, Divergence) else value for name, value in plain.items()}
