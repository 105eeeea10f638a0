"""What flows through the hidden layers of a network, before and after training."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nncli.analysis.verdict import Quantity
from nncli.claims.measurements import Context, measurements
from nncli.claims.measurements.training import quantities_of
from nncli.diagnosis.flow import flow_of_run
from nncli.experiments.train import run
from nncli.registry import option
from nncli.report.flow_text import Moment
from nncli.runs.directory import RunDirectory


@measurements.register("flow")
@dataclass(frozen=True, slots=True)
class FlowOfRun:
    """Flow: trains a config, and measures what flows through its layers before and after. With `first`, the weights to
    start from are those that a training with other settings ends with.

    Quantities per seed, each with `start_` or `end_` before it: `gradient_ratio`, the gradient at z of the first layer
    by that at z of the last hidden one (root mean squares); `variance_ratio`, the variance of z in the last hidden one
    by that in the first; `dead` and `saturated`, shares of the hidden units as in `nncli flow`. And the
    quantities of `train`, without the statistics of parameters.
    """

    config: str = option(help="a config file, from the folder of the claim")
    overrides: tuple[str, ...] = option((), "overrides such as seeds=20")
    first: tuple[str, ...] = option((), "further overrides for a training before, such as training.learning_rate=1")

    def measure(self, context: Context) -> Mapping[str, Quantity]:
        """See `nncli flow`."""
        config, overrides = context.config(self.config), self.overrides
        if self.first:
            before = run(config, (*overrides, *self.first), runs_dir=context.runs_dir)
            overrides = (*overrides, f"training.start.run={before.path}")
        finished = run(config, overrides, runs_dir=context.runs_dir)
        start, end = flow_of_run(RunDirectory(finished.path)).moments
        return quantities_of(finished) | {
            f"{when}_{name}": values
            for when, moment in (("start", start), ("end", end))
            for name, values in _quantities(moment).items()
        }


def _quantities(moment: Moment) -> dict[str, NDArray[np.float64]]:
    hidden = [layers[:-1] for layers in moment.layers]
    first, last = ([layers[place] for layers in hidden] for place in (0, -1))
    pairs = list(zip(first, last, strict=True))
    with np.errstate(all="ignore"):
        return {
            "gradient_ratio": np.sqrt([np.divide(f.dz_mean_square, e.dz_mean_square) for f, e in pairs]),
            "variance_ratio": np.array([np.divide(e.z_variance, f.z_variance) for f, e in pairs]),
            "dead": np.array([np.mean([layer.dead for layer in layers]) for layers in hidden]),
            "saturated": np.array([np.mean([layer.saturated for layer in layers]) for layers in hidden]),
        }
