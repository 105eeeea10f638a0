"""What the first layers of a network make of rows."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from nncli.experiments.predict import ROWS
from nncli.nn.losses import losses
from nncli.nn.network import Network


def after_layers(network: Network, layers: int, inputs: NDArray[np.float64]) -> NDArray[np.float64]:
    """The output (N, n) of the first layers of a network of one replica, each row as a vector.

    Args:
        network: of one replica.
        layers: their number; after 0 of them, the rows are the inputs.
        inputs: (N, *shape), as the network sees them: standardized if its task is.
    """
    if layers == 0:
        return inputs.reshape(len(inputs), -1)
    size = max((segment.stop for segment in network.segments if segment.layer < layers), default=0)
    part = Network(
        network.layers[:layers],
        losses.get("mean_squared_error")(),  # which does not matter: only the output is read
        network.shapes[0],
        seeds=network.seeds,
        capacity=min(len(inputs), ROWS),
        dtype=network.theta.dtype,
        theta=np.ascontiguousarray(network.theta[:, :size]),
    )
    found = []
    for first in range(0, len(inputs), ROWS):
        x = part.prepare(inputs[first : first + ROWS])
        targets = np.zeros((1, x.shape[1], *part.shapes[-1]), part.theta.dtype)
        found.append(np.array(part.measure(x, targets).z[0], np.float64))
    return np.concatenate(found).reshape(len(inputs), -1)
