"""Causes in the rows: what no network can learn from them, or not from so few."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from nncli.analysis.diagnosis_record import Cause
from nncli.diagnosis.evidence import Evidence
from nncli.diagnosis.held_out import HeldOut
from nncli.diagnosis.row_facts import LARGE_SHARE, best_score
from nncli.report.numbers import count, percent, short
from nncli.tasks.classes import class_rows
from nncli.tasks.data_files import named

AT_CHANCE = 0.02
"""A score this close to that of the largest class, or of the mean, says no more than that."""
FEW_ROWS, PER_CLASS = 30, 5
"""Fewer rows than this in all, or for each class, are few."""
ERRORS = 3.0
"""Standard errors of an accuracy that chance may reach, as the best of several models is compared with it."""


def contradictory_rows(evidence: Evidence) -> Iterator[Cause]:
    """Rows with equal inputs and different targets: a network gives them one answer.

        best accuracy = Σ over groups of equal inputs of the largest class / N
        best R²       = 1 - Σ (y - mean of its group)² / Σ (y - mean)²

    It is a cause if even the best is below the goal, or, where every row has to be right, below 1. Before training,
    what a sample allows is told.
    """
    best, rows = best_score(evidence.train)
    certain = evidence.goal.has_to_solve or evidence.result is not None
    least = 1.0 if evidence.goal.has_to_solve or evidence.result is None else evidence.goal.wanted
    if best >= least or not (evidence.missed or evidence.result is None):
        return
    score = evidence.goal.score
    most = percent(best) if score == "accuracy" else short(best)
    yield Cause(
        "contradictory_rows",
        evidence.missed or evidence.seeds,
        (),
        {"rows": rows, f"best_{score}": best, "expected": least},
        (),
        f"{count(rows, 'row')} share their inputs but not their target, so no network gets more than {most} {score}",
        "certain" if certain else "possible",
    )


def random_labels(evidence: Evidence) -> Iterator[Cause]:
    """Simple models do no better than chance, and the rows held out are not learned either.

    A network that memorizes the training rows shows that they can be fitted; only held-out rows tell a rule from noise.
    """
    held, goal = HeldOut.of(evidence), evidence.goal
    if held is None or evidence.result is None or len(evidence.train.inputs) < FEW_ROWS:
        return
    limit = goal.chance + _noise(goal.chance, len(evidence.train.inputs), goal.score)
    if goal.reference > limit:
        return
    scores = {seed: held.score(evidence.final(r)) for r, seed in enumerate(evidence.seeds)}
    rows = len(evidence.experiment.splits.named()[held.split].inputs)
    least = goal.chance + _noise(goal.chance, rows, goal.score)
    concerned = tuple(seed for seed, score in scores.items() if score is None or score <= least)
    if len(concerned) * 2 < len(evidence.seeds):
        return
    known = [score for seed in concerned if (score := scores[seed]) is not None]
    yield Cause(
        "random_labels",
        concerned,
        (),
        {
            "simple_models": goal.reference,
            held.metric: float(np.median(known)) if known else math.nan,
            "chance": goal.chance,
        },
        (),
        "neither the network nor a linear model nor neighbors predict a row that they have not seen: "
        "the targets look independent of the inputs",
        "likely",
    )


def _noise(chance: float, rows: int, score: str) -> float:
    """How far above chance a score may be by chance."""
    return max(AT_CHANCE, ERRORS * math.sqrt(chance * (1 - chance) / rows)) if score == "accuracy" else 2 * AT_CHANCE


def too_few_rows(evidence: Evidence) -> Iterator[Cause]:
    """The training rows are learned and those held out are not, and there are few of them for what is asked."""
    held, train = HeldOut.of(evidence), evidence.train
    if held is None or evidence.result is None or train.complete:
        return
    classes = train.targets.shape[1] if train.kind == "classes" else 2 if train.kind == "binary" else 1
    enough = max(FEW_ROWS, PER_CLASS * classes)
    concerned = tuple(
        seed for r, seed in enumerate(evidence.seeds) if seed in evidence.reached and held.is_below(evidence.final(r))
    )
    if len(train.inputs) >= enough or len(concerned) * 2 < len(evidence.seeds):
        return
    scores = [s for r, seed in enumerate(evidence.seeds) if seed in concerned and (s := held.score(evidence.final(r)))]
    yield Cause(
        "too_few_rows",
        concerned,
        (),
        {"rows": len(train.inputs), "expected": enough, held.metric: float(np.median(scores)) if scores else math.nan},
        (),
        f"{count(len(train.inputs), 'training row')} can be learned by heart, but say too little about other rows",
        "likely",
    )


def imbalanced_classes(evidence: Evidence) -> Iterator[Cause]:
    """Most rows are of one class, and the network answers with that class alone."""
    goal = evidence.goal
    if goal.score != "accuracy" or goal.chance < LARGE_SHARE or evidence.result is None:
        return
    concerned = tuple(
        seed
        for r, seed in enumerate(evidence.seeds)
        if seed in evidence.missed and (evidence.final(r).get("train_accuracy") or 0.0) <= goal.chance + AT_CHANCE
    )
    if not concerned:
        return
    yield Cause(
        "imbalanced_classes",
        concerned,
        (),
        {"largest_class": goal.chance, "expected": goal.wanted},
        (),
        f"{percent(goal.chance)} of the rows are of one class, and the network does no better than always naming it",
    )


def missing_class(evidence: Evidence) -> Iterator[Cause]:
    """A split without a row of some class: it cannot be learned, or nothing is known about it."""
    rows = class_rows(evidence.experiment.splits)
    for split in evidence.experiment.splits.named():
        lacking = tuple(named(name) for name, counts in rows.items() if not counts[split])
        if lacking and len(rows) > len(lacking):
            yield Cause(
                "missing_class",
                evidence.seeds,
                (),
                {"split": split, "lacking": lacking},
                (),
                f"no {split} row is of class {', '.join(lacking)}, so "
                + ("the network cannot learn it" if split == "train" else f"{split} metrics say nothing about it"),
                "certain",
            )
