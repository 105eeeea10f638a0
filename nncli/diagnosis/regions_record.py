"""Counts of linear regions as plain data, for JSON."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from statistics import median
from typing import Any

from nncli.diagnosis.linear_regions import Regions, breakpoints
from nncli.diagnosis.network_regions import SeedRegions
from nncli.diagnosis.region_domain import Domain

LONG = 10_000
"""Bits from which a fraction has no text: it would have thousands of digits."""


def regions_record(domain: Domain, found: Sequence[SeedRegions]) -> dict[str, object]:
    """The object of `--json`, apart from what was counted.

    `regions` and `activation_regions` are of the last kind of weights; of several seeds, they are medians.
    """
    last = [each.regions for each in found if each.weights == found[-1].weights]
    return {
        "domain": {
            "start": [text(x) for x in domain.start],
            "directions": [[text(x) for x in direction] for direction in domain.directions],
            "box": None if domain.box is None else [[text(low), text(high)] for low, high in domain.box],
        },
        "regions": median(each.linear_regions for each in last),
        "activation_regions": median(each.activation_regions for each in last),
        "at_most": _bound(max(each.at_most for each in found)),
        "networks": [
            {
                "seed": each.seed,
                "weights": each.weights,
                "regions": each.regions.linear_regions,
                "activation_regions": each.regions.activation_regions,
                **_geometry(domain, each.regions),
            }
            for each in found
        ],
    }


def _geometry(domain: Domain, regions: Regions[Any]) -> dict[str, object]:
    """The breakpoints on a line, or the activation regions in a plane, each with the number of its linear region."""
    if len(domain.directions) == 1:
        return {
            "breakpoints": [
                {"fraction": text(t), "float": number(t), "inputs": [number(x) for x in domain.point([t])]}
                for t in breakpoints(regions)
            ]
        }
    return {
        "polygons": [
            {"region": region, "corners": [[number(Fraction(x, w)), number(Fraction(y, w))] for x, y, w in corners]}
            for region, corners in zip(regions.region, (piece.cell.corners for piece in regions.pieces), strict=True)
        ]
    }


def _bound(value: int) -> int | float:
    """A bound as a number that every reader of JSON understands; infinite, so null, beyond the range of floats."""
    return value if value < 2**53 else number(Fraction(value))


def text(value: Fraction) -> str | None:
    """A fraction as `-1/3` or `2`; None if it is too long to write."""
    if max(value.numerator.bit_length(), value.denominator.bit_length()) > LONG:
        return None
    return str(value)


def number(value: Fraction) -> float:
    """The nearest float; infinite beyond their range."""
    try:
        return float(value)
    except OverflowError:
        return float("inf") if value > 0 else float("-inf")
