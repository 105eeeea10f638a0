"""How signals and gradients flow through a network, layer by layer, measured on some of its training rows.

One replica is measured at a time, on a network of its own: what trains is read, and never written.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields

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
from nncli.nn.program import Call
from nncli.nn.replicas import select
from nncli.training.data import Rows
from nncli.training.unit_use import largest_slopes, slopes, unit_fractions

ROWS = 256
"""The most rows to measure on: evenly spread over the train split, as neighbors may be of one class."""


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
            program, arrays = alone.program(self.x, self.y)
            start = next(section.start for section in program.sections if section.phase == "backward")
            measured = [index for index in range(len(alone.layers)) if _computes(alone, index)]
            _run(program.calls[:start])
            signals = [_signals(alone, index, arrays) for index in measured]  # the way back may overwrite them
            _run(program.calls[start:])
            weights = _weights(alone, network.theta[r], descent, r, step, factor, arrays["squared_norms"])
            return [
                LayerFlow(
                    index + 1,
                    *own.moments,
                    _mean_square(_gradient_at(alone.layers[index], index, arrays, index == len(alone.layers) - 1)),
                    *_of_weights(alone, index, weights),
                    *own.units,
                )
                for index, own in zip(measured, signals, strict=True)
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
    """The parameters of one replica (P,), their gradient, and what a step makes of them: the same array, if unknown."""

    before: Array
    gradient: Array
    after: Array


@dataclass(frozen=True, slots=True)
class Signals:
    """Of a layer, in the forward pass: mean and variance of z and of a; dead, saturated and always-on units."""

    moments: tuple[float, float, float, float]
    units: tuple[float, float, float]


def _run(calls: Sequence[Call]) -> None:
    for function, arguments in calls:
        function(*arguments)


def _weights(
    alone: Network, theta: Array, descent: Descent | None, r: int, step: int, factor: float, norms: Array
) -> Weights:
    """The weights before and after the step that a replica's optimizer would take with the gradient in `alone`."""
    if descent is None:
        return Weights(theta, alone.grad[0], theta)
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
    own.step(step, factor, own.exact(norms))
    return Weights(theta, alone.grad[0], alone.theta[0])


def _computes(network: Network, index: int) -> bool:
    """Whether a layer leaves an output of its own; a fork or `flatten` only passes its input on."""
    return not {"a", "z"}.isdisjoint(network.layers[index].buffers(network.shapes[index]))


def _signals(network: Network, index: int, arrays: Mapping[str, Array]) -> Signals:
    buffers = network.layers[index].buffers(network.shapes[index])
    # Recurrent layers have no dz of every step here, and keep their gates in z.
    has_z = "z" in buffers and ("dz" in buffers or "a" not in buffers)
    z = _mean_and_variance(arrays[f"z{index}"]) if has_z else (math.nan, math.nan)
    is_last = index == len(network.layers) - 1
    a = arrays["p"] if is_last else arrays[f"{'a' if 'a' in buffers else 'z'}{index}"]
    return Signals((*z, *_mean_and_variance(a)), _units(network, index, arrays))


def _of_weights(network: Network, index: int, weights: Weights) -> tuple[float, float, float]:
    """‖g‖, ‖theta‖ and the share of it that the step changes, of the trained parameters of a layer."""
    trained = [segment for segment in network.segments if segment.layer == index and segment.spec.trained]
    before, gradient, after = (_flat(row, trained) for row in (weights.before, weights.gradient, weights.after))
    weight_norm = _norm(before)
    ratio = _norm(after - before) / weight_norm if weight_norm > 0 and weights.after is not weights.before else math.nan
    return _norm(gradient), weight_norm, ratio


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


def _mean_square(values: Array | None) -> float:
    return math.nan if values is None else float(np.mean(np.square(values, dtype=np.float64)))


def _flat(row: Array, segments: list[Segment]) -> NDArray[np.float64]:
    """The parameters of some segments of a row, in float64."""
    return np.concatenate([np.empty(0), *(row[segment.start : segment.stop] for segment in segments)])


def _norm(values: NDArray[np.float64]) -> float:
    """The norm; NaN of nothing."""
    return float(np.linalg.norm(values)) if len(values) else math.nan


def _units(network: Network, index: int, arrays: Mapping[str, Array]) -> tuple[float, float, float]:
    """The fractions of dead, saturated and always-on units; NaN for a layer without a nonlinear f(z) of each unit."""
    function, shape = nonlinearity(network.layers[index], network.shapes[index]), network.shapes[index + 1]
    if function is None or isinstance(function, (Linear, Softmax)):
        return math.nan, math.nan, math.nan
    z, a = (as_rows(arrays[f"{name}{index}"].reshape(1, -1, *shape)) for name in "za")
    values = tuple(_learned(network, index, function))
    return unit_fractions(z, a, slopes(function, z, a, *values), largest_slopes(function, z.dtype, *values))


def _learned(network: Network, index: int, function: Activation) -> Iterator[Array]:
    """The values (1, 1, n) of the parameters that an activation learns."""
    own = {segment.spec.name: segment for segment in network.segments if segment.layer == index}
    for spec in learned_parameters(function, network.shapes[index + 1][-1]):
        yield own[spec.name].view(network.theta)[:, None, :]
