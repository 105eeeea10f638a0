"""Causes in the rows: what no network, or none of this kind, can learn from them."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from nncli.analysis.diagnosis_record import Cause
from nncli.diagnosis.evidence import Evidence
from nncli.report.numbers import count, percent


def contradictory_rows(evidence: Evidence) -> Iterator[Cause]:
    """Rows with the same inputs and different classes: the best accuracy takes the largest class of each group.

    It is a cause where that best accuracy is below 1, all rows should be right, and a seed came to it and no further.
    """
    train = evidence.train
    if train.kind == "regression":
        return
    inputs = train.inputs.reshape(len(train.inputs), -1)
    _, same = np.unique(inputs, axis=0, return_inverse=True)
    _, target = np.unique(train.targets, axis=0, return_inverse=True)
    votes = np.zeros((int(same.max()) + 1, int(target.max()) + 1))
    np.add.at(votes, (same.reshape(-1), target.reshape(-1)), 1)
    best = float(votes.max(axis=1).sum() / len(inputs))
    rows = int(votes[(votes > 0).sum(axis=1) > 1].sum())
    if best == 1 or not evidence.goal.has_to_solve:
        return
    seeds = evidence.missed or evidence.seeds
    yield Cause(
        "contradictory_rows",
        seeds,
        (),
        {"rows": rows, "best_accuracy": best},
        (),
        f"{count(rows, 'row')} share inputs but not the class: no network gets more than {percent(best)} right",
        "certain",
    )
