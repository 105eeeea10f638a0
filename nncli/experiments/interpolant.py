"""A piecewise-linear interpolant as one hidden layer of relu units, with a bound on its error."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from nncli.errors import UserError
from nncli.tasks.enclosures import MARGIN, Interval, Numbers, enclose
from nncli.tasks.expressions import Expression

UNIT = float(np.finfo(np.float64).eps)
"""Twice the largest relative error of one operation in float64."""

CELLS, FEW = 64, 8
"""The cells of a segment that are bounded one by one: more waste fewer units, as the bound is closer, but take time."""

FIRST, LEVELS = 64, 16
"""The segments in which jumps are sought, and how often each is halved."""

MOST_JUMPS = 64

TRIED = 24
"""The ends of a segment that are tried at once."""


@dataclass(frozen=True, slots=True)
class Units:
    """A hidden layer of relu units and a linear output unit: W1 (k, n), b1 (n,), W2 (n, 1), b2 (1,)."""

    W1: Numbers
    b1: Numbers
    W2: Numbers
    b2: Numbers

    @property
    def count(self) -> int:
        """The number of hidden units."""
        return len(self.b1)

    def __call__(self, x: Numbers) -> Numbers:
        """The outputs (N,) for inputs (N, k)."""
        return np.asarray((np.maximum(x @ self.W1 + self.b1, 0.0) @ self.W2 + self.b2)[:, 0])

    def rounding(self, reach: float) -> float:
        """The most that float64 changes an output, whatever the order of its sums, for inputs of at most `reach`.

        γ Σ |W2| (|W1|ᵀ reach + |b1|) + γ |b2|,   γ = 2 u (n + k + 4)
        Source: Higham (2002), Accuracy and Stability of Numerical Algorithms, section 3.1.
        """
        sizes = reach * np.abs(self.W1).sum(axis=0) + np.abs(self.b1)
        gamma = UNIT * (self.count + len(self.W1) + 4)
        return float(gamma * (np.abs(self.W2[:, 0]) @ sizes + np.abs(self.b2[0])))


def piecewise_linear(knots: Numbers, values: Numbers) -> tuple[Numbers, Numbers]:
    """The piecewise-linear function through points as relu units: values[0] + Σ_i v_i relu(x - knots[i]).

    v_i = s_i - s_(i-1), with the slopes s_i from knot i to i + 1 and s_(-1) = 0.

    Returns: the knots without the last, and v.
    """
    slopes = np.diff(values) / np.diff(knots)
    return knots[:-1], np.diff(slopes, prepend=0.0)


def interpolant(
    formula: Expression, low: float, high: float, tolerance: float, most: int
) -> tuple[Units, float, tuple[tuple[float, float], ...]]:
    """Units that interpolate a function of one variable between knots placed as far apart as the tolerance allows.

    Where the function jumps, the knots enclose the jump within 1 / 2^22 of the domain.

    Returns: the units, a bound on the error outside the jumps, and the intervals of the jumps.
    Raises: `UserError` if that takes more than `most` units, or the function is not bounded.
    """
    wanted = 0.999 * tolerance
    jumps = _jumps(formula, low, high, wanted, most)
    knots, start = [low], low
    for jump in (*jumps, (high, high)):
        if jump[0] > start:
            knots += _farthest(formula, start, jump[0], wanted)
        start = jump[1]
        if start > knots[-1]:
            knots.append(start)
    t = np.array(knots)
    values = formula({formula.variables[0]: t})
    at, v = piecewise_linear(t, values)
    units = Units(np.ones((1, len(at))), -at, v[:, None], values[:1])
    if units.count > most:
        raise too_many(units.count, most, tolerance)
    excluded = np.isin(t[:-1], [jump[0] for jump in jumps])
    bounds = segment_bounds(formula, t[:-1], t[1:], values[:-1], values[1:])[~excluded]
    # The network is linear between knots: its distance from the interpolant is largest at one of them.
    missed = float(np.abs(units(t[:, None]) - values).max())
    bound = float(bounds.max(initial=0.0)) + missed + 2 * units.rounding(max(abs(low), abs(high)))
    return units, bound, tuple(jumps)


def too_many(needed: int, most: int, tolerance: float) -> UserError:
    """The refusal of a network that would be too large."""
    given = f"a tolerance of {tolerance:g} would need about {needed:,} units"
    return UserError(given, allowed=f"At most {most:,}", hint="Try a larger tolerance")


def segment_bounds(
    formula: Expression, left: Numbers, right: Numbers, first: Numbers, last: Numbers, cells: int = CELLS
) -> Numbers:
    """A bound on the distance of a function from the chord between its values `first` (N,) and `last` (N,).

    Each is on one of N segments, from `left` (N,) to `right` (N,).

    On each of the `cells` X of a segment, with the center c, the radius r, and the chord p of slope s,
    the smaller of

        |f(c) - p(c)| + r max |f'(X) - s|      (the mean value form)
        max |f(X) - p(X)|                      (where f has no bounded slope)
    """
    share = np.arange(cells + 1) / cells
    edges = left[:, None] + (right - left)[:, None] * share
    edges[:, -1] = right
    lows, highs = edges[:, :-1].ravel(), edges[:, 1:].ravel()
    centers = lows + (highs - lows) / 2
    radius = np.maximum(centers - lows, highs - centers) * (1 + MARGIN)
    with np.errstate(all="ignore"):
        width = Interval.around(right - left, right - left)
        rise = Interval.around(last - first, last - first)
        inverse = Interval.around(1 / width.high, 1 / width.low)
        slope, base, origin = (
            Interval(np.repeat(own.low, cells), np.repeat(own.high, cells))
            for own in (rise * inverse, Interval(first, first), Interval(left, left))
        )
        over, point = enclose(formula, [lows], [highs]), enclose(formula, [centers], [centers])
        at_center = point.value - (base + slope * (Interval(centers, centers) - origin))
        by_slope = at_center.magnitude + radius * (over.slopes[0] - slope).magnitude
        by_range = (over.value - (base + slope * (Interval(lows, highs) - origin))).magnitude
        bounds = np.fmin(by_slope, by_range) * (1 + MARGIN)
    return np.asarray(np.where(np.isnan(bounds), np.inf, bounds).reshape(-1, cells).max(axis=1))


def _at_ends(formula: Expression, left: Numbers, right: Numbers) -> tuple[Numbers, Numbers]:
    """The values at both ends of segments."""
    name = formula.variables[0]
    return formula({name: left}), formula({name: right})


def _jumps(formula: Expression, low: float, high: float, wanted: float, most: int) -> list[tuple[float, float]]:
    """The smallest intervals on which no bound is found: those of jumps. Raises: `UserError`, see `interpolant`."""
    scale = 1
    while (halved := _halved(formula, low, high, scale**2 * wanted, 4 * most)) is None:
        scale *= 4  # as many times fewer units, for a smooth function
    done, left, right = halved
    if scale * done > 2 * most:
        raise too_many(scale * done, most, wanted / 0.999)
    found = list[tuple[float, float]]()
    for a, b in sorted(zip(left.tolist(), right.tolist(), strict=True)):
        if found and found[-1][1] == a:
            found[-1] = (found[-1][0], b)
        else:
            found.append((a, b))
    if found:
        _check_jumps(formula, found)
    return found


def _halved(
    formula: Expression, low: float, high: float, wanted: float, most: int
) -> tuple[int, Numbers, Numbers] | None:
    """Halve the domain until every segment has its bound, or is the smallest.

    Returns: the number of those with the bound, and the ends of the others; None if that takes more than `most`.
    """
    edges = np.linspace(low, high, FIRST + 1)
    left, right, done = edges[:-1], edges[1:], 0
    for level in range(LEVELS + 1):
        wrong = segment_bounds(formula, left, right, *_at_ends(formula, left, right), FEW) > wanted
        done += int((~wrong).sum())
        left, right = left[wrong], right[wrong]
        if done + len(left) > most:
            return None
        if not len(left):
            break
        if level < LEVELS:
            middle = left + (right - left) / 2
            left, right = np.concatenate([left, middle]), np.concatenate([middle, right])
    return done, left, right


def _check_jumps(formula: Expression, jumps: list[tuple[float, float]]) -> None:
    name = formula.variables[0]
    if len(jumps) > MOST_JUMPS:
        raise UserError(f"it jumps at {len(jumps)} places, the first near {name} = {jumps[0][0]:.6g}")
    ends = [np.array(side) for side in zip(*jumps, strict=True)]
    unbounded = ~np.isfinite(enclose(formula, [ends[0]], [ends[1]]).value.magnitude)
    if unbounded.any():
        raise UserError(f"the function is not known to be bounded near {name} = {ends[0][unbounded][0]:.6g}")


def _farthest(formula: Expression, start: float, end: float, wanted: float) -> list[float]:
    """Knots after `start` up to `end`, each as far from the one before as has been found to keep the bound."""
    knots, at = list[float](), start
    while at < end:
        halves = at + (end - at) * np.exp2(-np.arange(TRIED, dtype=np.float64))
        halves[0] = end
        starts = np.full(TRIED, at)
        good = segment_bounds(formula, starts, halves, *_at_ends(formula, starts, halves)) <= wanted
        if not good.any():
            raise UserError(f"no bound was found near {formula.variables[0]} = {at:.6g}")
        first = int(np.argmax(good))
        reached = float(halves[first])
        if first:
            further = np.linspace(reached, float(halves[first - 1]), TRIED + 2)[1:-1]
            fits = segment_bounds(formula, starts, further, *_at_ends(formula, starts, further)) <= wanted
            reached = float(further[fits].max(initial=reached))
        at = reached
        knots.append(at)
    return knots
