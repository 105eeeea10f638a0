"""Principal components: the directions in which rows differ the most."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float64]

NEGLIGIBLE = 1e-14
"""A share of the variance that is only rounding."""


@dataclass(frozen=True, slots=True)
class Components:
    """The first k principal components of rows of n numbers.

        coordinates of x = (x - mean) axesᵀ

    Attributes:
        mean: of the rows (n,).
        axes: unit vectors at right angles, the largest entry of each positive; 0 without variance (k, n).
        shares: of the variance, along each (k,); 0 if the rows are all equal.
    Source: Pearson (1901); Hotelling (1933).
    """

    mean: Numbers
    axes: Numbers
    shares: Numbers

    def of(self, rows: Numbers) -> Numbers:
        """The coordinates (N, k) of rows (N, n)."""
        return (rows - self.mean) @ self.axes.T


def principal_components(rows: Numbers, count: int = 2) -> Components:
    """The first components of finite rows (N, n), N ≥ 1.

    With the centered rows C, they are eigenvectors v of CᵀC, or Cᵀu of eigenvectors u of the smaller CCᵀ.
    """
    mean = rows.mean(axis=0)
    centered = rows - mean
    centered /= float(np.abs(centered).max()) or 1.0  # so that no square overflows
    is_wide = len(rows) < rows.shape[1]
    variances, vectors = np.linalg.eigh(centered @ centered.T if is_wide else centered.T @ centered)
    axes, shares = np.zeros((count, rows.shape[1])), np.zeros(count)
    total = float(np.square(centered).sum())
    for k, last in zip(range(count), reversed(range(len(variances))), strict=False):
        if variances[last] > NEGLIGIBLE * total:
            axis = centered.T @ vectors[:, last] if is_wide else vectors[:, last]
            axes[k] = axis / np.linalg.norm(axis) * np.sign(axis[np.abs(axis).argmax()])
            shares[k] = variances[last] / total
    return Components(mean, axes, shares)
