"""A staircase."""

from __future__ import annotations

from dataclasses import dataclass

from nncli.nn.schedules import schedules
from nncli.nn.schedules.warmup import WarmUp
from nncli.registry import option


@schedules.register("step", also_called=("step_lr", "step_decay", "multi_step_lr"))
@dataclass(frozen=True, slots=True)
class StepDecay(WarmUp):
    """Step: the learning rate drops at regular intervals.

        factor = rate ^ floor(t / every)

    Units: t, the epoch, and T, all epochs, in epochs; the factor has none.
    Source: He et al. (2016). As PyTorch's StepLR, which calls every step_size and rate gamma.
    """

    every: int = option(100, "epochs between drops", ge=1)
    rate: float = option(0.1, "factor of each drop", gt=0, le=1)

    def factor(self, epoch: float, epochs: int) -> float:
        return self.rate ** int(epoch // self.every)
