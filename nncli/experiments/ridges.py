"""A function of two variables as a sum of ridges, each a wave along a direction, in one hidden layer of relu units.

f(x, y) is fitted by Σ C_jk cos(π j X / P) cos(π k Y / P) with X = x - low, Y = y - low and a half period P at least the
width of the domain. A product of cosines is half the sum of two cosines along (j, k) and (j, -k). All waves along a
direction are one function of s = p X ± q Y, which relu units interpolate between evenly spaced knots. The error is at
most that of the fit plus that of each interpolation, T^2 M / (8 m^2) for m pieces of a range T with |φ''| <= M.

Source: Barron (1993), Universal approximation bounds for superpositions of a sigmoidal function, for waves as ridges.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from nncli.errors import UserError
from nncli.experiments.interpolant import UNIT, Units, piecewise_linear, too_many
from nncli.tasks.enclosures import MARGIN, Interval, Numbers, enclose
from nncli.tasks.expressions import Expression

FITS = ((1.0, 1e-9), *((stretch, ignored) for stretch in (1.15, 1.3, 1.6) for ignored in (1e-1, 1e-2, 1e-3)))
"""Fits that are tried: the half period in widths of the domain, and the share of the largest singular value below which
others are ignored: without the small ones, coefficients stay small."""

WAVES, PATIENCE = range(1, 25), 3
"""Numbers of cosines along each input that are tried, and how many in a row may need more units than the best."""

GRID = 201
"""Points along each input to which waves are fitted."""

FIRST, LEVELS, MOST_CELLS = 32, 14, 1 << 20
"""Cells along each input at the start; how often they are cut in four, and how many there may be at once."""


@dataclass(frozen=True, slots=True)
class Waves:
    """A sum of products of cosines on the square [low, low + width]^2: C (K, K), with the half period P."""

    low: float
    width: float
    period: float
    C: Numbers

    @property
    def frequencies(self) -> Numbers:
        """Of the cosines along each input, (K,)."""
        return np.asarray(np.pi * np.arange(len(self.C)) / self.period, np.float64)

    def at(self, x: Numbers, y: Numbers) -> tuple[Numbers, Numbers, Numbers]:
        """The sum and its slopes along x and y, at N points."""
        w = self.frequencies
        turns = [np.multiply.outer(at - self.low, w) for at in (x, y)]
        (cx, sx), (cy, sy) = ((np.cos(turn), -w * np.sin(turn)) for turn in turns)
        return tuple(((own_x @ self.C) * own_y).sum(axis=1) for own_x, own_y in ((cx, cy), (sx, cy), (cx, sy)))

    def directions(self) -> Iterator[Direction]:
        """The waves of each direction together; the constant is left out."""
        found: dict[tuple[int, int], dict[int, float]] = {}
        for j, k in zip(*np.nonzero(self.C), strict=True):
            times = math.gcd(j, k)
            for sign in (1, -1) if j and k else (1,) if times else ():
                share = self.C[j, k] / (2 if j and k else 1)
                found.setdefault((int(j) // times, sign * int(k) // times), {})[times] = float(share)
        for (p, q), waves in found.items():
            ends = (min(q, 0) * self.width, (p + max(q, 0)) * self.width)
            w = np.pi * np.array([*waves], float) / self.period
            yield Direction(p, q, ends[0], ends[1], w, np.array([*waves.values()]))


@dataclass(frozen=True, slots=True)
class Direction:
    """A ridge φ(s) = Σ c cos(w s), for s = p X + q Y from `start` to `end`."""

    p: int
    q: int
    start: float
    end: float
    w: Numbers
    c: Numbers

    def __call__(self, s: Numbers) -> Numbers:
        """φ at N points."""
        return np.asarray(np.cos(np.multiply.outer(s, self.w)) @ self.c)

    @property
    def cost(self) -> float:
        """T^2 max |φ''| / 8: the error of the interpolation by one piece.

        |φ''| is at most its largest value on a grid plus half a step times max |φ'''|.
        """
        step = (self.end - self.start) / 1024
        s = np.linspace(self.start, self.end, 1025)
        bend = float(np.abs(np.cos(np.multiply.outer(s, self.w)) @ (self.c * self.w**2)).max())
        curvature = bend + step / 2 * float(np.abs(self.c) @ self.w**3)
        return (self.end - self.start) ** 2 * curvature / 8 * (1 + 1e-9)


def ridges(formula: Expression, low: float, high: float, tolerance: float, most: int) -> tuple[Units, float]:
    """Units that approximate a function of two variables on a square.

    Returns: the units, and a bound on the error.
    Raises: `UserError` if that takes more than `most` units, or the function has a jump or is not bounded.
    """
    waves, error = _fit(formula, low, high, tolerance)
    fitted = fit_bound(formula, waves, high, error + 0.04 * tolerance)
    directions = list(waves.directions())
    costs = np.array([direction.cost for direction in directions])
    pieces = _pieces(costs, 0.999 * tolerance - fitted)
    if pieces.sum() > most:
        raise too_many(int(pieces.sum()), most, tolerance)
    units, missed = _units(waves, directions, pieces)
    interpolated = float((costs / pieces**2).sum()) + missed
    return units, fitted + interpolated + 2 * units.rounding(max(abs(low), abs(high)))


def _pieces(costs: Numbers, budget: float) -> Numbers:
    """How many pieces each ridge gets: the smallest sum for which Σ cost / pieces^2 <= budget, by Lagrange."""
    roots = np.cbrt(costs)
    return np.maximum(1, np.ceil(roots * math.sqrt(roots.sum() / budget)))


def _fit(formula: Expression, low: float, high: float, tolerance: float) -> tuple[Waves, float]:
    """The waves that need the fewest units, and their error on a grid."""
    side = np.linspace(low, high, GRID)
    x, y = np.meshgrid(side, side, indexing="ij")
    target = formula(dict(zip(formula.variables, (x, y), strict=True)))
    best: tuple[float, Waves, float] | None = None
    for stretch, ignored in FITS:
        period, worse = stretch * (high - low), 0
        for count in WAVES:
            A = np.cos(np.multiply.outer(side - low, np.pi * np.arange(count) / period))
            inverse = np.linalg.pinv(A, rcond=ignored)
            C = inverse @ target @ inverse.T
            C[np.abs(C) < 0.02 * tolerance / count] = 0.0
            error = float(np.abs(A @ C @ A.T - target).max())
            if error > 0.8 * tolerance:
                continue
            waves = Waves(low, high - low, period, C)
            costs = np.array([direction.cost for direction in waves.directions()])
            units = float(_pieces(costs, 0.95 * tolerance - error).sum())
            if best is None or units < best[0]:
                best, worse = (units, waves, error), 0
            elif (worse := worse + 1) == PATIENCE:  # more waves only cost more
                break
    if best is None:
        given = f"{len(WAVES)} by {len(WAVES)} waves do not come within a tolerance of {tolerance:g}"
        raise UserError(given, hint="Try a larger tolerance, or a smaller domain")
    return best[1], best[2]


def _units(waves: Waves, directions: Sequence[Direction], pieces: Numbers) -> tuple[Units, float]:
    """The units of all ridges, and the sum of the most that each misses at its knots."""
    W1, b1, W2 = list[Numbers](), list[Numbers](), list[Numbers]()
    b2, missed = float(waves.C[0, 0]), 0.0
    for direction, count in zip(directions, pieces, strict=True):
        knots = np.linspace(direction.start, direction.end, int(count) + 1)
        values = direction(knots)
        at, v = piecewise_linear(knots, values)
        found = values[0] + np.maximum(knots[:, None] - at, 0.0) @ v
        scale = float(np.abs(direction.c).sum()) + float(np.abs(v).sum()) * (direction.end - direction.start)
        missed += float(np.abs(found - values).max()) + UNIT * (len(v) + 64) * scale
        W1.append(np.repeat([[float(direction.p)], [float(direction.q)]], len(v), axis=1))
        b1.append(-(direction.p + direction.q) * waves.low - at)
        W2.append(v)
        b2 += float(values[0])
    weights = np.concatenate(W1, axis=1), np.concatenate(b1), np.concatenate(W2)[:, None]
    return Units(*weights, np.array([b2])), missed


def fit_bound(formula: Expression, waves: Waves, high: float, wanted: float) -> float:
    """A bound on the distance of waves g from a function f on the square, at most `wanted`.

    On each cell, with the center c and the radius r, the smaller of

        |f(c) - g(c)| + r Σ max |∂f - ∂g|      (the mean value form)
        max |f - g(c)| + r Σ max |∂g|          (where f has no bounded slope)

    with |∂g - ∂g(c)| <= r Σ |C| w w'. Cells whose bound is too large are cut in four.

    Raises: `UserError` if cells as small as 1 / 2^19 of the domain still are.
    """
    w, sizes = waves.frequencies, np.abs(waves.C)
    xx, xy, yy = float(w**2 @ sizes.sum(1)), float(w @ sizes @ w), float(sizes.sum(0) @ w**2)
    noise = 64 * UNIT * len(w) * float(sizes.sum()) * (1 + float(w.max()) * (1 + waves.width) * float(w.max() + 1))
    edges = np.linspace(waves.low, high, FIRST + 1)
    x, y = (side.ravel() for side in np.meshgrid(edges[:-1], edges[:-1], indexing="ij"))
    step, largest = (high - waves.low) / FIRST, 0.0
    for _ in range(LEVELS + 1):
        radius = step / 2 * (1 + 1e-9)
        cx, cy = x + step / 2, y + step / 2
        with np.errstate(all="ignore"):
            over = enclose(formula, [cx - radius, cy - radius], [cx + radius, cy + radius])
            point = enclose(formula, [cx, cy], [cx, cy]).value
            g, gx, gy = waves.at(cx, cy)
            slack = (radius * (xx + xy) + noise, radius * (xy + yy) + noise)
            slopes = [Interval(own - more, own + more) for own, more in zip((gx, gy), slack, strict=True)]
            steep = sum((one - other).magnitude for one, other in zip(over.slopes, slopes, strict=True))
            by_slope = (point - Interval(g, g)).magnitude + radius * steep
            by_range = (over.value - Interval(g, g)).magnitude + radius * sum(own.magnitude for own in slopes)
            bounds = (np.fmin(by_slope, by_range) + noise) * (1 + MARGIN)
        wrong = ~(bounds <= wanted)
        largest = max(largest, float(bounds[~wrong].max(initial=0.0)))
        x, y, step = x[wrong], y[wrong], step / 2
        if not len(x):
            return largest
        if 4 * len(x) > MOST_CELLS:
            break
        x, y = np.concatenate([x, x + step, x, x + step]), np.concatenate([y, y, y + step, y + step])
    names = formula.variables
    given = f"no bound was found near {names[0]} = {x[0]:.6g}, {names[1]} = {y[0]:.6g}, where the function may jump"
    raise UserError(given)
