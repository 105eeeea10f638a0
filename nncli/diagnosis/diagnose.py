"""Ask every rule, and rank the causes that they name."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TypeAlias

from nncli.analysis.diagnosis_record import CERTAINTIES, Cause, Diagnosis
from nncli.diagnosis.causes import descent, generalization, initialization, rows, signals
from nncli.diagnosis.evidence import Evidence

Rule: TypeAlias = Callable[[Evidence], Iterator[Cause]]

RULES: tuple[Rule, ...] = (
    rows.contradictory_rows,
    initialization.symmetric_initialization,
    generalization.dropout_too_strong,
    generalization.penalty_too_strong,
    descent.batch_too_small,
    initialization.initialization_too_small,
    initialization.initialization_too_large,
    descent.learning_rate_too_high,
    signals.exploding_gradient,
    signals.dead_units,
    signals.saturated_units,
    signals.vanishing_gradient,
    descent.learning_rate_too_low,
    descent.stopped_too_early,
    generalization.underfitting,
)
"""All rules, in the order in which equally certain causes are ranked: what limits every network first."""


def diagnose(evidence: Evidence, rules: Sequence[Rule] = RULES) -> Diagnosis:
    """The causes for which seeds missed the goal of their run, the most probable first."""
    found: list[tuple[int, Cause]] = []
    for place, rule in enumerate(rules):
        for cause in rule(evidence):
            found.append((place, cause))
            if cause.certainty != "possible":
                evidence.explain(cause.seeds)
    found.sort(key=lambda item: (CERTAINTIES.index(item[1].certainty), item[0], -len(item[1].seeds)))
    return Diagnosis(
        evidence.experiment.name if evidence.run is None else evidence.run.folder,
        str(evidence.goal),
        evidence.seeds,
        evidence.missed,
        tuple(cause for _, cause in found),
    )
