"""The linear pieces of Telgarsky's tent network, and of a shallow network that bends where it does."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nncli.analysis.verdict import Quantity
from nncli.claims.measurements import Context, measurements
from nncli.diagnosis.linear_regions import breakpoints, regions_on_line
from nncli.diagnosis.piecewise_layers import Units, tent
from nncli.registry import option


@measurements.register("tent_regions")
@dataclass(frozen=True, slots=True)
class TentRegions:
    """Tent regions: counts, in exact arithmetic, the linear pieces on [0, 1] of the tent map composed with itself.

    Of one hidden layer, each ReLU unit bends the line in one point at most, so that a unit is needed for each bend.

    Quantities: `regions`, and `bends` between them; `units` of the deep network; `shallow` and `one_less`, the pieces
    of one hidden layer with a unit for each of the bends, and for each but the last.
    Source: Telgarsky (2016).
    """

    depth: int = option(10, "the number of layers, of two ReLU units each", ge=1, le=14)

    def measure(self, context: Context) -> Mapping[str, Quantity]:
        """Build the networks and walk along the interval."""
        deep = tent(self.depth)
        found = regions_on_line(deep, low=0, high=1)
        bends = np.array([float(x) for x in breakpoints(found)])
        return {
            "regions": float(found.linear_regions),
            "bends": float(len(bends)),
            "units": float(sum(len(layer.b) for layer in deep if layer.activation == "relu")),
            "shallow": float(_pieces(bends)),
            "one_less": float(_pieces(bends[:-1])),
        }


def _pieces(bends: NDArray[np.float64]) -> int:
    """The pieces on [0, 1] of Σ_i v_i relu(x - bends[i]), with v_i = -1, 1, -1, ..."""
    hidden = Units(np.ones((1, len(bends))), -bends, "relu")
    v = (-1.0) ** np.arange(1, len(bends) + 1)
    return regions_on_line([hidden, Units(v[:, None], np.zeros(1))], low=0, high=1).linear_regions
