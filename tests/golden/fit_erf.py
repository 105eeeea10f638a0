"""Derive the coefficients of `nncli/nn/normal_distribution.py`, in 400 digits, with the standard library alone.

    python tests/golden/fit_erf.py

prints the tuples that stand in that module, each with its largest relative error before rounding; the test of the
module runs `tables()` and compares. Interpolation at Chebyshev nodes is within a small factor of the minimax error,
so no exchange iteration is needed.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from decimal import Decimal, getcontext

getcontext().prec = 400  # erfc(28) is 1e-343, and 1 - erf loses as many digits
Coefficients = tuple[float, ...]


def arctan_of_inverse(n: int) -> Decimal:
    """Sum of (-1)^k / ((2k + 1) n^(2k + 1))."""
    power = total = Decimal(1) / n
    k = 0
    while abs(power) > Decimal(10) ** -400:
        k, power = k + 1, -power / (n * n)
        total += power / (2 * k + 1)
    return total


PI = 4 * (4 * arctan_of_inverse(5) - arctan_of_inverse(239))  # Machin (1706)


def erf(x: Decimal) -> Decimal:
    """2/sqrt(pi) exp(-x^2) times the sum of 2^k x^(2k+1) / (2k+1)!!, whose terms are all positive."""
    term = total = x
    k = 0
    while term > Decimal(10) ** -400:
        k += 1
        term *= 2 * x * x / (2 * k + 1)
        total += term
    return 2 * total * (-x * x).exp() / PI.sqrt()


def erfcx(x: Decimal) -> Decimal:
    """exp(x^2) erfc(x)."""
    return (1 - erf(x)) * (x * x).exp()


def erf_over_x(u: Decimal) -> Decimal:
    """erf(x) / x as a function of u = x^2."""
    return erf(u.sqrt()) / u.sqrt()


def solve(rows: list[list[Decimal]], right: list[Decimal]) -> list[Decimal]:
    """Gaussian elimination; at 400 digits even these ill-conditioned systems need no pivoting."""
    n = len(rows)
    a = [[*row, value] for row, value in zip(rows, right, strict=True)]
    for c in range(n):
        for r in range(c + 1, n):
            factor = a[r][c] / a[c][c]
            a[r] = [x - factor * y for x, y in zip(a[r], a[c], strict=True)]
    x = [Decimal(0)] * n
    for r in reversed(range(n)):
        x[r] = (a[r][n] - sum(a[r][j] * x[j] for j in range(r + 1, n))) / a[r][r]
    return x


def chebyshev_nodes(count: int) -> list[float]:
    """The zeros of T_count, moved to [0, 1]."""
    return [(1 + math.cos(math.pi * (2 * i + 1) / (2 * count))) / 2 for i in range(count)]


def fit_rational(
    f: Callable[[Decimal], Decimal], m: int, n: int, end: float, k: float
) -> tuple[Coefficients, Coefficients]:
    """P/Q of degrees m/n through f on [0, end]: P - f Q = 0 at the nodes, P(0) = Q(0) = f(0) = 1.

    The nodes are Chebyshev's in t = (x - k) / (x + k), which spreads [0, end] evenly over what varies.
    """
    top = (end - k) / (end + k)
    ts = [(top + 1) * node - 1 for node in chebyshev_nodes(m + n)]
    xs = [Decimal(k * (1 + t) / (1 - t)) for t in ts]
    fs = [f(x) for x in xs]
    rows = [[x**j for j in range(1, m + 1)] + [-y * x**j for j in range(1, n + 1)] for x, y in zip(xs, fs, strict=True)]
    c = solve(rows, [y - 1 for y in fs])
    return tuple(map(float, [*reversed(c[:m]), Decimal(1)])), tuple(map(float, [*reversed(c[m:]), Decimal(1)]))


def fit_polynomial(f: Callable[[Decimal], Decimal], n: int, end: float) -> Coefficients:
    """The polynomial of degree n through f on [0, end]."""
    us = [Decimal(end * node) for node in chebyshev_nodes(n + 1)]
    c = solve([[u**j for j in range(n + 1)] for u in us], [f(u) for u in us])
    return tuple(map(float, reversed(c)))


def tables() -> dict[str, Coefficients]:
    """All coefficients, highest power first."""
    p64, q64 = fit_rational(erfcx, 9, 10, end=28.5, k=3.0)
    p32, q32 = fit_rational(erfcx, 4, 5, end=11.5, k=2.5)
    near = fit_polynomial(erf_over_x, 12, end=1.0)
    return {"ERFCX_P64": p64, "ERFCX_Q64": q64, "ERFCX_P32": p32, "ERFCX_Q32": q32, "ERF_NEAR": near}


def evaluate(coefficients: Coefficients, x: Decimal) -> Decimal:
    """Horner's rule."""
    value = Decimal(0)
    for c in coefficients:
        value = value * x + Decimal(c)
    return value


def main() -> None:
    """Print the tables and the largest relative errors on a grid."""
    t = tables()
    for bits, end in (("64", 28.5), ("32", 11.5)):
        grid = [Decimal(end * (i / 100) ** 2) for i in range(101)]
        p, q = t[f"ERFCX_P{bits}"], t[f"ERFCX_Q{bits}"]
        error = max(abs(evaluate(p, x) / evaluate(q, x) / erfcx(x) - 1) for x in grid)
        print(f"# erfcx for {bits} bits on [0, {end}]: {error:.2e}")
    grid = [Decimal(i / 100) for i in range(1, 101)]
    error = max(abs(evaluate(t["ERF_NEAR"], u) / erf_over_x(u) - 1) for u in grid)
    print(f"# erf(x)/x on [0, 1]: {error:.2e}")
    for name, values in t.items():
        print(f"{name} = (")
        for value in values:
            print(f"    {value!r},")
        print(")")


if __name__ == "__main__":
    main()
