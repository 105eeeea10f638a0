"""The variance of a signal through many layers, in the mean-field theory of wide networks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from nncli.analysis.verdict import Quantity
from nncli.claims.measurements import Context, measurements
from nncli.diagnosis.mean_field import Moments, critical_with_biases
from nncli.nn.activations import Activation, activations
from nncli.registry import option


@measurements.register("signal")
@dataclass(frozen=True, slots=True)
class Signal:
    """Signal: how the variance q of pre-activations changes from layer to layer of a wide network.

        q_next = sigma_w2 E[f(√q z)²] + sigma_b2,   z ~ N(0, 1)

    Quantities: `variance`, q after `layers` maps with sigma_b2 = 0; and `critical` where biases make a critical point,
    as of gelu and swish: q after as many with its sigma_w2 and sigma_b2, from twice its q and relative to that.
    Source: Poole et al. (2016).
    """

    activation: Activation = option(help="an activation", part_of=activations)
    sigma_w2: float = option(help="n_in times the variance of the weights: 1 for Xavier, 2 for He", gt=0)
    start: float = option(1.0, "q of the first layer", gt=0)
    layers: int = option(50, "how often the map is applied", ge=1, le=10_000)

    def measure(self, context: Context) -> Mapping[str, Quantity]:
        """Iterate the map."""
        found: dict[str, Quantity] = {"variance": self._after(self.start, self.sigma_w2, 0.0)}
        if (point := critical_with_biases(self.activation)) is not None:
            start = 2 * point.q
            found["critical"] = self._after(start, point.sigma_w2, point.sigma_b2) / start
        return found

    def _after(self, q: float, sigma_w2: float, sigma_b2: float) -> float:
        moments = Moments(self.activation)
        for _ in range(self.layers):
            q = sigma_w2 * float(moments.square(q)) + sigma_b2
        return q
