"""How signals and gradients flow through a network, layer by layer, measured on some of its training rows.

One replica is measured at a time, on a network of its own: what trains is read, and never written.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nncli.nn.activations import Activation, learned_parameters
from nncli.nn.activations.linear import Linear
from nncli.nn.activations.softmax import Softmax
from nncli.nn.arrays import Array, as_rows
from nncli.nn.descent import Descent
from nncli.nn.layers import Layer, Shape
from nncli.nn.layers.activation import ActivationLayer
from nncli.nn.network import Network
from nncli.nn.parameters import Segment
from nncli.nn.program import Program
from nncli.nn.replicas import select
from nncli.training.data import Rows

ROWS = 256
"""The most rows to measure on: evenly spread over the train split, as neighbors may be of one class."""

FLAT = 0.1
"""A unit is saturated on a row if |f'(z)| there is at most this share of the largest slope of f."""

GRID = np.concatenate([-np.geomspace(1e3, 1e-3, 241), [0.0], np.geomspace(1e-3, 1e3, 241)])
"""Where the largest slope of an activation is looked for."""


@dataclass(frozen=True, slots=True)
class LayerFlow:
    """What flows through one layer of one replica. NaN is what the layer does not have.

    Means and variances are over all rows, places and units; norms are those of all trained parameters of the layer.

        dz                            the gradient of the mean loss at z; at the output, in a layer without z
        gradient_norm                 ‖g‖, g the gradient of the objective
        update_ratio                  ‖step of the optimizer with this gradient‖ / weight_norm
        dead, saturated, always_on    fractions of the units, none of which is counted twice:
            dead        a = 0 and f'(z) = 0 on every row: it says nothing, and learns nothing
            saturated   |f'(z)| ≤ 0.1 max |f'| on every row, but not dead
            always_on   z > 0 on every row, but not saturated: a rectifier is then a linear unit

    A unit is one number along the last axis of the output: a filter of a convolution is on at a place, or is not.

    Attributes:
        layer: its number among all layers of the network, from 1, as in `nncli check --program`.
    Source: Glorot & Bengio (2010), for variances layer by layer.
    """

    layer: int
    z_mean: float
    z_variance: float
    a_mean: float
    a_variance: float
    dz_mean_square: float
    gradient_norm: float
    weight_norm: float
    update_ratio: float
    dead: float
    saturated: float
    always_on: float


QUANTITIES = tuple(field.name for field in fields(LayerFlow))[1:]
"""All that is measured of a layer."""


class FlowMeter:
    """Measures replicas on the same rows.

    Args:
        rows: of the train split; `ROWS` of them are used.

    Attributes:
        x, y: those rows, as `Network.gradient` takes them.
    """

    def __init__(self, rows: Rows) -> None:
        chosen = np.linspace(0, len(rows) - 1, min(ROWS, len(rows))).astype(int)
        self.x, self.y = np.ascontiguousarray(rows.x[:, chosen]), np.ascontiguousarray(rows.y[:, chosen])
        self._network: Network | None = None

    def measure(
        self, network: Network, r: int, epoch: int, descent: Descent | None = None, step: int = 1, factor: float = 1.0
    ) -> list[LayerFlow]:
        """What flows through each layer of a replica, in a training pass.

        Args:
            network: of any number of replicas; neither it nor its random streams change.
            r: the row of the replica.
            epoch: gives the dropout masks.
            descent: the optimizer with its slots, whose next step is measured; None for no `update_ratio`.
            step, factor: the number of that step, and the schedule's factor in it.
        """
        alone = self._alone(network, r)
        alone.begin_epoch(epoch)
        with np.errstate(all="ignore"):
            _, arrays = alone.program(self.x, self.y)
            output = alone.gradient(self.x, self.y)
            gradient = alone.grad[0].astype(np.float64)
            before, after = alone.theta[0].astype(np.float64), None
            if descent is not None:
                _step(descent, alone, r, step, factor, output.squared_norms)
                after = alone.theta[0].astype(np.float64)
                alone.theta[...] = network.theta[r]
            return [
                _layer_flow(alone, index, arrays, Weights(before, gradient, after))
                for index in range(len(alone.layers))
                if _computes(alone, index)
            ]

    def _alone(self, network: Network, r: int) -> Network:
        """A network of one replica with a copy of its weights; the last one, if its layers are the same."""
        layers = select(network.layers, np.array([r]))
        own = self._network
        if own is None or any(mine is not its for mine, its in zip(own.layers, layers, strict=True)):
            own = self._network = Network(
                layers,
                network.loss_function,
                network.shapes[0],
                seeds=[network.seeds[r]],
                capacity=self.x.shape[1],
                dtype=network.theta.dtype,
                theta=network.theta[r : r + 1].copy(),
            )
        own.theta[...] = network.theta[r]
        own.seeds = [network.seeds[r]]
        return own


@dataclass(frozen=True, slots=True)
class Weights:
    """The parameters of one replica (P,) in float64, their gradient, and what a step would make of them."""

    before: NDArray[np.float64]
    gradient: NDArray[np.float64]
    after: NDArray[np.float64] | None


def _step(descent: Descent, alone: Network, r: int, step: int, factor: float, squared_norms: NDArray[Any]) -> None:
    """Take the step that a replica's optimizer would take with the gradient in `alone`, whose weights it changes."""
    rows = np.array([r])
    own = Descent(
        select(descent.optimizer, rows),
        alone.theta,
        alone.grad,
        alone.segments,
        learning_rate=select(descent.learning_rate, rows),
        clip_norm=select(descent.clip_norm, rows),
    )
    for slot, its in zip(own.slots, descent.slots, strict=True):
        slot[...] = its[r]
    own.step(step, factor, own.exact(squared_norms))


def _computes(network: Network, index: int) -> bool:
    """Whether a layer leaves an output of its own; a fork or `flatten` only passes its input on."""
    return not {"a", "z"}.isdisjoint(network.layers[index].buffers(network.shapes[index]))


def _layer_flow(network: Network, index: int, arrays: Mapping[str, Array], weights: Weights) -> LayerFlow:
    layer, is_last = network.layers[index], index == len(network.layers) - 1
    buffers = layer.buffers(network.shapes[index])
    z = arrays[f"z{index}"] if "z" in buffers else None
    a = arrays["p"] if is_last else arrays[f"{'a' if 'a' in buffers else 'z'}{index}"]
    dz = _gradient_at(layer, index, arrays, is_last)
    trained = [segment for segment in network.segments if segment.layer == index and segment.spec.trained]
    weight_norm, gradient_norm = _norm(weights.before, trained), _norm(weights.gradient, trained)
    update = math.nan if weights.after is None else _norm(weights.after - weights.before, trained)
    return LayerFlow(
        index + 1,
        *(_mean_and_variance(z) if z is not None else (math.nan, math.nan)),
        *_mean_and_variance(a),
        math.nan if dz is None else float(np.mean(np.square(dz, dtype=np.float64))),
        gradient_norm,
        weight_norm,
        update / weight_norm if weight_norm > 0 else math.nan,
        *_units(network, index, arrays),
    )


def _gradient_at(layer: Layer, index: int, arrays: Mapping[str, Array], is_last: bool) -> Array | None:
    """The gradient at z, or at the output of a layer without z; None before the first layer that trains."""
    at_output = arrays["dz"] if is_last else arrays.get(f"da_prev{index + 1}")
    if at_output is None or f"dz{index}" not in arrays:
        return at_output
    # A layer that is an activation alone writes it into the gradient of its input, where that is wanted.
    own = f"da_prev{index}" if isinstance(layer, ActivationLayer) else f"dz{index}"
    return arrays.get(own, arrays[f"dz{index}"])


def nonlinearity(layer: Layer, shape: Shape) -> Activation | None:
    """The activation f in a = f(z) of a layer, unit by unit; None if it is linear, or its steps are recurrent."""
    if "dz" not in layer.buffers(shape):
        return None
    function: Activation | None = getattr(layer, "function", None) or getattr(layer, "activation", None)
    return function


def _mean_and_variance(values: Array) -> tuple[float, float]:
    return float(np.mean(values, dtype=np.float64)), float(np.var(values, dtype=np.float64))


def _norm(row: NDArray[np.float64], segments: list[Segment]) -> float:
    """The norm of the parameters of some segments; NaN without any."""
    if not segments:
        return math.nan
    return math.hypot(*(float(np.linalg.norm(row[segment.start : segment.stop])) for segment in segments))


def _units(network: Network, index: int, arrays: Mapping[str, Array]) -> tuple[float, float, float]:
    """The fractions of dead, saturated and always-on units; NaN for a layer without a nonlinear f(z) of each unit."""
    function, shape = nonlinearity(network.layers[index], network.shapes[index]), network.shapes[index + 1]
    if function is None or isinstance(function, (Linear, Softmax)):
        return math.nan, math.nan, math.nan
    z, a = (as_rows(arrays[f"{name}{index}"].reshape(1, -1, *shape)) for name in "za")
    values = tuple(_learned(network, index, function))
    return unit_fractions(z, a, slopes(function, z, a, *values), largest_slopes(function, z.dtype, *values), flat=FLAT)


def _learned(network: Network, index: int, function: Activation) -> Iterator[Array]:
    """The values (1, 1, n) of the parameters that an activation learns."""
    own = {segment.spec.name: segment for segment in network.segments if segment.layer == index}
    for spec in learned_parameters(function, network.shapes[index + 1][-1]):
        yield own[spec.name].view(network.theta)[:, None, :]


def unit_fractions(z: Array, a: Array, slope: Array, largest: Array, flat: float = FLAT) -> tuple[float, float, float]:
    """The fractions of dead, saturated and always-on units: see `LayerFlow`.

    Args:
        z, a, slope: (1, N, n), the pre-activations, the activations and |f'(z)| of N rows.
        largest: max |f'|, (1,) for all units or (n,); where it is 0, as of `step`, saturation is undefined: NaN.
        flat: the share of the largest slope up to which a slope counts as flat.
    """
    dead = ((a == 0) & (slope == 0)).all(axis=(0, 1))
    flat_units = (slope <= flat * largest).all(axis=(0, 1)) & ~dead
    jumps = not np.any(largest)
    # A jump at z = 0 is the one case in which z = 0 gives an output with no slope.
    on = ((z > 0) | ((z == 0) & (a > 0) & (slope == 0))).all(axis=(0, 1))
    saturated = math.nan if jumps else float(np.mean(flat_units))
    return float(np.mean(dead)), saturated, float(np.mean(on if jumps else on & ~flat_units))


def slopes(function: Activation, z: Array, a: Array, *values: Array) -> Array:
    """|f'(z)| of an activation with learned `values`: its backward pass of ones."""
    on, out = Program(), np.empty_like(z)
    function.backward(on, z, a, np.ones_like(z), out, *values, *map(np.zeros_like, values))
    on.run()
    return np.abs(out)


def largest_slopes(function: Activation, dtype: np.dtype[Any], *values: Array) -> Array:
    """max |f'| over z, of each unit if it learns, (n,), else (1,)."""
    return _largest(function, dtype, *values) if values else _largest_of_all(function, dtype)


@functools.lru_cache(maxsize=32)
def _largest_of_all(function: Activation, dtype: np.dtype[Any]) -> Array:
    return _largest(function, dtype)


def _largest(function: Activation, dtype: np.dtype[Any], *values: Array) -> Array:
    n = values[0].shape[-1] if values else 1
    z = np.repeat(GRID.astype(dtype)[None, :, None], n, axis=-1)
    on, a = Program(), np.empty_like(z)
    function.forward(on, z, a, *values)
    on.run()
    found: Array = slopes(function, z, a, *values).max(axis=(0, 1))
    return found
