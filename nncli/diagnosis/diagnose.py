"""Ask every rule, and rank the causes that they name."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TypeAlias

from nncli.analysis.diagnosis_record import CERTAINTIES, Cause, Diagnosis
from nncli.diagnosis.causes import capacity, descent, generalization, initialization, numbers, rows, signals
from nncli.diagnosis.curves import Curves
from nncli.diagnosis.evidence import Evidence
from nncli.diagnosis.held_out import gap_text
from nncli.report.numbers import count

Rule: TypeAlias = Callable[[Evidence], Iterator[Cause]]

RULES: tuple[Rule, ...] = (
    rows.missing_class,
    numbers.constant_input,
    rows.contradictory_rows,
    capacity.not_representable,
    numbers.output_out_of_reach,
    numbers.float32_resolution,
    numbers.mismatched_loss,
    initialization.symmetric_initialization,
    numbers.unscaled_inputs,
    numbers.unscaled_targets,
    generalization.dropout_too_strong,
    generalization.penalty_too_strong,
    descent.batch_too_small,
    initialization.initialization_too_small,
    initialization.initialization_too_large,
    descent.learning_rate_too_high,
    signals.exploding_gradient,
    signals.idle_at_start,
    signals.vanishing_gradient,
    signals.idle_at_end,
    descent.learning_rate_too_low,
    descent.stopped_too_early,
    generalization.underfitting,
    rows.imbalanced_classes,
    rows.random_labels,
    generalization.overfitting,
    rows.too_few_rows,
)
"""All rules, in the order in which equally certain causes are ranked: what limits every network first."""


MOST = 5
"""At most this number of causes is named."""

SURE = 0.7
"""A cause explains seeds if removing it mends at least this share of those on which that was tried."""


def diagnose(evidence: Evidence, rules: Sequence[Rule] = RULES) -> Diagnosis:
    """The causes for which seeds missed the goal of their run, the most probable first.

    The rules are asked in their order. A cause that is certain, or that a trial confirms, explains its seeds: later
    rules are about the others, so that different seeds may have different causes.
    """
    found: list[tuple[int, Cause]] = []
    for place, rule in enumerate(rules):
        for cause in rule(evidence):
            found.append((place, cause))
            if _explains(cause):
                evidence.explain(cause.seeds)
    found = [(place, cause) for place, cause in found if _explains(cause) or _adds(cause, evidence)]
    found.sort(key=lambda item: (_rank(item[1]), item[0], -len(item[1].seeds)))
    causes = tuple(cause for _, cause in found[:MOST])
    return Diagnosis(
        evidence.experiment.name if evidence.run is None else evidence.run.folder,
        str(evidence.goal),
        evidence.seeds,
        evidence.missed,
        causes,
        _remark(evidence, causes),
    )


def _mended(cause: Cause) -> float:
    """The share of seeds that its fix mended in a trial; 1 of a cause that needs none."""
    share = cause.evidence.get("mended", 1.0)
    return share if isinstance(share, float) else 1.0


def _explains(cause: Cause) -> bool:
    return cause.certainty != "possible" and _mended(cause) >= SURE


def _adds(cause: Cause, evidence: Evidence) -> bool:
    """Whether a cause says something about seeds that others do not explain.

    Where every seed reached its goal, what is only possible says nothing: healthy runs show it, too.
    """
    if evidence.result is not None and not evidence.missed and cause.certainty == "possible":
        return False
    return cause.certainty != "possible" or not {*cause.seeds} <= {*evidence.missed} - {*evidence.open}


def _rank(cause: Cause) -> tuple[int, bool]:
    return CERTAINTIES.index(cause.certainty), _mended(cause) < SURE


def _remark(evidence: Evidence, causes: Sequence[Cause]) -> str:
    """What else can be said of seeds that no cause is named for; of a healthy run, what held-out rows say."""
    if evidence.result is not None and not evidence.missed and not causes:
        return gap_text(evidence.result, evidence.goal.score)
    named = {seed for cause in causes for seed in cause.seeds}
    others = [seed for seed in evidence.missed if seed not in named]
    if not others:
        return ""
    improving = [seed for seed in others if Curves.of(evidence, seed).is_falling]
    found = [f"no fault found for {count(len(others), 'other seed')}"] if causes else []
    if len(improving) * 2 > len(others):
        found.append(f"{'it was' if len(others) == 1 else 'they were'} still improving when training stopped")
    elif evidence.reached and not causes:
        found.append(f"{count(len(others), 'seed')} of {len(evidence.seeds)} ended in a poor minimum, by chance")
    return "; ".join(found)
