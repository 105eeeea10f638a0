"""Training, and what the trained networks are like."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nncli.analysis.verdict import Quantity
from nncli.claims.measurements import Context, measurements
from nncli.experiments.train import Finished, run
from nncli.nn.parameters import lay_out
from nncli.registry import option

SMALL = 1e-3
"""Below it a weight counts as small."""


@measurements.register("train")
@dataclass(frozen=True, slots=True)
class Train:
    """Train: trains a config, and measures each seed at its end.

    Quantities per seed: `seed`, `solved`, `diverged`, `epochs`, `solved_epoch` (inf if not solved), each metric of
    `result.json`, and for each kind of parameter such as W: `W_mean`, `W_min`, `W_max`, `W_norm` = √Σ W², and
    `W_small`, the share of |W| < 0.001. For the run: `parameters`, `seconds`.
    """

    config: str = option(help="a config file, from the folder of the claim")
    overrides: tuple[str, ...] = option((), "overrides such as seeds=20")

    def measure(self, context: Context) -> Mapping[str, Quantity]:
        """Train in the folder of the claim's runs."""
        finished = run(context.config(self.config), self.overrides, runs_dir=context.runs_dir)
        return quantities_of(finished) | _of_parameters(finished)


def quantities_of(finished: Finished) -> dict[str, Quantity]:
    """The quantities of a result."""
    result = finished.result
    found: dict[str, Quantity] = {name: _numbers(values) for name, values in result.metrics.items()}
    return found | {
        "seed": np.array(result.seeds, np.float64),
        "solved": np.array(result.solved, bool),
        "diverged": np.array([reason == "diverged" for reason in result.stop_reason], bool),
        "epochs": _numbers(result.epochs),
        "solved_epoch": _numbers([np.inf if epoch is None else epoch for epoch in result.solved_epoch]),
        "parameters": float(result.parameters),
        "seconds": result.seconds.training,
    }


def _of_parameters(finished: Finished) -> dict[str, Quantity]:
    """Statistics of the final parameters of each kind, over all layers."""
    theta = np.stack([outcome.theta for outcome in finished.outcomes]).astype(np.float64)
    columns: dict[str, list[NDArray[np.intp]]] = {}
    for segment in lay_out([placed.parameters for placed in finished.experiment.placed_layers]):
        columns.setdefault(segment.spec.name, []).append(np.arange(segment.start, segment.stop))
    found: dict[str, Quantity] = {}
    for name, parts in columns.items():
        values = theta[:, np.concatenate(parts)]
        found |= {
            f"{name}_mean": values.mean(axis=1),
            f"{name}_min": values.min(axis=1),
            f"{name}_max": values.max(axis=1),
            f"{name}_norm": np.sqrt(np.square(values).sum(axis=1)),
            f"{name}_small": (np.abs(values) < SMALL).mean(axis=1),
        }
    return found


def _numbers(values: Sequence[float | None]) -> NDArray[np.float64]:
    return np.array([np.nan if value is None else value for value in values], np.float64)
