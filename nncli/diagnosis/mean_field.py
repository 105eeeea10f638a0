"""Mean-field theory of wide dense networks at initialization: the variance of signals and gradients, and criticality.

In a layer of many units with independent weights of mean 0 and variance sigma_w2 / n_in, and biases of variance
sigma_b2, pre-activations are Gaussian: one number, q = E[z²], describes them. Below, z is standard normal:

    q_next = sigma_w2 E[f(√q z)²] + sigma_b2              length map, with the fixed point q*
    chi_1  = sigma_w2 E[f'(√q z)²]                        factor on the squared gradient, from a layer to the one before
    c_next = (sigma_w2 E[f(u) f(v)] + sigma_b2) / q*      correlation map; u and v of variance q* and correlation c
    xi_c   = -1 / log(sigma_w2 E[f'(u) f'(v)])            depth scale in layers, at the stable fixed point c*

At criticality chi_1 = 1 at q*. Dropout that keeps a share `keep` divides sigma_w2 by it wherever a square is averaged.
Source: Poole et al. (2016); Schoenholz, Gilmer, Ganguli & Sohl-Dickstein (2017).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nncli.analysis.forecast_record import Critical, DepthScale
from nncli.diagnosis.root import root
from nncli.nn.activations import Activation, learned_parameters
from nncli.nn.arrays import Array
from nncli.nn.program import Program

Numbers = NDArray[np.float64]

TINY, HUGE = 1e-30, 1e30
"""A variance below is taken as 0, one above as infinite."""

GRID = np.geomspace(1e-5, 1e8, 400)
"""The variances among which a critical point is looked for."""

TERMS = 400
"""Hermite polynomials in the expansion of a correlation."""

EQUAL = 1e-9
"""Relative difference below which two averages count as equal."""


def _rule() -> tuple[Numbers, Numbers]:
    """Nodes and weights of E[f(z)]: Gauss-Legendre on panels that shrink toward 0, where activations bend or jump."""
    x, w = np.polynomial.legendre.leggauss(16)
    edges = np.concatenate([[0.0], np.geomspace(1e-6, 1.0, 20), np.linspace(1.0, 12.0, 12)[1:]])
    half, middle = np.diff(edges)[:, None] / 2, (edges[1:] + edges[:-1])[:, None] / 2
    z = (middle + half * x).ravel()
    weights = (half * w).ravel() * np.exp(-z * z / 2) / math.sqrt(2 * math.pi)
    return np.concatenate([-z[::-1], z]), np.concatenate([weights[::-1], weights])


Z, WEIGHTS = _rule()


@dataclass(frozen=True)
class Moments:
    """Gaussian averages of an activation f as it is initialized; q is a number or an array, and so is the result."""

    f: Activation

    def square(self, q: Numbers | float) -> Numbers:
        """E[f(√q z)²]."""
        return self._mean_square(self._value, q)

    def slope(self, q: Numbers | float) -> Numbers:
        """E[f'(√q z)²]; at q = 0 its limit, to which a bend at 0 contributes with both sides."""
        return self._mean_square(self._derivative, np.maximum(q, TINY))

    def hermite(self, q: float) -> tuple[Numbers, Numbers]:
        """Squared coefficients of f(√q z) and f'(√q z) in normalized Hermite polynomials, (TERMS,) each.

        E[f(u) f(v)] = Σ a_k² c^k (Mehler). The rest of the series is counted as if it were of the last degree.
        """
        z = math.sqrt(q) * Z
        both = np.stack([self._value(z), self._derivative(z)]) * WEIGHTS
        squares = np.empty((2, TERMS))
        before, h = np.zeros_like(Z), np.ones_like(Z)
        for k in range(TERMS):
            squares[:, k] = (both @ h) ** 2
            before, h = h, (Z * h - math.sqrt(k) * before) / math.sqrt(k + 1)
        for row, whole in zip(squares, (self.square(q), self.slope(q)), strict=True):
            row[-1] += max(0.0, float(whole) - row.sum())
        return squares[0], squares[1]

    def _mean_square(self, function: Callable[[Numbers], Numbers], q: Numbers | float) -> Numbers:
        scale = np.sqrt(np.asarray(q, np.float64))[..., None]
        found: Numbers = np.square(function(scale * Z)) @ WEIGHTS
        return found

    def _value(self, z: Numbers) -> Numbers:
        column = np.ascontiguousarray(z).reshape(1, -1, 1)
        on, a = Program(), np.empty_like(column)
        self.f.forward(on, column, a, *self._learned())
        on.run()
        return a.reshape(z.shape)

    def _derivative(self, z: Numbers) -> Numbers:
        column = np.ascontiguousarray(z).reshape(1, -1, 1)
        on, a, dz = Program(), np.empty_like(column), np.empty_like(column)
        learned = self._learned()
        self.f.forward(on, column, a, *learned)
        self.f.backward(on, column, a, np.ones_like(column), dz, *learned, *map(np.zeros_like, learned))
        on.run()
        return dz.reshape(z.shape)

    def _learned(self) -> list[Array]:
        specs = learned_parameters(self.f, 1)
        return [spec.initializer.values(np.zeros((1, 1, *spec.shape)), 1, 1) for spec in specs]


def fixed_point(f: Activation, sigma_w2: float, sigma_b2: float, q: float, keep: float = 1.0) -> float:
    """The fixed point q* to which the length map leads from q: 0 or infinity if it has none on the way.

    The map increases, so the first fixed point in the direction of the first step is the one.
    """
    moments = Moments(f)

    def change(of: float) -> float:
        """(q_next - q) / q."""
        found = (sigma_w2 / keep * float(moments.square(of)) + sigma_b2) / of - 1
        return 0.0 if abs(found) < EQUAL * 1e-3 else found

    q = max(q, 1e-12)
    first = change(q)
    if first == 0:
        return q
    factor = 1.2 if first > 0 else 1 / 1.2
    while TINY < q < HUGE:
        if change(q * factor) * first <= 0:
            found = root(change, q, q * factor, 1e-300, 1e-13)
            return 0.0 if found < EQUAL and sigma_b2 == 0 else found  # so slow that it is lost in rounding
        q *= factor
    return 0.0 if q <= TINY else math.inf


def depth_scale(f: Activation, sigma_w2: float, sigma_b2: float, q: float = 1.0, keep: float = 1.0) -> DepthScale:
    """The depth scales of equal layers whose first pre-activations have variance q."""
    star = fixed_point(f, sigma_w2, sigma_b2, q, keep)
    chi_1 = sigma_w2 / keep * float(Moments(f).slope(min(star, HUGE)))
    if star == 0 or math.isinf(star):
        gradient = _scale(chi_1)
        return DepthScale(star, chi_1, 1.0, gradient, gradient)
    a, b = Moments(f).hermite(star)
    powers = np.arange(TERMS)

    def change(c: float) -> float:
        return (sigma_w2 * float(a @ c**powers) + sigma_b2) / star - c

    c = 1.0
    if chi_1 > 1 + EQUAL or keep < 1:
        top = 1.0 if keep < 1 else 1 - 1e-9
        c = root(change, 0.0, top) if change(0.0) > 0 > change(top) else 0.0 if change(0.0) <= 0 else 1.0
    return DepthScale(star, chi_1, c, _scale(sigma_w2 * float(b @ c**powers)), _scale(chi_1))


def _scale(factor: float) -> float:
    """The number of layers in which a factor per layer adds up to e, up or down."""
    if abs(factor - 1) < EQUAL:
        return math.inf
    return 1 / abs(math.log(factor)) if factor > 0 else 0.0


def critical(f: Activation, sigma_b2: float, keep: float = 1.0) -> Critical | None:
    """The critical initialization for a given variance of biases; None if there is none that is stable.

    Criticality at q means sigma_w2 = keep / E[f'²], and q is a fixed point if sigma_b2 = q - E[f²] / E[f'²]: a
    root in q. Stable means that a variance near q* stays near it. A function with two slopes keeps every variance at
    the same sigma_w2: for relu 2, as He et al. (2015).
    """
    moments = Moments(f)
    few = moments.slope(np.array([1e-4, 1.0, 1e4]))
    if not few.all():
        return None
    if np.ptp(few) < EQUAL * few[0]:  # f(s z) = s f(z): the slope does not depend on the scale
        return Critical(keep / float(few[0]), sigma_b2, math.inf if sigma_b2 > 0 else math.nan)
    found = []
    if sigma_b2 == 0 and moments.square(0.0) == 0:
        limit = float(moments.slope(0.0))
        if float(moments.square(GRID[0])) / limit < GRID[0]:
            found.append(Critical(keep / limit, 0.0, 0.0))
    biases = _bias_variance(moments, GRID) - sigma_b2
    for i in np.flatnonzero(biases[1:] * biases[:-1] < 0):
        low, high = float(GRID[i]), float(GRID[i + 1])
        q = root(lambda q: float(_bias_variance(moments, q)) - sigma_b2, low, high, 1e-300)
        if _stability(moments, q) <= 1:
            found.append(Critical(keep / float(moments.slope(q)), sigma_b2, q))
    return found[0] if found else None


def critical_with_biases(f: Activation, keep: float = 1.0) -> Critical | None:
    """The critical initialization at which a variance near q* neither grows nor shrinks: it fixes sigma_b2, too.

    For functions such as gelu and swish, which have no stable one without biases.
    Source: Roberts, Yaida & Hanin (2022), The principles of deep learning theory, section 5.3.
    """
    moments = Moments(f)
    if not moments.slope(1.0):
        return None
    excess = np.array([_stability(moments, q) - 1 for q in GRID[::4]])
    for i in np.flatnonzero((excess[:-1] > 0) & (excess[1:] < 0)):
        low, high = float(GRID[4 * i]), float(GRID[4 * (i + 1)])
        q = root(lambda q: _stability(moments, q) - 1, low, high)
        sigma_b2 = float(_bias_variance(moments, q))
        if sigma_b2 > 0:
            return Critical(keep / float(moments.slope(q)), sigma_b2, q)
    return None


def _bias_variance(moments: Moments, q: Numbers | float) -> Numbers:
    """The sigma_b2 with which q is a critical fixed point."""
    found: Numbers = q - moments.square(q) / moments.slope(q)
    return found


def _stability(moments: Moments, q: float) -> float:
    """dq_next / dq at a critical q: above 1, a variance near it moves away."""
    above, below = moments.square(q * 1.0001), moments.square(q * 0.9999)
    return float((above - below) / (0.0002 * q * moments.slope(q)))
