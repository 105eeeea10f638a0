"""Is the backward pass the derivative of the forward pass?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nncli.nn.arrays import Array
from nncli.nn.network import Network
from nncli.nn.parameters import Segment

STEPS = (1e-5, 1e-6, 1e-7, 1e-8, 1e-9, 1e-10)
"""The steps h of the differences. The first balances truncation and rounding; the others fit between kinks."""

ROUNDING = 1e-15
"""Rounding moves an objective of 1 by at most this, 4.5 ε, and a difference of step h by this / h."""

SMALL = 1e-4
"""A gradient below this share of the objective is so small that rounding drowns its relative error."""

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

    `_scalar_errors` has the rule for one scalar.
    """
    exact = gradient(network, x, y)
    unit = max(1.0, float(np.abs(objective(network, x, y)).max()))
    generator = np.random.default_rng(0)
    for segment in _trained(network):
        own = exact[:, segment.start : segment.stop]
        largest = float(np.abs(own).max())
        columns = _some(segment, own, most, generator)
        scale = max(largest, SMALL * unit)
        first, error = _scalar_errors(network, x, y, exact, columns, unit=unit, scale=scale, tolerance=tolerance)
        smaller_steps = int(np.count_nonzero(~(first <= tolerance) & (error <= tolerance)))
        tells = largest > tolerance * SMALL * unit
        yield GradientComparison(segment.layer, len(columns), largest, float(error.max()), smaller_steps, tells)


def _scalar_errors(
    network: Network,
    x: Array,
    y: Array,
    exact: NDArray[np.float64],
    columns: NDArray[np.intp],
    *,
    unit: float,
    scale: float,
    tolerance: float,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The rule of the best step, for each column: its error with the first step, and with the best.

        d(h)     = (J(θ + h) - J(θ - h)) / 2h
        error    = min over h of |g - d(h)| / scale,     scale = max(‖g‖∞, 1e-4 max(1, J))
        noise(h) = 1e-15 max(1, J) / h / scale

    d(h) is off by its truncation, h² |J'''| / 6 or more if a kink lies within h, and by rounding, up to `noise(h)`. A
    smaller h lessens the first and raises the second; an error of backpropagation is there at every h. So a smaller h
    is tried only if the error so far is not clearly within the tolerance and exceeds `noise(h)`, which therefore
    cannot hide it; a difference below `noise(h)` then counts as one within the tolerance.
    Source: Press, Teukolsky, Vetterling & Flannery (2007), section 5.7.
    """
    first = _differences(network, x, y, exact, columns, STEPS[0]) / scale
    error = first.copy()
    for h in STEPS[1:]:
        noise = ROUNDING * unit / h / scale
        again = np.flatnonzero(~(error <= max(CLEAR * tolerance, noise)))
        closer = _differences(network, x, y, exact, columns[again], h) / scale
        closer[closer <= noise] *= min(1.0, tolerance / noise)
        error[again] = np.fmin(error[again], closer)
    return first, error


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


def _differences(
    network: Network, x: Array, y: Array, exact: NDArray[np.float64], columns: NDArray[np.intp], h: float
) -> NDArray[np.float64]:
    """The worst |analytic - numerical| over the replicas, for each column."""
    return np.array([np.abs(exact[:, i] - difference(network, x, y, i, h)).max() for i in columns.tolist()])
