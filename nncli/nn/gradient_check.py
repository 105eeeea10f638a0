"""Is the backward pass the derivative of the forward pass?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nncli.nn.arrays import Array
from nncli.nn.network import Network
from nncli.nn.parameters import Segment

STEP = 1e-5

SMALLER_STEPS = (1e-6, 1e-7, 1e-8, 1e-9, 1e-10)
"""The smaller steps to retry with where one of `STEP` may have crossed a kink."""

SMALL = 1e-4
"""A gradient below this share of the objective is so small that rounding drowns its relative error.

Rounding moves an objective by some ε, and a difference by that / h: a 1e-6th of `SMALL` is 4.5 ε / `STEP`.
"""

CLEAR = 0.01
"""An error above this fraction of the tolerance is checked again with a smaller step."""


@dataclass(frozen=True, slots=True)
class GradientComparison:
    """How backpropagation and differences compare for one parameter.

    Attributes:
        layer: the index of its layer.
        checked: the number of its scalars that were compared.
        largest: the largest |∂J/∂θ_i| of all of them, by backpropagation.
        error: the worst relative error.
        smaller_steps: the number of scalars that agreed only with a smaller step.
        tells: whether the gradient is large enough for a wrong one to be detected.
    """

    layer: int
    checked: int
    largest: float
    error: float
    smaller_steps: int
    tells: bool


def compare(network: Network, x: Array, y: Array, most: int, tolerance: float) -> Iterator[GradientComparison]:
    """Compare both gradients in up to `most` scalars of each parameter, half of them with a nonzero gradient.

        error = |analytic - numerical| / max(‖analytic‖∞, 1e-4 max(1, J))

    A step that is too large for the curvature, or crosses a kink, is not an error of backpropagation: where the
    error is not clearly within the tolerance, smaller steps h are tried, and the least error counts. An error is
    there at every step. Rounding affects a smaller step more: it agrees if it does within the tolerance
    of 1e-9 max(1, J) / h. A step is tried only if the disagreement exceeds that, so it cannot hide an error.
    """
    exact = gradient(network, x, y)
    least = SMALL * max(1.0, float(np.abs(objective(network, x, y)).max()))
    generator = np.random.default_rng(0)
    for segment in _trained(network):
        own = exact[:, segment.start : segment.stop]
        largest = float(np.abs(own).max())
        columns = _some(segment, own, most, generator)
        scale = max(largest, least)
        error = _errors(network, x, y, exact, columns, STEP) / scale
        doubtful = ~(error <= tolerance)
        for h in SMALLER_STEPS:
            rounding = least / scale * STEP / h
            again = np.flatnonzero(~(error <= tolerance * max(CLEAR, rounding)))
            closer = _errors(network, x, y, exact, columns[again], h) / scale
            closer[closer <= tolerance * rounding] /= max(1.0, rounding)
            error[again] = np.fmin(error[again], closer)
        agreed = int(np.count_nonzero(doubtful & (error <= tolerance)))
        tells = largest > tolerance * least
        yield GradientComparison(segment.layer, len(columns), largest, float(error.max()), agreed, tells)


def gradient(network: Network, x: Array, y: Array) -> NDArray[np.float64]:
    """The gradient (R, P) of the objective by backpropagation."""
    network.begin_epoch(0)
    network.gradient(x, y)
    return network.grad.astype(np.float64)


def difference(network: Network, x: Array, y: Array, i: int, h: float) -> NDArray[np.float64]:
    """One column (R,) of the numerical gradient."""
    if network.theta.dtype != np.float64:
        raise ValueError("finite differences need float64: in float32 they are lost in rounding")
    kept = network.theta[:, i].copy()
    above, below = kept + h, kept - h
    ends = []
    for moved in (above, below):
        network.theta[:, i] = moved
        ends.append(objective(network, x, y))
    network.theta[:, i] = kept
    return (ends[0] - ends[1]) / (above - below)


def objective(network: Network, x: Array, y: Array) -> NDArray[np.float64]:
    """loss + penalty per replica (R,) of a training pass, with the layers' noise as `begin_epoch(0)` draws it."""
    network.begin_epoch(0)
    return network.measure(x, y, training=True).loss + network.penalties()


def _trained(network: Network) -> list[Segment]:
    return [segment for segment in network.segments if segment.spec.trained]


def _some(segment: Segment, own: Array, most: int, generator: np.random.Generator) -> NDArray[np.intp]:
    """All columns of a parameter, or `most` of them: half at random, half with a nonzero gradient."""
    if segment.spec.size <= most:
        return np.arange(segment.start, segment.stop)
    half, felt = most // 2, np.flatnonzero(own.any(axis=0))
    drawn = generator.choice(segment.spec.size, half, replace=False)
    drawn_where_felt = generator.choice(felt, min(half, len(felt)), replace=False)
    return segment.start + np.union1d(drawn, drawn_where_felt)


def _errors(
    network: Network, x: Array, y: Array, exact: NDArray[np.float64], columns: NDArray[np.intp], h: float
) -> NDArray[np.float64]:
    """The worst |analytic - numerical| over the replicas, for each column."""
    return np.array([np.abs(exact[:, i] - difference(network, x, y, i, h)).max() for i in columns.tolist()])
