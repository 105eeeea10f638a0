"""Causes in what is asked of the network: too small or too large for its rows, or held back too much."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import partial

import numpy as np

from nncli.analysis.diagnosis_record import Cause
from nncli.diagnosis.evidence import Evidence
from nncli.diagnosis.held_out import HeldOut
from nncli.diagnosis.remedy import HALF, Fix, Remedy, remedy
from nncli.diagnosis.written_layers import layers_override
from nncli.nn.layers import Block, Layer
from nncli.nn.layers.dropout import Dropout
from nncli.nn.regularizers import Regularizer
from nncli.nn.regularizers.added_layers import DropoutRegularizer
from nncli.registry import changed, options_of
from nncli.report.metric_text import NAMES
from nncli.report.numbers import percent, short

STRONG_DROPOUT = 0.3
"""Rates above this are told if less of it helps."""
PENALTY = 0.1
"""A penalty is strong if it is more than this share of the objective."""


def dropout_too_strong(evidence: Evidence) -> Iterator[Cause]:
    """So much is dropped while training that what is left cannot fit the rows."""
    rates = {
        number: float(layer.rate)
        for number, layer in enumerate(evidence.experiment.layers, 1)
        if isinstance(layer, Dropout) and float(layer.rate) > STRONG_DROPOUT
    }
    if not rates or not evidence.open:
        return
    strongest = max(rates.values())
    found = remedy(
        evidence,
        [
            ("regularizer.dropout=0.1",),
            (layers_override(evidence.experiment, partial(_gently, 0.1)),),
            (layers_override(evidence.experiment, partial(_gently, 0.0)),),
        ],
        contrast=True,
    )
    if found is None:
        return
    yield Cause(
        "dropout_too_strong",
        evidence.open,
        tuple(rates),
        {"rate": strongest, "expected": 0.1, **found.facts},
        found.fix,
        f"dropout removes {percent(strongest)} of the units in every step, and what is left does not fit the rows",
    )


def _gently(most: float, layer: Layer | Block) -> Layer | Block:
    """A layer with dropout of at most this rate."""
    if isinstance(layer, Dropout):
        return replace(layer, rate=min(most, float(layer.rate)))
    own: tuple[Regularizer, ...] | None = getattr(layer, "regularizer", None)
    if own is None:
        return layer
    gentle = [
        replace(part, rate=min(most, float(part.rate))) if isinstance(part, DropoutRegularizer) else part
        for part in own
    ]
    return changed(layer, regularizer=tuple(gentle))


def penalty_too_strong(evidence: Evidence) -> Iterator[Cause]:
    """The penalty on the weights is a large part of the objective, and keeps them from fitting the rows."""
    if not evidence.open or evidence.result is None:
        return
    shares = [_penalty_share(evidence, seed) for seed in evidence.open]
    decay = float(getattr(evidence.experiment.training.optimizer, "weight_decay", 0.0))
    share = float(np.median(shares)) if shares else 0.0
    fixes: list[Fix] = []
    if share > PENALTY:
        fixes += [("regularizer=none",), ("regularizer=none", "output.regularizer=none")]
    if decay * float(evidence.experiment.training.learning_rate) > 1e-3:
        fixes.append(("training.optimizer.weight_decay=0.01",))
    found = remedy(evidence, fixes, contrast=True)
    if found is None:
        return
    yield Cause(
        "penalty_too_strong",
        evidence.open,
        (),
        {"penalty_of_objective": share, "weight_decay": decay, **found.facts},
        found.fix,
        f"the penalty on the weights is {percent(round(share, 3))} of the objective, and holds them too small"
        if share > PENALTY
        else "the weight decay takes more from the weights than the gradient gives",
    )


def _penalty_share(evidence: Evidence, seed: int) -> float:
    """The share of the penalty in the objective, before training or after it, whichever is larger."""
    columns = evidence.curves.get(seed)
    if columns is None or not len(columns["objective"]):
        return 0.0
    ends = [0, -1]
    penalty, objective = columns["penalty"][ends], columns["objective"][ends]
    return float(np.nanmax(np.where(objective > 0, penalty / np.where(objective > 0, objective, 1), 0.0)))


def underfitting(evidence: Evidence) -> Iterator[Cause]:
    """No seed reaches the goal, longer training does not help, and a larger network reaches it.

    Where one seed reaches it, the network is large enough.
    """
    experiment = evidence.experiment
    seeds = evidence.open
    if not seeds or evidence.result is None or evidence.reached:
        return
    if not experiment.architecture:
        fixes: list[Fix] = [("architecture=[32]",)]
    else:
        fixes = [(layers_override(experiment, partial(_larger, times)),) for times in (4, 16, 64)]
    found = remedy(evidence, fixes)
    if found is None:
        return
    name = f"train_{evidence.goal.score}"
    scores = [value for seed in seeds if (value := evidence.final(evidence.seeds.index(seed)).get(name)) is not None]
    score = float(np.median(scores)) if scores else float("nan")
    yield Cause(
        "underfitting",
        seeds,
        (),
        {name: score, "expected": evidence.goal.wanted, "parameters": experiment.parameter_count, **found.facts},
        found.fix,
        f"training ends at {NAMES[evidence.goal.score]} {short(score, 3)}, and a larger network gets further",
    )


def overfitting(evidence: Evidence) -> Iterator[Cause]:
    """The training rows are learned, but held-out rows are clearly worse, and worse than with simple models."""
    held = HeldOut.of(evidence)
    if held is None or evidence.result is None:
        return
    finals = {seed: evidence.final(r) for r, seed in enumerate(evidence.seeds)}
    short_of = tuple(seed for seed in evidence.reached if held.falls_short(finals[seed]))
    if len(short_of) * 2 < len(evidence.seeds):
        return
    gaps, scores, rises = [], [], []
    for seed in short_of:
        score, train = held.score(finals[seed]), finals[seed].get(f"train_{evidence.goal.score}")
        if score is not None and train is not None:
            scores.append(score)
            gaps.append(train - score)
        rises.append(_rise(evidence, seed))
    found = _generalizing(evidence, held)
    facts = {
        held.metric: float(np.median(scores)),
        "expected": held.wanted,
        "below_training": float(np.median(gaps)),
        "validation_loss_of_lowest": float(np.median(rises)),
    }
    yield Cause(
        "overfitting",
        short_of,
        (),
        {name: value for name, value in facts.items() if not np.isnan(value)} | ({} if found is None else found.facts),
        () if found is None else found.fix,
        f"the training rows are learned, but the {held.split} rows are {short(float(np.median(gaps)), 2)} worse in "
        f"{NAMES[evidence.goal.score]}, and worse than with simple models",
        "possible" if found is None else "likely",
    )


def _rise(evidence: Evidence, seed: int) -> float:
    """The last validation loss in proportion to the lowest; NaN without one."""
    lowest = None if evidence.result is None else evidence.result.lowest_validation[evidence.seeds.index(seed)]
    last = evidence.final(evidence.seeds.index(seed)).get("validation_loss")
    return float("nan") if lowest is None or last is None or lowest.loss <= 0 else last / lowest.loss


def _generalizing(evidence: Evidence, held: HeldOut) -> Remedy | None:
    """The change after which most of the tried seeds no longer fall short, and still learn their training rows."""
    experiment = evidence.experiment
    fixes: list[Fix] = []
    if experiment.splits.validation is not None and experiment.training.stop.patience is None:
        patience = max(5, experiment.training.epochs // 20)
        fixes.append((f"training.stop={{solved: false, patience: {patience}}}",))
    fixes += [(f"regularizer.l2={rate:g}",) for rate in (0.001, 0.01, 0.1)]
    fixes += [("regularizer.dropout=0.2",), (layers_override(experiment, partial(_smaller, 4)),)]
    best: Remedy | None = None
    for fix in fixes:
        trial = evidence.trial(*fix)
        if trial is None:
            continue
        share = float(np.mean([(held.score(own) or 0.0) >= held.wanted for own in trial.metrics]))
        if share >= HALF and (best is None or share > best.mended):
            best = Remedy(fix, share, len(trial.seeds))
        if share == 1:
            break
    return best


def _smaller(times: int, layer: Layer | Block) -> Layer | Block:
    own = options_of(type(layer))
    shrunk = {name: max(1, getattr(layer, name) // times) for name in ("units", "filters") if name in own}
    return changed(layer, **shrunk) if shrunk else layer


def _larger(times: int, layer: Layer | Block) -> Layer | Block:
    own = options_of(type(layer))
    grown = {name: getattr(layer, name) * times for name in ("units", "filters") if name in own}
    return changed(layer, **grown) if grown else layer
