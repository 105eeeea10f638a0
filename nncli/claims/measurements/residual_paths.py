"""Along which paths the gradient flows through a residual network."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nncli.analysis.verdict import Quantity
from nncli.claims.measurements import Context, measurements
from nncli.claims.measurements.activation_shape import curve
from nncli.config.experiment import Experiment
from nncli.errors import UserError
from nncli.experiments.assembly import build_network, build_rows
from nncli.experiments.train import run
from nncli.nn.layers import Shape
from nncli.nn.layers.dense import Dense
from nncli.nn.network import Network
from nncli.registry import option
from nncli.training.outcome import Outcome

SAMPLES = 10
"""Random paths of each length."""

ROWS = 50
"""Training rows that the gradient is sent back from."""

Step = tuple[NDArray[np.float64], NDArray[np.float64]]
"""f'(z) (B, n_out) and Wᵀ (n_out, n_in) of a dense layer."""


@measurements.register("residual_paths")
@dataclass(frozen=True, slots=True)
class ResidualPaths:
    """Residual paths: how much of the gradient at the first block comes along paths through k of n residual blocks.

        each block passes v + Jᵀ v back; a path takes one of both terms in each block, so there are C(n, k) of length k
        share(k) ∝ C(n, k) · mean ‖Jᵀ ... Jᵀ v‖ over random choices of the k blocks

    Quantities per seed: `mean_length`, Σ k share(k); `blocks`, n; `short`, the share of paths through at most n / 4.
    Paths alone would have a mean length of n / 2.
    Source: Veit, Wilber & Belongie (2016).
    """

    config: str = option(help="a config file, from the folder of the claim")
    overrides: tuple[str, ...] = option((), "overrides such as training.epochs=2")

    def measure(self, context: Context) -> Mapping[str, Quantity]:
        """Train, then send the gradient at the output back along random paths."""
        finished = run(context.config(self.config), self.overrides, runs_dir=context.runs_dir)
        shares = np.array([_shares(finished.experiment, outcome) for outcome in finished.outcomes])
        lengths = np.arange(shares.shape[1])
        return {
            "mean_length": shares @ lengths,
            "short": shares[:, lengths <= lengths[-1] / 4].sum(axis=1),
            "blocks": float(lengths[-1]),
        }


def _shares(experiment: Experiment, outcome: Outcome) -> NDArray[np.float64]:
    """share(k) of one seed, for k = 0, ..., n."""
    alone = experiment.with_seeds([outcome.seed])
    network = build_network([alone])
    network.theta[...] = outcome.theta
    rows = build_rows(alone, network)["train"]
    x, y = np.ascontiguousarray(rows.x[:, :ROWS]), np.ascontiguousarray(rows.y[:, :ROWS])
    network.begin_epoch(1)
    network.gradient(x, y)
    arrays = network.program(x, y)[1]
    blocks = [_steps(network, arrays, inside) for inside in _insides(network)]
    last = max(index for index, layer in enumerate(network.layers) if layer.joins)
    v = _front(arrays[f"da_prev{last + 1}"], network.shapes[last + 1])
    parts = [math.comb(len(blocks), k) * _mean_norm(blocks, v, k) for k in range(len(blocks) + 1)]
    return np.array(parts) / sum(parts)


def _insides(network: Network) -> list[range]:
    """The layers inside each residual block whose shortcut changes nothing."""
    found, start = list[range](), 0
    for index, layer in enumerate(network.layers):
        if layer.forks:
            start = index + 1
        elif layer.joins and network.shapes[start] == network.shapes[index]:
            found.append(range(start, index))
    if not found:
        raise UserError("the network has no residual blocks of equal width")
    return found


def _steps(network: Network, arrays: Mapping[str, NDArray[np.floating]], inside: range) -> list[Step]:
    """What a block's layers do to a gradient, the last one first."""
    steps = []
    for index in reversed(inside):
        layer = network.layers[index]
        if not isinstance(layer, Dense):
            raise UserError("only dense layers inside of residual blocks are measured")
        W = next(s for s in network.segments if s.layer == index and s.spec.name == "W").view(network.theta)[0]
        z = _front(arrays[f"z{index}"], network.shapes[index + 1])
        steps.append((curve(layer.activation, z)[1], W.T.astype(np.float64)))
    return steps


def _front(buffer: NDArray[np.floating], shape: Shape) -> NDArray[np.float64]:
    """The front of a flat buffer, which is made for larger batches, as rows."""
    return buffer.reshape(-1)[: ROWS * math.prod(shape)].reshape(ROWS, *shape).astype(np.float64)


def _mean_norm(blocks: list[list[Step]], v: NDArray[np.float64], k: int) -> float:
    """The mean norm of a gradient that has come through k random blocks, over rows and choices."""
    rng, total = np.random.default_rng(k), 0.0
    for _ in range(SAMPLES):
        back = v
        for b in sorted(rng.choice(len(blocks), k, replace=False), reverse=True):
            for slope, transposed in blocks[b]:
                back = (back * slope) @ transposed
        total += float(np.linalg.norm(back, axis=1).mean())
    return total / SAMPLES
