"""Units that start out identical and can never become different."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import numpy as np

from nncli.config.build_layers import PlacedLayer
from nncli.config.experiment import Experiment
from nncli.nn.initializers import Initializer
from nncli.nn.layers.unrolled import Unrolled


def layers_alike(experiment: Experiment) -> tuple[int, ...]:
    """The hidden layers, from 1 among all layers, whose units can never become different.

    They cannot if the weights into them, their biases, and the weights out of them all begin with one value: equal
    outputs and equal gradients then keep them equal. Units of a recurrent layer also see each other, and stay alike
    if all these are 0, and with them all its states. Dropout in between would break the symmetry, and so could other
    layers.
    """
    if experiment.training.epochs == 0:
        return ()
    weighing = [
        (number, placed)
        for number, placed in enumerate(experiment.placed_layers, 1)
        if any(spec.decay for spec in placed.parameters)
    ]
    if _is_one_value_throughout(experiment, weighing):
        return tuple(number for number, placed in weighing[:-1] if placed.output_shape[-1] > 1)
    return tuple(
        number
        for (number, placed), (after, following) in itertools.pairwise(weighing)
        if placed.output_shape[-1] > 1
        and all(layer.symmetric for layer in experiment.layers[number : after - 1])
        and _stay_alike(placed, following)
    )


def _is_one_value_throughout(experiment: Experiment, weighing: Sequence[tuple[int, PlacedLayer]]) -> bool:
    """Whether all parameters of each layer begin with one value, also across skip connections: these add equal units.

    The input must not skip the first weights, as its columns differ.
    """
    first = weighing[0][0] - 1
    return (
        not any(layer.forks for layer in experiment.layers[:first])
        and all(layer.symmetric or layer.forks or layer.joins for layer in experiment.layers[first:])
        and all(_first_value(spec.initializer) is not None for _, placed in weighing for spec in placed.parameters)
    )


def _stay_alike(placed: PlacedLayer, following: PlacedLayer) -> bool:
    into = following.parameters[0]
    if isinstance(placed.layer, Unrolled):
        own = (placed.layer.initializer, placed.layer.bias_initializer, into.initializer)
        return all(_first_value(initializer) == 0 for initializer in own)
    if not placed.layer.symmetric or not into.decay:
        return False
    values = {_first_value(spec.initializer) for spec in placed.parameters}
    return None not in values and _first_value(into.initializer) is not None


def _first_value(initializer: Initializer) -> float | None:
    """The initial value, if it is the same for all; or None."""
    probe = np.array([[1.0, -2.0, 0.5, 3.0], [3.0, 0.5, -1.0, 0.25]])
    values = initializer.values(probe, 2, 4)
    return float(values.flat[0]) if np.ptp(values) == 0 else None
