"""Causes in the layers: units that say nothing or cannot change, and gradients that vanish or explode."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import numpy as np

from nncli.analysis.diagnosis_record import Cause
from nncli.diagnosis.causes.initialization import initializations, with_zero_biases
from nncli.diagnosis.evidence import Evidence
from nncli.diagnosis.layer_evidence import hidden_activations, largest_share, layers_of, rectifies, start_with
from nncli.diagnosis.remedy import Fix, remedy
from nncli.nn.activations import activations
from nncli.report.flow_text import Moment
from nncli.report.numbers import percent, short
from nncli.training.flow import LayerFlow

MANY, MORE = 0.3, 0.2
"""A share of units is large above the first, and if it exceeds that of seeds that learned by the second."""

VANISHED = 1e-2
"""A gradient vanishes if its norm falls to this share from the last layer to the first, and more than in a standard
network of the same shape by this factor."""

EXPLODED = 10.0
"""A gradient explodes if its norm is this many times that of a standard start."""


TRIES: dict[str, tuple[Fix, ...]] = {
    "dead": (("activation=leaky_relu",), ("activation=leaky_relu", "initializer=he_normal")),
    "saturated": (("activation=relu", "initializer=he_normal"), ("regularizer.normalization.over=batch",)),
}
"""What brings such units back, if usual weights and biases do not."""

WORDS = {
    "dead": "are 0 on every row, with no slope: they learn nothing more",
    "saturated": "are on a flat part of their activation on every row",
}


def idle_at_start(evidence: Evidence) -> Iterator[Cause]:
    """Dead or saturated units before the first step: `dead_units` or `saturated_units`."""
    if not (evidence.open or evidence.result is None):
        return
    for quantity, tries in TRIES.items():
        fixes = [with_zero_biases(evidence.experiment), *tries]
        yield from _idle(evidence, evidence.start, quantity, fixes, "before the first step")


def idle_at_end(evidence: Evidence) -> Iterator[Cause]:
    """The same after training, in seeds that missed the goal and not in those that learned."""
    if not evidence.open or evidence.end is None:
        return
    for quantity, tries in TRIES.items():
        yield from _idle(evidence, evidence.end, quantity, tries, "after training")


def _idle(evidence: Evidence, moment: Moment, quantity: str, fixes: Sequence[Fix], when: str) -> Iterator[Cause]:
    concerned = _concerned(evidence, moment, evidence.open or evidence.seeds, quantity)
    if not concerned:
        return
    found = remedy(evidence, fixes, contrast=bool(evidence.reached))
    if found is None:
        return
    share = float(np.median([share for share, _ in concerned.values()]))
    facts: dict[str, float] = {f"{quantity}_share": share}
    if evidence.reached:
        facts["in_seeds_that_learned"] = _typical(moment, evidence.reached, quantity)
    yield Cause(
        f"{quantity}_units",
        tuple(concerned),
        tuple(sorted({-layer for _, layer in concerned.values()})),
        facts | found.facts,
        found.fix,
        f"{when}, {percent(round(share, 3))} of the units of a layer {WORDS[quantity]}",
        "likely" if found.facts else "possible",
    )


def _concerned(evidence: Evidence, moment: Moment, seeds: Sequence[int], quantity: str) -> dict[int, tuple[float, int]]:
    """The seeds with a large share of such units, each with the share and the layer."""
    usual = _typical(moment, evidence.reached, quantity)
    found = {
        seed: largest_share(layers, quantity) for seed, layers in zip(seeds, layers_of(moment, seeds), strict=True)
    }
    return {seed: own for seed, own in found.items() if own[0] >= max(MANY, usual + MORE)}


def _typical(moment: Moment, seeds: Sequence[int], quantity: str) -> float:
    shares = [largest_share(layers, quantity)[0] for layers in layers_of(moment, seeds)]
    return float(np.median(shares)) if shares else 0.0


def vanishing_gradient(evidence: Evidence) -> Iterator[Cause]:
    """A gradient that is far smaller in the first layers than in the last: these do not learn."""
    if not (evidence.open or evidence.result is None):
        return
    seeds = evidence.open or evidence.seeds
    functions = hidden_activations(evidence.experiment)
    flat = next((function for function in functions if function.flat), None)
    tries: list[Fix] = [("activation=tanh",)] if not rectifies(evidence.experiment) else []
    tries += [("activation=relu", "initializer=he_normal"), ("regularizer.normalization.over=batch",)]
    if flat is not None:
        found = remedy(evidence, tries)
        name = activations.name_of(flat)
        yield Cause(
            "vanishing_gradient",
            seeds,
            (),
            {"slope": 0.0} | ({} if found is None else found.facts),
            () if found is None else found.fix,
            f"the derivative of {name} is 0, so that no gradient passes a hidden {name}",
            "certain" if found is not None and found.facts else "possible",
        )
        return
    ratio = _back(layers_of(evidence.start, seeds))
    if not ratio < VANISHED:
        return
    standard = start_with(evidence, ("activation=tanh", "initializer=xavier_uniform"))
    usual = 1.0 if standard is None else _back(standard.standard)
    if not math.isnan(usual) and not ratio < 0.1 * usual:
        return
    found = remedy(evidence, tries, contrast=True)
    if found is None:
        return
    yield Cause(
        "vanishing_gradient",
        seeds,
        (evidence.start.layers[0][0].layer,),
        {"gradient_first_to_last": ratio, "expected": usual, **found.facts},
        found.fix,
        f"before the first step, the gradient of the first layer is {short(ratio, 2)} of the last layer's",
        "likely" if found.facts else "possible",
    )


def exploding_gradient(evidence: Evidence) -> Iterator[Cause]:
    """A gradient far above a standard network's, or one that grows on its way back: clipping its norm mends that."""
    if not evidence.open or evidence.result is None or evidence.experiment.training.clip_norm is not None:
        return
    own = layers_of(evidence.start, evidence.open)
    largest, ratio = float(np.median([_largest(layers) for layers in own])), _back(own)
    diverged = [seed for seed in evidence.open if evidence.stopped(seed) == "diverged"]
    written = list(initializations(evidence.experiment))[-1]
    standard = start_with(evidence, written)
    usual = math.nan if standard is None else float(np.median([_largest(layers) for layers in standard.standard]))
    unusual = not largest < EXPLODED * usual
    if not (unusual or diverged or ratio > 1 / VANISHED):
        return
    fixes: list[Fix] = [("training.clip_norm=1",), *([written] if unusual else [])]
    found = remedy(evidence, fixes, contrast=unusual)
    if found is None:
        return
    yield Cause(
        "exploding_gradient",
        evidence.open,
        (),
        {"gradient_norm": largest, "expected": usual, "gradient_first_to_last": ratio, **found.facts},
        found.fix,
        f"before the first step, the gradient has a norm of {short(largest, 2)}: single steps go far",
    )


def _back(layers: Sequence[Sequence[LayerFlow]]) -> float:
    """‖g‖ of the first layer with weights over that of the last: the geometric mean over seeds; NaN if unknown."""
    logs = []
    for of_seed in layers:
        norms = [layer.gradient_norm for layer in of_seed if not math.isnan(layer.gradient_norm)]
        if len(norms) > 1 and norms[-1] > 0:
            logs.append(math.log(max(norms[0], 1e-45) / norms[-1]))
    return math.exp(float(np.mean(logs))) if logs else math.nan


def _largest(layers: Sequence[LayerFlow]) -> float:
    return max((layer.gradient_norm for layer in layers if not math.isnan(layer.gradient_norm)), default=math.nan)
