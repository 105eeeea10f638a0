"""What the layers of seeds have in common, and what a standard initialization would give them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from nncli.config.experiment import Experiment
from nncli.diagnosis.evidence import Evidence
from nncli.diagnosis.flow import flow_of_config
from nncli.diagnosis.written_layers import Change
from nncli.errors import UserError
from nncli.nn.activations import Activation, activations
from nncli.nn.initializers.constants import Zeros
from nncli.nn.initializers.he import HeNormal
from nncli.nn.initializers.orthogonal import Orthogonal
from nncli.nn.initializers.xavier import XavierUniform
from nncli.nn.layers import Block, Layer
from nncli.registry import changed, options_of
from nncli.report.flow_text import Moment
from nncli.training.flow import LayerFlow

RECTIFIERS = ("relu", "leaky_relu", "prelu", "elu", "gelu", "swish", "mish", "softplus")
"""Activations that pass one side on: He et al. (2015) derive their initialization."""


@dataclass(frozen=True, slots=True)
class Start:
    """The layers of some seeds before the first step, as they are and with a standard initialization.

    Attributes:
        own, standard: what flows through each layer, for each seed.
    """

    own: tuple[tuple[LayerFlow, ...], ...]
    standard: tuple[tuple[LayerFlow, ...], ...]

    def ratios(self, quantity: str) -> dict[int, float]:
        """The geometric mean over seeds of a quantity in proportion to the standard one, by number of layer."""
        found: dict[int, float] = {}
        for place, layer in enumerate(self.own[0]):
            pairs = [
                (float(getattr(own[place], quantity)), float(getattr(its[place], quantity)))
                for own, its in zip(self.own, self.standard, strict=True)
            ]
            logs = [math.log(max(mine, 1e-45) / max(its, 1e-45)) for mine, its in pairs if not math.isnan(its + mine)]
            if logs:
                found[layer.layer] = math.exp(float(np.mean(logs)))
        return found


def layers_of(moment: Moment, seeds: Sequence[int]) -> tuple[tuple[LayerFlow, ...], ...]:
    """What flows through the layers of some seeds."""
    known = dict(zip(moment.seeds, moment.layers, strict=True))
    return tuple(known[seed] for seed in seeds if seed in known)


def start_with(evidence: Evidence, fix: Sequence[str]) -> Start | None:
    """The start of the tried seeds beside that with a fix; None if it is not valid or has other layers."""
    experiment = evidence.changed(fix)
    if experiment is None:
        return None
    try:
        standard = flow_of_config(experiment).moments[0]
    except UserError:
        return None
    own = layers_of(evidence.start, standard.seeds)
    if len(own) != len(standard.seeds) or [x.layer for x in own[0]] != [x.layer for x in standard.layers[0]]:
        return None
    return Start(own, standard.layers)


def largest_share(layers: Sequence[LayerFlow], quantity: str) -> tuple[float, int]:
    """The largest share of units of a hidden layer that are, say, `dead`, and the number of the layer; 0 of none."""
    shares = [(float(getattr(layer, quantity)), layer.layer) for layer in layers[:-1]]
    return max(((share, -number) for share, number in shares if not math.isnan(share)), default=(0.0, 0))


def hidden_activations(experiment: Experiment) -> list[Activation]:
    """The activations of the hidden layers, in order."""
    found = []
    for layer in experiment.layers[:-1]:
        for name, given in options_of(type(layer)).items():
            if given.part_of is activations:
                found.append(getattr(layer, name))
    return found


def rectifies(experiment: Experiment) -> bool:
    """Whether the hidden units pass one side on, most of them."""
    names = [activations.name_of(f) for f in hidden_activations(experiment)]
    return sum(name in RECTIFIERS for name in names) * 2 > len(names)


def standard_initializer(experiment: Experiment) -> str:
    """`he_normal` for rectifiers, or else `xavier_uniform`."""
    return "he_normal" if rectifies(experiment) else "xavier_uniform"


def initialized(experiment: Experiment, *, biases: bool) -> Change:
    """A change of a layer to the standard initializers, of its weights or also of its biases."""
    weights = HeNormal() if rectifies(experiment) else XavierUniform()

    def change(layer: Layer | Block) -> Layer | Block:
        own = options_of(type(layer))
        given: dict[str, object] = {"initializer": weights} if "initializer" in own else {}
        if "recurrent_initializer" in own:
            given["recurrent_initializer"] = Orthogonal()
        if biases and "bias_initializer" in own:
            given["bias_initializer"] = Zeros()
        return changed(layer, **given)

    return change
