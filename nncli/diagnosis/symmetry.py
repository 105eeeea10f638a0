"""Units that start out identical and can never become different."""

from __future__ import annotations

import itertools

import numpy as np

from nncli.config.experiment import Experiment
from nncli.nn.initializers import Initializer


def layers_alike(experiment: Experiment) -> tuple[int, ...]:
    """The hidden layers, from 1 among all layers, whose units can never become different.

    They cannot if the weights into them, their biases, and the weights out of them all begin with one value: equal
    outputs and equal gradients then keep them equal. Dropout would break the symmetry, and so could other layers.
    """
    if experiment.training.epochs == 0 or not all(layer.symmetric for layer in experiment.layers):
        return ()
    weighing = [
        (number, placed)
        for number, placed in enumerate(experiment.placed_layers, 1)
        if any(spec.decay for spec in placed.parameters)
    ]
    return tuple(
        number
        for (number, placed), (_, following) in itertools.pairwise(weighing)
        if placed.output_shape[-1] > 1
        and all(is_uniform(spec.initializer) for spec in placed.parameters)
        and all(is_uniform(spec.initializer) for spec in following.parameters if spec.decay)
    )


def is_uniform(initializer: Initializer) -> bool:
    """Whether all initial values are one number."""
    probe = np.array([[1.0, -2.0], [3.0, 0.5]])
    return bool(np.ptp(initializer.values(probe, 2, 2)) == 0)
