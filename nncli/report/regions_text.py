"""Counts of linear regions in words: a table of the weights, and the breakpoints."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction

from nncli.config.experiment import Design
from nncli.report.headline import network_text, output_activation
from nncli.report.numbers import count, grouped, quantiles, seeds_text, short

COLUMNS = (("weights", "left"), ("linear regions", "right"), ("activation regions", "right"), ("at most", "right"))

SHOWN = 24
"""The most breakpoints that are listed."""


def regions_headline(design: Design, seeds: Sequence[int], where: str) -> str:
    """What was counted: `sine   1 → 32 relu → 1 linear   seed 0   whole line`."""
    return "   ".join([design.name, network_text(design), seeds_text(seeds), where])


def regions_cells(counts: Mapping[str, Sequence[tuple[int, int]]], at_most: int) -> list[list[str]]:
    """A row for each kind of weights.

    Args:
        counts: for each kind, the linear and activation regions of every seed.
        at_most: the upper bound.
    """
    rows = []
    for weights, pairs in counts.items():
        linear, activation = zip(*pairs, strict=True)
        rows.append([weights, _over_seeds(linear), _over_seeds(activation), _large(at_most)])
    return rows


def regions_notes(
    counts: Mapping[str, Sequence[tuple[int, int]]], breakpoints: Sequence[Fraction] | None, name: str
) -> Iterator[str]:
    """What the numbers mean, and the breakpoints of a single network on a line.

    Args:
        counts: as in `regions_cells`.
        breakpoints: None if there are none to list.
        name: of the coordinate.
    """
    if breakpoints is not None:
        shown = ", ".join(short(float(value)) for value in breakpoints[:SHOWN])
        more = f" and {count(len(breakpoints) - SHOWN, 'more')}".removesuffix("s") if len(breakpoints) > SHOWN else ""
        yield f"{name} = {shown}{more}" if breakpoints else "no breakpoints: one affine function everywhere"
    if any(linear != activation for pairs in counts.values() for linear, activation in pairs):
        yield "adjacent activation regions with the same affine function are one linear region"
    if any(len(pairs) > 1 for pairs in counts.values()):
        yield "over seeds: median (5–95 %)"


def z_note(design: Design) -> str:
    """That the regions are those of z."""
    return f"the regions are those of z, before the output's {output_activation(design)}"


def _over_seeds(values: Sequence[int]) -> str:
    """One number, or the median and the range over seeds."""
    if len(values) == 1:
        return grouped(values[0])
    low, middle, high = quantiles(values)
    return f"{short(middle)} ({short(low)}–{short(high)})"


def _large(number: int) -> str:
    """A bound, which may have hundreds of digits."""
    return grouped(number) if number < 10**9 else f"10^{int(math.log10(number))}"
