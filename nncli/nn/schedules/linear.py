"""A straight line down."""

from __future__ import annotations

from dataclasses import dataclass

from nncli.nn.schedules import schedules
from nncli.nn.schedules.warmup import WarmUp
from nncli.registry import option


@schedules.register("linear", also_called=("linear_decay", "linear_lr"))
@dataclass(frozen=True, slots=True)
class LinearSchedule(WarmUp):
    """Linear: the learning rate falls along a straight line.

        factor = 1 + (final - 1) t / T

    Units: t, the epoch, and T, all epochs, in epochs; the factor has none.
    Source: Bengio (2012), section 3.1.1; as PyTorch's LinearLR from 1 to final over all epochs.
    """

    final: float = option(0.0, "factor at the end", ge=0, le=1)

    def factor(self, epoch: float, epochs: int) -> float:
        return 1.0 + (self.final - 1.0) * epoch / epochs
