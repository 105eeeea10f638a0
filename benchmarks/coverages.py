"""How often the 95 % intervals of `nncli.analysis` hold the truth: README.md says how to read it."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, get_args

import numpy as np
from numpy.typing import NDArray

from nncli.analysis.bootstrap import centre_of, estimate
from nncli.analysis.intervals import bonett_price, median_interval, wilson
from nncli.analysis.metric_names import Centre
from nncli.analysis.survival import kaplan_meier

Draw = Callable[[np.random.Generator, tuple[int, ...]], NDArray[Any]]
LOW, HIGH = 0.93, 0.97
SIZES = (6, 20, 50)


@dataclass(frozen=True, slots=True)
class Coverage:
    """What share of the intervals held the truth, and where they were tried."""

    interval: str
    case: str
    n: int
    share: float

    @property
    def inside(self) -> bool:
        """Whether the share is between 93 and 97 %."""
        return LOW <= self.share <= HIGH


def _two_humps(random: np.random.Generator, shape: tuple[int, ...]) -> NDArray[Any]:
    """Losses of networks of which a third is stuck."""
    stuck = random.random(shape) < 0.34
    return np.where(stuck, 0.35 + 0.02 * random.standard_normal(shape), 0.02 + 0.004 * random.standard_normal(shape))


def _rare_failures(random: np.random.Generator, shape: tuple[int, ...]) -> NDArray[Any]:
    """Losses of networks of which three in a hundred are stuck."""
    stuck = random.random(shape) < 0.03
    return np.where(stuck, 0.35 + 0.02 * random.standard_normal(shape), 0.02 + 0.004 * random.standard_normal(shape))


DISTRIBUTIONS: dict[str, Draw] = {
    "normal": lambda random, shape: random.standard_normal(shape),
    "uniform": lambda random, shape: random.random(shape),
    "exponential": lambda random, shape: random.exponential(size=shape),
    "lognormal": lambda random, shape: random.lognormal(size=shape),
    "t, 3 degrees": lambda random, shape: random.standard_t(3, shape),
    "two humps": _two_humps,
    "rare failures": _rare_failures,
}


def coverages(repeat: int) -> Iterator[Coverage]:
    """Every interval in every case; simulated `repeat` times, but exact for Wilson's."""
    yield from _wilson()
    yield from _bonett_price(repeat)
    yield from _bootstrap(repeat)
    yield from _median_time(repeat)
    yield from _median(repeat)


def _median(repeat: int) -> Iterator[Coverage]:
    """The interval that `evaluate` prints, which is exact: of continuous distributions 95 % or more."""
    random = np.random.default_rng(5)
    for case, draw in DISTRIBUTIONS.items():
        truth = float(np.median(draw(random, (1_000_000,))))
        for n in (6, *SIZES):
            found = [median_interval(values)[:2] for values in draw(random, (repeat, n)).tolist()]
            yield Coverage("median, order statistics", case, n, float(np.mean([a <= truth <= b for a, b in found])))


def _wilson() -> Iterator[Coverage]:
    for n in SIZES:
        ends = [wilson(k, n) for k in range(n + 1)]
        for p in (0.5, 0.66, 0.8, 0.9, 0.95, 0.98):
            chances = [math.comb(n, k) * p**k * (1 - p) ** (n - k) for k in range(n + 1)]
            hits = [chance for chance, (low, high) in zip(chances, ends, strict=True) if low <= p <= high]
            yield Coverage("Wilson", f"p = {p}", n, math.fsum(hits))


def _bonett_price(repeat: int) -> Iterator[Coverage]:
    """Solved or not under two variants that share their seeds: half of the seeds are as hard for either."""
    for n in SIZES:
        for p, q in ((0.5, 0.5), (0.9, 0.66), (0.98, 0.9), (0.98, 0.66)):
            shared, hardness, *own = np.random.default_rng(n).random((4, repeat, n))
            solved = np.where(shared < 0.5, hardness, own) < np.reshape((p, q), (2, 1, 1))
            first = np.count_nonzero(solved[0] & ~solved[1], axis=1).tolist()
            second = np.count_nonzero(solved[1] & ~solved[0], axis=1).tolist()
            ends = [bonett_price(a, b, n) for a, b in zip(first, second, strict=True)]
            yield Coverage("Bonett-Price", f"p = {p}, {q}", n, sum(low <= p - q <= high for low, high in ends) / repeat)


def _bootstrap(repeat: int) -> Iterator[Coverage]:
    for name, draw in DISTRIBUTIONS.items():
        population = draw(np.random.default_rng(0), (4_000_000,))
        for centre in get_args(Centre):
            truth = math.exp(0.5) if (name, centre) == ("lognormal", "mean") else float(centre_of(population, centre))
            for n in SIZES:
                found = estimate(draw(np.random.default_rng(n), (repeat, n)), centre)
                share = np.mean((found.low <= truth) & (truth <= found.high))
                yield Coverage(centre.replace("_", " "), name, n, float(share))


def _median_time(repeat: int) -> Iterator[Coverage]:
    """Lognormal times to solve, median 1; a share of the seeds is not solved at the horizon."""
    for unsolved, horizon in ((0.0, math.inf), (0.2, math.exp(0.8416)), (0.4, math.exp(0.2533))):
        for n in SIZES:
            times = np.random.default_rng(n).lognormal(size=(repeat, n))
            hits = 0
            for time in times:
                _, low, high = kaplan_meier(np.minimum(time, horizon), time < horizon).median()
                hits += (math.inf if low is None else low) <= 1 <= (math.inf if high is None else high)
            yield Coverage("Kaplan-Meier median", f"{unsolved:.0%} unsolved", n, hits / repeat)
