"""Numbers as a person would write them."""

from __future__ import annotations

import math
from collections.abc import Sequence

NOTHING = "–"


def short(value: float | None, digits: int = 4) -> str:
    """A number with a few significant digits: 0.02131, 1.2e-07, 140400; whole numbers keep all digits: 312."""
    if value is None or math.isnan(value):
        return NOTHING
    if math.isinf(value):
        return "∞" if value > 0 else "-∞"
    if value == 0:
        return "0"
    if float(value).is_integer() and abs(value) < 1e6:
        return f"{value:.0f}"
    exponent = int(f"{value:.{digits - 1}e}".split("e")[1])  # of the rounded value: 0.09999… is 0.1000
    if not -4 <= exponent < 6:
        return f"{value:.{digits - 1}g}"
    decimals = digits - 1 - exponent
    return f"{round(value, decimals):.{max(0, decimals)}f}"


def bound_text(bound: float) -> str:
    """A bound with three digits, never less than it is."""
    text = f"{bound:.3g}"
    return text if float(text) >= bound else f"{bound * 1.005:.3g}"


def duration(seconds: float) -> str:
    """A duration in the unit a person would use."""
    if seconds < 0.001:
        return "under 1 ms"
    if seconds < 0.01:
        return f"{seconds * 1000:.0f} ms"
    if seconds < 60:
        return f"{seconds:.2f} s" if seconds < 10 else f"{seconds:.0f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest:02} s"
    return f"{minutes // 60} h {minutes % 60:02} min"


def size(bytes_: int) -> str:
    """A memory size: `120 MB`, `1.5 GB`."""
    if bytes_ < 1_000_000:
        return f"{max(1, round(bytes_ / 1000))} kB"
    megabytes = bytes_ / 1e6
    return f"{megabytes:.0f} MB" if megabytes < 1000 else f"{megabytes / 1000:.1f} GB"


def count(number: int, noun: str) -> str:
    """`1 seed`, `50 seeds`, `2 900 000 parameters`."""
    return f"{grouped(number)} {noun}" + ("" if number == 1 else "s")


def rounded_up(number: int) -> int:
    """An estimate without false precision: 1, 1.5, 2, 3, ... 9 times a power of ten; unchanged up to 10."""
    if number <= 10:
        return number
    scale: int = 10 ** (len(str(number)) - 1)
    return scale * 3 // 2 if scale < number <= scale * 3 // 2 else -(-number // scale) * scale


def seeds_text(seeds: Sequence[int]) -> str:
    """The seed, or the number of seeds: `seed 7`, `50 seeds`."""
    return f"seed {seeds[0]}" if len(seeds) == 1 else count(len(seeds), "seed")


def seed_list(seeds: Sequence[int], most: int = 8) -> str:
    """The numbers of the first seeds: `seed 7`, `seeds 3, 5, 8 and 12 more`."""
    more = f" and {grouped(len(seeds) - most)} more" if len(seeds) > most else ""
    return f"{'seed' if len(seeds) == 1 else 'seeds'} {', '.join(map(str, seeds[:most]))}{more}"


def grouped(number: int) -> str:
    """A whole number; from 10 000, with spaces between thousands."""
    return f"{number:,}".replace(",", " ") if abs(number) >= 10_000 else str(number)


def percent(share: float) -> str:
    """A share as a percentage: `98 %`, `66.7 %`."""
    text = f"{100 * share:.1f}"
    return f"{text.removesuffix('.0')} %"


def quantiles(values: Sequence[float]) -> tuple[float, float, float]:
    """The 5 %, 50 % and 95 % points, by linear interpolation; the nearest values if some are infinite."""
    import numpy as np

    x = np.asarray(values, float)
    with np.errstate(over="ignore", invalid="ignore"):
        is_finite = np.isfinite(x.max() - x.min())  # otherwise interpolation is undefined
    low, middle, high = np.quantile(x, [0.05, 0.5, 0.95], method="linear" if is_finite else "nearest")
    return float(low), float(middle), float(high)


BLOCK_HEIGHTS = "▁▂▃▄▅▆▇█"


def sparkline(values: Sequence[float], width: int = 16) -> str:
    """Positive values as a small logarithmic curve over the whole series."""
    finite = [v for v in values if v is not None and math.isfinite(v) and v > 0]
    if not finite:
        return ""
    step = max(1, len(finite) / width)
    picked = [math.log(finite[min(int(i * step), len(finite) - 1)]) for i in range(min(width, len(finite)))]
    low, high = min(picked), max(picked)
    span = (high - low) or 1.0
    return "".join(BLOCK_HEIGHTS[round((v - low) / span * (len(BLOCK_HEIGHTS) - 1))] for v in picked)


SURE = 0.001


def p_value(p: float, equals: str = "") -> str:
    """A p-value in two digits, with `equals` before it: `0.012`; below 0.001 only that: `< 0.001`."""
    return f"< {SURE}" if p < SURE else f"{equals}{p:.2g}"
