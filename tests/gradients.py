"""The numerical gradient of all parameters, to compare backpropagation with."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from nncli.nn.arrays import Array
from nncli.nn.gradient_check import SMALL, STEPS, difference, gradient
from nncli.nn.network import Network
from nncli.nn.parameters import Segment


def relative_errors(network: Network, x: Array, y: Array, h: float = STEPS[0]) -> dict[str, float]:
    """The worst error of each trained parameter, relative to the size of its gradient, over all replicas.

    error = max |analytic - numerical| / max(‖analytic‖∞, ‖numerical‖∞, 1e-4)
    """
    exact, approximate = gradient(network, x, y), numerical_gradient(network, x, y, h)
    errors = {}
    for segment in _trained(network):
        a, n = exact[:, segment.start : segment.stop], approximate[:, segment.start : segment.stop]
        scale = max(np.abs(a).max(), np.abs(n).max(), SMALL)
        errors[f"{segment.layer}.{segment.spec.name}"] = float(np.abs(a - n).max() / scale)
    return errors


def numerical_gradient(network: Network, x: Array, y: Array, h: float = STEPS[0]) -> NDArray[np.float64]:
    """The gradient (R, P) of the objective by central differences.

        ∂J/∂θ_i ≈ (J(θ + h e_i) - J(θ - h e_i)) / 2h        2h as represented in floating point

    Every trained parameter is perturbed in all replicas at once. Needs float64; error O(h²) + O(ε/h).
    """
    gradient = np.zeros(network.theta.shape)
    for i in (i for s in _trained(network) for i in range(s.start, s.stop)):
        gradient[:, i] = difference(network, x, y, i, h)
    return gradient


def _trained(network: Network) -> list[Segment]:
    return [segment for segment in network.segments if segment.spec.trained]
