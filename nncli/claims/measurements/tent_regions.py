"""The linear pieces of Telgarsky's tent network."""

from __future__ import annotations

import bisect
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from nncli.analysis.verdict import Quantity
from nncli.claims.measurements import Context, measurements
from nncli.diagnosis.linear_regions import most_regions, regions_on_line
from nncli.diagnosis.piecewise_layers import Units, tent
from nncli.registry import option


@measurements.register("tent_regions")
@dataclass(frozen=True, slots=True)
class TentRegions:
    """Tent regions: counts, in exact arithmetic, the linear pieces on [0, 1] of the tent map composed with itself.

    Quantities: `regions`; `units` of the deep network; `width`, the fewest ReLU units of one hidden layer for as many
    pieces, which bends once for each.
    Source: Telgarsky (2016).
    """

    depth: int = option(10, "the number of layers, of two ReLU units each", ge=1, le=14)

    def measure(self, context: Context) -> Mapping[str, Quantity]:
        """Build the network and walk along the interval."""
        regions = regions_on_line(tent(self.depth), low=0, high=1).linear_regions
        width = bisect.bisect_left(range(regions + 1), regions, key=_most)
        return {"regions": float(regions), "units": 2.0 * self.depth, "width": float(width)}


def _most(units: int) -> int:
    """The most pieces of one hidden layer on a line."""
    return most_regions([Units(np.ones((1, units)), np.zeros(units), "relu")], 1)
