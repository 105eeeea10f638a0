"""The shape of an activation: its steepest slope and its lowest value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nncli.analysis.verdict import Quantity
from nncli.claims.measurements import Context, measurements
from nncli.errors import UserError
from nncli.nn.activations import Activation, activations, learned_parameters
from nncli.nn.program import Program
from nncli.registry import option


@measurements.register("activation")
@dataclass(frozen=True, slots=True)
class ActivationShape:
    """Activation: measures f and its slope f' from z = -20 to 20, in steps of 0.0001.

    Quantities: `slope_max` and where it is, `slope_max_at`; `minimum` and `minimum_at`; `left` = f(-20).
    """

    name: Activation = option(help="an activation without parameters of its own", part_of=activations)

    def measure(self, context: Context) -> Mapping[str, Quantity]:
        """On the grid, through the functions that training uses."""
        if learned_parameters(self.name, 1) or self.name.couples_units:
            raise UserError("only an activation of one number, without parameters, has a shape")
        z = np.arange(-200_000, 200_001) / 10_000
        a, slope = curve(self.name, z)
        steepest, lowest = int(slope.argmax()), int(a.argmin())
        return {
            "slope_max": float(slope[steepest]),
            "slope_max_at": float(z[steepest]),
            "minimum": float(a[lowest]),
            "minimum_at": float(z[lowest]),
            "left": float(a[0]),
        }


def curve(function: Activation, z: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """f(z) and f'(z), elementwise, for z of any shape."""
    rows = np.ascontiguousarray(z).reshape(1, -1, 1)
    a, slope, on = np.empty_like(rows), np.empty_like(rows), Program()
    function.forward(on, rows, a)
    function.backward(on, rows, a, np.ones_like(rows), slope)
    with np.errstate(all="ignore"):
        on.run()
    return a.reshape(z.shape), slope.reshape(z.shape)
