"""Whether a hyperplane separates the classes of a task, before and after a hidden layer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from nncli.analysis.separation import Certificate, Hyperplane
from nncli.analysis.verdict import Quantity
from nncli.claims.measurements import Context, measurements
from nncli.claims.measurements.training import quantities_of
from nncli.diagnosis.threshold_functions import MOST, count_threshold_functions
from nncli.diagnosis.two_classes import of_layer, of_task
from nncli.experiments.train import run
from nncli.registry import option
from nncli.runs.directory import RunDirectory


@measurements.register("separable")
@dataclass(frozen=True, slots=True)
class Separable:
    """Separable: asks, in exact arithmetic, for a hyperplane between two classes, or from each class to all others.

    Quantities: `separable`, 1 if there is one for every class; `rows` of the certificates, 0 if there is none.
    """

    task: str = option(help="a task as in a config, such as xor")

    def measure(self, context: Context) -> Mapping[str, Quantity]:
        """See `nncli separable`."""
        proofs = [own.separated().proof for own in of_task(self.task)]
        rows = sum(len(own.positive) + len(own.negative) for own in proofs if isinstance(own, Certificate))
        return {"separable": float(not rows), "rows": float(rows)}


@measurements.register("hidden_separable")
@dataclass(frozen=True, slots=True)
class HiddenSeparable:
    """Hidden separable: trains, and asks whether a hyperplane separates the classes after the last hidden layer.

    Quantities per seed: `separable`, of the training rows. And the quantities of `train`,
    without the statistics of parameters.
    """

    config: str = option(help="a config file, from the folder of the claim")
    overrides: tuple[str, ...] = option((), "overrides such as seeds=20")

    def measure(self, context: Context) -> Mapping[str, Quantity]:
        """See `nncli separable --run`."""
        finished = run(context.config(self.config), self.overrides, runs_dir=context.runs_dir)
        rows = [of_layer(RunDirectory(finished.path), None, seed) for seed in finished.result.seeds]
        separable = [all(isinstance(own.separated().proof, Hyperplane) for own in each) for each in rows]
        return quantities_of(finished) | {"separable": np.array(separable, bool)}


@measurements.register("threshold_functions")
@dataclass(frozen=True, slots=True)
class ThresholdFunctions:
    """Threshold functions: counts the Boolean functions that a hyperplane separates.

    Quantities: `separable`, their number.
    """

    inputs: int = option(help="the number of inputs", ge=1, le=MOST)

    def measure(self, context: Context) -> Mapping[str, Quantity]:
        """See `nncli separable --count`."""
        _, separable = count_threshold_functions(self.inputs)
        return {"separable": float(separable)}
