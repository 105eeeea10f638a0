"""No schedule."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from nncli.nn.schedules import schedules
from nncli.nn.schedules.warmup import WarmUp


@schedules.register("constant", also_called=("none", "fixed", "constant_lr"))
@dataclass(frozen=True, slots=True)
class ConstantSchedule(WarmUp):
    """Constant: one learning rate from beginning to end.

        factor = 1

    Units: t, the epoch, and T, all epochs, in epochs; the factor has none.
    Source: Robbins & Monro (1951) for why a constant one only comes close to a minimum.
    """

    constant: ClassVar[bool] = True

    def factor(self, epoch: float, epochs: int) -> float:
        return 1.0
