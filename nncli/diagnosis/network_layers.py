"""The layers of a network as plain arrays, for counting its linear regions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nncli.config.build_layers import PlacedLayer
from nncli.config.document import Document
from nncli.config.experiment import Design
from nncli.diagnosis.piecewise_layers import PIECEWISE, Fork, Join, Units
from nncli.errors import Edit, Suggestion, UserError
from nncli.nn.activations import Activation, activations
from nncli.nn.layers import Layer, residual
from nncli.nn.layers.activation import ActivationLayer
from nncli.nn.layers.dense import Dense
from nncli.nn.layers.dropout import Dropout
from nncli.nn.layers.flatten import Flatten
from nncli.nn.network import Network
from nncli.nn.parameters import by_layer
from nncli.report.network_text import layer_text


def check_piecewise(design: Design, document: Document) -> None:
    """Refuse a network whose hidden layers are not all piecewise linear, with the first that is not.

    The output layer may have any activation: if it is not piecewise linear, the regions are those of its z.

    Raises:
        UserError: with the place of the layer in the document.
    """
    for placed in design.hidden:
        if (given := _refusal(placed)) is not None:
            where = document.where(("architecture", *placed.path))
            hint, allowed = "", "Regions are counted through dense, activation, residual, flatten and dropout layers"
            if isinstance(placed.layer, Dense | ActivationLayer) and len(placed.input_shape) == 1:
                allowed = f"Piecewise linear: {', '.join(PIECEWISE)}"
                own = ("architecture", *placed.path, placed.name, "activation")
                if isinstance(placed.layer, Dense) and not document.holds(own):
                    hint = Suggestion("Try activation=relu", [Edit(("activation",), "relu")])
            raise UserError(given, where=where, hint=hint, allowed=allowed)


def _refusal(placed: PlacedLayer) -> str | None:
    """Why the regions through a hidden layer cannot be counted."""
    layer = placed.layer
    if isinstance(layer, Flatten):
        return None
    if not isinstance(layer, Dense | ActivationLayer | Dropout | residual.Fork | residual.Join):
        return f"the regions of a network with the layer '{layer_text(layer)}' cannot be counted"
    if len(placed.input_shape) > 1:
        size = " × ".join(map(str, placed.input_shape))
        return f"the layer '{layer_text(layer)}' gets inputs of {size}, and regions are counted for vectors"
    function = _activation(layer)
    if function is not None and activations.name_of(function) not in PIECEWISE:
        return f"the layer '{layer_text(layer)}' is not piecewise linear, so it has no linear regions"
    return None


def _activation(layer: Layer) -> Activation | None:
    if isinstance(layer, Dense):
        return layer.activation
    return layer.function if isinstance(layer, ActivationLayer) else None


def counts_outputs(design: Design) -> bool:
    """Whether the regions are those of the network's outputs, and not of z before the output activation."""
    return activations.name_of(design.output.activation) in PIECEWISE


def scaling(mean: Sequence[float], std: Sequence[float], inputs: int) -> Units:
    """Standardization as a layer: (x - mean) / std, exactly; a mean and std of each channel serve all pixels."""
    rows = [(Fraction(m), Fraction(s)) for m, s in zip(mean, std, strict=True)] * (inputs // len(mean))
    W = np.full((inputs, inputs), Fraction(0))
    W[np.diag_indices(inputs)] = [1 / s for _, s in rows]
    return Units(W, [-m / s for m, s in rows])


def plain_layers(network: Network, design: Design) -> Iterator[list[Units | Fork | Join]]:
    """The layers of each replica, for a design that `check_piecewise` accepts.

    A slope that is an option is rounded to the network's dtype, as it is when the network computes.
    """
    last = len(network.layers) - 1
    own = by_layer(network.segments)
    for row in range(len(network.theta)):
        found: list[Units | Fork | Join] = []
        for index, layer in enumerate(network.layers):
            values = {segment.spec.name: segment.view(network.theta)[row] for segment in own.get(index, [])}
            if isinstance(layer, residual.Fork):
                found.append(Fork())
            elif isinstance(layer, residual.Join):
                found.append(Join(values.get("W")))
            elif isinstance(layer, Dense):
                function = layer.activation if index < last else _of_output(design)
                W = values["W"]
                found.append(_units(W, values.get("b", np.zeros(W.shape[1])), function, values))
            elif isinstance(layer, ActivationLayer):
                n = network.shapes[index][-1]
                found.append(_units(np.eye(n, dtype=network.theta.dtype), np.zeros(n), layer.function, values))
        yield found


def _of_output(design: Design) -> Activation | None:
    return design.output.activation if counts_outputs(design) else None


def _units(W: NDArray[Any], b: NDArray[Any], function: Activation | None, values: dict[str, NDArray[Any]]) -> Units:
    """A dense layer with an activation, or the z of one without; W has the dtype of the network."""
    if function is None:
        return Units(W, b)
    slope = values.get("slope", getattr(function, "slope", 0.0))
    return Units(W, b, activations.name_of(function), np.asarray(slope, W.dtype))
