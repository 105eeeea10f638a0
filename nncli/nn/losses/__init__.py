"""Losses: how far the output is from the target, and the gradient that starts the backward pass."""

from __future__ import annotations

from typing import ClassVar, Protocol

from nncli.nn.arrays import Array
from nncli.nn.program import Program
from nncli.registry import Registry


class Loss(Protocol):
    """The mean loss of a batch, per replica, and its gradient, written onto a program.

    The loss owns the single 1/B: everything after it sums. Arrays: z, p, work, out of `backward` (R, B, n); y
    broadcasts to them as (R or 1, B, n); `out` of `forward` (R,). Nothing that grows with the batch is allocated.

    Attributes:
        link: the activation that the loss itself applies to its input z, for stable formulas:
            `sigmoid`, `softmax`, `step`; or `linear`, if the output layer's own activation comes before it.
        kinds: the kinds of target that it accepts: `binary`, `classes`, `regression`.
        counts_mistakes: whether its gradient depends on p alone, which is 0 or 1: then weights move by fixed amounts.
    """

    link: ClassVar[str]
    kinds: ClassVar[tuple[str, ...]]
    counts_mistakes: ClassVar[bool]

    def forward(self, on: Program, z: Array, y: Array, p: Array, work: Array, out: Array) -> None:
        """Write the prediction into `p` (in units of y), the mean loss per replica into `out`; `work` is scratch."""

    def backward(self, on: Program, z: Array, y: Array, p: Array, out: Array) -> None:
        """Write dL/dz, with its 1/B, into `out`; `p` is what `forward` left there."""

    def upper_bound(self, error: float) -> float:
        """The largest loss of a sample whose predictions are all within `error` of their targets."""


losses: Registry[Loss] = Registry(
    "loss",
    "losses",
    elsewhere="kl kl_div kl_divergence kullback_leibler_divergence focal ctc cosine_similarity "
    "cosine_embedding triplet triplet_margin poisson poisson_nll gaussian_nll hinge_embedding "
    "squared_hinge categorical_hinge multi_margin log_cosh quantile "
    "mean_squared_logarithmic_error msle mean_absolute_percentage_error mape",
)
losses.discover(__name__, __path__)
