"""Losses on the size of the error e = a - y; they act on the output layer's activation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from nncli.nn.arrays import Array
from nncli.nn.losses import losses
from nncli.nn.losses.reduction import mean
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

    def forward(self, z: Array, y: Array, p: Array, work: Array, out: Array) -> None:
        np.copyto(p, z)
        np.subtract(z, y, out=work)
        np.multiply(work, work, out=work)
        mean(work, z.shape[1] * z.shape[2], out)

    def backward(self, z: Array, y: Array, p: Array, out: Array) -> None:
        np.subtract(p, y, out=out)
        np.divide(out, 0.5 * z.shape[1] * z.shape[2], out=out)

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

    def forward(self, z: Array, y: Array, p: Array, work: Array, out: Array) -> None:
        np.copyto(p, z)
        np.subtract(z, y, out=work)
        np.abs(work, out=work)
        mean(work, z.shape[1] * z.shape[2], out)

    def backward(self, z: Array, y: Array, p: Array, out: Array) -> None:
        np.subtract(p, y, out=out)
        np.sign(out, out=out)
        np.divide(out, z.shape[1] * z.shape[2], out=out)

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

    delta: float = option(1.0, "the error, in units of y, above which the loss is linear", gt=0)

    def forward(self, z: Array, y: Array, p: Array, work: Array, out: Array) -> None:
        np.subtract(z, y, out=work)
        self._clip(work, p)
        np.multiply(p, 0.5, out=p)
        np.subtract(work, p, out=work)
        np.multiply(work, p, out=work)  # half the loss: (c / 2) (e - c / 2)
        mean(work, 0.5 * z.shape[1] * z.shape[2], out)
        np.copyto(p, z)

    def backward(self, z: Array, y: Array, p: Array, out: Array) -> None:
        np.subtract(p, y, out=out)
        self._clip(out, out)
        np.divide(out, z.shape[1] * z.shape[2], out=out)

    def _clip(self, e: Array, out: Array) -> None:
        np.minimum(e, self.delta, out=out)
        np.maximum(out, -self.delta, out=out)

    def upper_bound(self, error: float) -> float:
        c = min(error, self.delta)
        return c * (error - c / 2)
