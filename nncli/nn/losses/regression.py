"""Losses on the size of the error e = a - y; they act on the output layer's activation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from nncli.nn.arrays import Array
from nncli.nn.losses import losses
from nncli.nn.losses.reduction import mean
from nncli.nn.program import Program
from nncli.registry import option

KINDS = ("regression", "binary", "classes")


@losses.register("mean_squared_error", also_called=("mse", "l2", "squared_error"))
@dataclass(frozen=True, slots=True)
class MeanSquaredError:
    """Mean squared error: minus the log-likelihood under Gaussian noise, up to constants; large errors dominate.

        p  = a
        L  = mean of  e²,   e = a - y
        da = 2 e / (B n)

    The mean runs over the B samples and n outputs.

    Shapes: a, p (R, B, n); y (R or 1, B, n); L (R,), in squared units of y.
    Source: Bishop (2006), section 3.1.1.
    """

    link: ClassVar[str] = "linear"
    kinds: ClassVar[tuple[str, ...]] = KINDS
    counts_mistakes: ClassVar[bool] = False

    def forward(self, on: Program, z: Array, y: Array, p: Array, work: Array, out: Array) -> None:
        on.copy(z, p)
        on.subtract(z, y, work)
        on.multiply(work, work, work)
        mean(on, work, z.shape[1] * z.shape[2], out)

    def backward(self, on: Program, z: Array, y: Array, p: Array, out: Array) -> None:
        on.subtract(p, y, out)
        on.divide(out, 0.5 * z.shape[1] * z.shape[2], out)

    def upper_bound(self, error: float) -> float:
        return error * error


@losses.register("mean_absolute_error", also_called=("mae", "l1", "absolute_error"))
@dataclass(frozen=True, slots=True)
class MeanAbsoluteError:
    """Mean absolute error: fits the median, so outliers weigh no more than others.

        p  = a
        L  = mean of  |e|,   e = a - y
        da = sign(e) / (B n),   0 at e = 0

    The mean runs over the B samples and n outputs.

    Shapes: a, p (R, B, n); y (R or 1, B, n); L (R,), in units of y.
    Source: Hastie, Tibshirani & Friedman (2009), section 10.6.
    """

    link: ClassVar[str] = "linear"
    kinds: ClassVar[tuple[str, ...]] = KINDS
    counts_mistakes: ClassVar[bool] = False

    def forward(self, on: Program, z: Array, y: Array, p: Array, work: Array, out: Array) -> None:
        on.copy(z, p)
        on.subtract(z, y, work)
        on.absolute(work, work)
        mean(on, work, z.shape[1] * z.shape[2], out)

    def backward(self, on: Program, z: Array, y: Array, p: Array, out: Array) -> None:
        on.subtract(p, y, out)
        on.sign(out, out)
        on.divide(out, z.shape[1] * z.shape[2], out)

    def upper_bound(self, error: float) -> float:
        return error


@losses.register("huber", also_called=("smooth_l1",))
@dataclass(frozen=True, slots=True)
class Huber:
    """Huber: squared for small errors, absolute for large ones.

        p  = a
        L  = mean of  e² / 2              where |e| <= delta,   e = a - y
                      delta (|e| - delta / 2)   elsewhere
           = mean of  c (e - c / 2),   c = clip(e, -delta, delta)
        da = c / (B n)

    The mean runs over the B samples and n outputs.

    Shapes: a, p (R, B, n); y (R or 1, B, n); L (R,), in squared units of y.
    Source: Huber (1964).
    """

    link: ClassVar[str] = "linear"
    kinds: ClassVar[tuple[str, ...]] = KINDS
    counts_mistakes: ClassVar[bool] = False

    delta: float = option(1.0, "the error, in units of y, above which the loss is linear", gt=0)

    def forward(self, on: Program, z: Array, y: Array, p: Array, work: Array, out: Array) -> None:
        on.subtract(z, y, work)
        self._clip(on, work, p)
        on.multiply(p, 0.5, p)
        on.subtract(work, p, work)
        on.multiply(work, p, work)  # half the loss: (c / 2) (e - c / 2)
        mean(on, work, 0.5 * z.shape[1] * z.shape[2], out)
        on.copy(z, p)

    def backward(self, on: Program, z: Array, y: Array, p: Array, out: Array) -> None:
        on.subtract(p, y, out)
        self._clip(on, out, out)
        on.divide(out, z.shape[1] * z.shape[2], out)

    def _clip(self, on: Program, e: Array, out: Array) -> None:
        on.minimum(e, self.delta, out)
        on.maximum(out, -self.delta, out)

    def upper_bound(self, error: float) -> float:
        c = min(error, self.delta)
        return c * (error - c / 2)
