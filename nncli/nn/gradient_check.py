"""Is the backward pass the derivative of the forward pass?"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from nncli.nn.arrays import Array
from nncli.nn.network import Network


def numerical_gradient(network: Network, x: Array, y: Array, h: float = 1e-5) -> NDArray[np.float64]:
    """The gradient (R, P) of the objective by central differences.

        ∂J/∂θ_i ≈ (J(θ + h e_i) - J(θ - h e_i)) / 2h

    Every parameter that is trained is moved in all replicas at once. Needs float64; error O(h²) + O(ε/h).
    """
    if network.theta.dtype != np.float64:
        raise ValueError("differences need float64: in float32 rounding drowns them")
    gradient = np.zeros(network.theta.shape)
    for i in (i for s in network.segments if s.spec.trained for i in range(s.start, s.stop)):
        kept = network.theta[:, i].copy()
        ends = []
        for sign in (1, -1):
            network.theta[:, i] = kept + sign * h
            ends.append(objective(network, x, y))
        network.theta[:, i] = kept
        gradient[:, i] = (ends[0] - ends[1]) / (2 * h)
    return gradient


def objective(network: Network, x: Array, y: Array) -> NDArray[np.float64]:
    """loss + penalty per replica (R,) of a pass in training, with the layers' noise as `begin_epoch(0)` draws it."""
    network.begin_epoch(0)
    network.forward(x, training=True)
    return network.loss(y) + network.penalties()


def gradient(network: Network, x: Array, y: Array) -> NDArray[np.float64]:
    """The gradient (R, P) of the same objective by backpropagation."""
    objective(network, x, y)
    network.backward(y)
    network.add_penalty_gradients()
    return network.grad.astype(np.float64)


def relative_errors(network: Network, x: Array, y: Array, h: float = 1e-5) -> dict[str, float]:
    """The worst error of each parameter that is trained, relative to the size of its gradient, over all replicas.

    error = max |analytic - numerical| / max(‖analytic‖∞, ‖numerical‖∞, 1e-4)
    """
    exact, approximate = gradient(network, x, y), numerical_gradient(network, x, y, h)
    errors = {}
    for segment in (s for s in network.segments if s.spec.trained):
        a, n = exact[:, segment.start : segment.stop], approximate[:, segment.start : segment.stop]
        scale = max(np.abs(a).max(), np.abs(n).max(), 1e-4)
        errors[f"{segment.layer}.{segment.spec.name}"] = float(np.abs(a - n).max() / scale)
    return errors
