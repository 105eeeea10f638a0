"""Geometric decay."""

from __future__ import annotations

from dataclasses import dataclass

from nncli.nn.schedules import schedules
from nncli.nn.schedules.warmup import WarmUp
from nncli.registry import option


@schedules.register("exponential", also_called=("exponential_decay", "exponential_lr"))
@dataclass(frozen=True, slots=True)
class Exponential(WarmUp):
    """Exponential: the learning rate shrinks by the same factor in every epoch, smoothly.

        factor = rate ^ t

    Units: t, the epoch, and T, all epochs, in epochs; the factor has none.
    Source: Goodfellow, Bengio & Courville (2016), section 8.3.1. As PyTorch's ExponentialLR at whole epochs.
    """

    rate: float = option(0.95, "factor per epoch", gt=0, le=1)

    def factor(self, epoch: float, epochs: int) -> float:
        return float(self.rate**epoch)
