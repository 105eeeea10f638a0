"""Cosine annealing."""

from __future__ import annotations

import math
from dataclasses import dataclass

from nncli.nn.schedules import schedules
from nncli.nn.schedules.warmup import WarmUp
from nncli.registry import option


@schedules.register("cosine", also_called=("cosine_annealing", "cosine_annealing_lr", "cosine_decay"))
@dataclass(frozen=True, slots=True)
class Cosine(WarmUp):
    """Cosine: the learning rate falls along half a cosine, slowly at both ends.

        factor = final + (1 - final) (1 + cos(π t / T)) / 2

    Units: t, the epoch, and T, all epochs, in epochs; the factor has none.
    Source: Loshchilov & Hutter (2017), equation 5, without restarts; as PyTorch's CosineAnnealingLR with T_max = T.
    """

    final: float = option(0.0, "factor at the end", ge=0, le=1)

    def factor(self, epoch: float, epochs: int) -> float:
        return self.final + (1.0 - self.final) * (1.0 + math.cos(math.pi * epoch / epochs)) / 2.0
