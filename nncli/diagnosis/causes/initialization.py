"""Causes in the first weights: units that start out alike, and signals too small or too large for the depth."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from nncli.analysis.diagnosis_record import Cause, Fact
from nncli.config.experiment import Experiment
from nncli.diagnosis.evidence import Evidence
from nncli.diagnosis.layer_evidence import Start, initialized, standard_initializer, start_with
from nncli.diagnosis.remedy import Fix, remedy
from nncli.diagnosis.symmetry import layers_alike
from nncli.diagnosis.written_layers import layers_override
from nncli.report.numbers import short

WEIGHTS, DIFFERENT, SIGNAL = 4.0, 1.2, 100.0
"""Weights are off scale if they are this many times smaller or larger than standard ones, or by the second factor where
that adds up over the layers to the third in the variance of z."""


def symmetric_initialization(evidence: Evidence) -> Iterator[Cause]:
    """Hidden units with equal weights in and out: they get equal gradients, and stay one unit."""
    alike = layers_alike(evidence.experiment)
    if not alike or not (evidence.open or evidence.result is None):
        return
    yield Cause(
        "symmetric_initialization",
        evidence.open or evidence.seeds,
        alike,
        {"different_units": 1, "expected": evidence.experiment.placed_layers[alike[0] - 1].output_shape[-1]},
        next(iter(initializations(evidence.experiment))),
        "the units of a layer start with equal weights and get equal gradients, so that they stay one unit",
        "certain",
    )


def initialization_too_small(evidence: Evidence) -> Iterator[Cause]:
    """Weights far below those that keep the variance of signals from layer to layer."""
    yield from _off_scale(evidence, "initialization_too_small", small=True)


def initialization_too_large(evidence: Evidence) -> Iterator[Cause]:
    """Weights far above those that keep the variance of signals from layer to layer."""
    yield from _off_scale(evidence, "initialization_too_large", small=False)


def initializations(experiment: Experiment) -> Iterator[Fix]:
    """Overrides that give standard first weights: for layers that inherit, and for all that are written out."""
    name = standard_initializer(experiment)
    yield (f"initializer={name}",)
    written = layers_override(experiment, initialized(experiment, biases=False))
    yield (written, f"initializer={name}", f"output.initializer={name}")


def with_zero_biases(experiment: Experiment) -> Fix:
    """Overrides that give standard first weights, and biases of 0."""
    return (layers_override(experiment, initialized(experiment, biases=True)), "output.bias_initializer=zeros")


@dataclass(frozen=True, slots=True)
class Scale:
    """How far the first weights are off.

    Attributes:
        layer: the one that shows it most.
        weights, variance: in proportion to the standard.
    """

    layer: int
    weights: float
    variance: float

    @property
    def is_small(self) -> bool:
        """Whether the weights are far too small, or somewhat, and the signal far too small."""
        return self.weights < 1 / WEIGHTS or (self.weights < 1 / DIFFERENT and self.variance < 1 / SIGNAL)

    @property
    def is_large(self) -> bool:
        """Whether the weights are far too large, or somewhat, and the signal far too large."""
        return self.weights > WEIGHTS or (self.weights > DIFFERENT and self.variance > SIGNAL)


def scale_of(start: Start, *, small: bool) -> Scale:
    """How far the weights and the variance of z of any layer are below or above the standard ones."""
    worst = min if small else max
    weights, variances = start.ratios("weight_norm"), start.ratios("z_variance")
    layer = worst(weights, key=lambda number: weights[number])
    signal = worst(variances, key=lambda number: variances[number]) if variances else layer
    telling = layer if not WEIGHTS > weights[layer] > 1 / WEIGHTS else signal
    return Scale(telling, weights[layer], variances.get(signal, 1.0))


def _off_scale(evidence: Evidence, name: str, *, small: bool) -> Iterator[Cause]:
    experiment = evidence.experiment
    if experiment.start.is_given or layers_alike(experiment) or not (evidence.open or evidence.result is None):
        return
    for fix in initializations(experiment):
        start = start_with(evidence, fix)
        if start is None:
            continue
        scale = scale_of(start, small=small)
        if not (scale.is_small if small else scale.is_large):
            continue
        found = remedy(evidence, [fix], contrast=True)
        if found is None:
            continue
        how = "below" if small else "above"
        yield Cause(
            name,
            evidence.open or evidence.seeds,
            (scale.layer,),
            {**_facts(start, scale), **found.facts},
            found.fix,
            f"the first weights are far {how} those that keep the variance of z from layer to layer: "
            f"it is {short(scale.variance, 2)} of what {standard_initializer(experiment)} gives",
            "likely" if found.facts else "possible",
        )
        return


def _facts(start: Start, scale: Scale) -> Mapping[str, Fact]:
    """The variance of z in the layer, over the tried seeds, beside the standard one."""
    place = next(i for i, layer in enumerate(start.own[0]) if layer.layer == scale.layer)
    measured = [layers[place].z_variance for layers in start.own]
    expected = [layers[place].z_variance for layers in start.standard]
    return {
        "z_variance": sum(measured) / len(measured),
        "expected": sum(expected) / len(expected),
        "weights_of_standard": scale.weights,
    }
