"""Causes in the descent: steps too long or too short, too few of them, or with too much noise."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import numpy as np

from nncli.analysis.diagnosis_record import Cause
from nncli.diagnosis.curves import Curves
from nncli.diagnosis.evidence import Evidence
from nncli.diagnosis.layer_evidence import layers_of
from nncli.diagnosis.remedy import Fix, remedy
from nncli.nn.layers import OverBatch
from nncli.report.numbers import short

SHORT, LONG, LEAP = 2e-4, 0.1, 0.5
"""Shares of the weights that a first step changes: below the first it is short, above the second it is long, and none
that learns well takes one above the third. Most runs begin between 1e-3 and 1e-2."""

STILL = 0.01
"""All steps together, if each were like the first, have to change more of the weights than this to learn anything."""

FEW_ROWS, MORE_ROWS = 4, 32
"""Batches up to the first are small; the second is a usual size."""


def learning_rate_too_high(evidence: Evidence) -> Iterator[Cause]:
    """Training diverged, or its loss jumps or ended high, and a smaller rate mends it."""
    if not evidence.open or evidence.result is None:
        return
    rate = float(evidence.experiment.training.learning_rate)
    diverged = [seed for seed in evidence.open if evidence.stopped(seed) == "diverged"]
    rough = [seed for seed in evidence.open if seed in diverged or Curves.of(evidence, seed).is_rough]
    step = first_step(evidence, evidence.open)
    if not rough and not step > LONG:
        return
    seeds = tuple(rough) or evidence.open
    unusual = bool(diverged) or step > LEAP
    found = remedy(evidence, _rates(rate, (0.1, 0.01, 0.001)), contrast=unusual)
    if found is None:
        return
    how = "training diverged" if diverged else "the loss jumps up again and again"
    if not rough:
        how = f"the first step already changes {short(step, 2)} of the weights"
    yield Cause(
        "learning_rate_too_high",
        seeds,
        (),
        {"learning_rate": rate, "diverged": len(diverged), "first_step_of_weights": step, **found.facts},
        found.fix,
        f"{how}: steps overshoot, and shorter ones do not",
    )


def learning_rate_too_low(evidence: Evidence) -> Iterator[Cause]:
    """The weights hardly moved, and a larger rate mends it."""
    if not evidence.open or evidence.result is None:
        return
    rate = float(evidence.experiment.training.learning_rate)
    step = first_step(evidence, evidence.open)
    if not step < SHORT:
        return
    found = remedy(evidence, _rates(rate, (10, 100, 1000, 10000)), contrast=True)
    steps = evidence.experiment.steps_per_epoch * max(evidence.result.epochs)
    if found is None and not step * steps < STILL:
        return
    yield Cause(
        "learning_rate_too_low",
        evidence.open,
        (),
        {"learning_rate": rate, "first_step_of_weights": step, "expected": 1e-3, **(found.facts if found else {})},
        found.fix if found else (),
        f"a step changes only {short(step, 2)} of the weights, so that they hardly move",
        "likely" if found else "possible",
    )


def stopped_too_early(evidence: Evidence) -> Iterator[Cause]:
    """The loss was still falling when training ended, or patience ended it on a plateau that would have ended."""
    if evidence.result is None:
        return
    training = evidence.experiment.training
    impatient = tuple(seed for seed in evidence.open if evidence.stopped(seed) == "patience")
    falling = tuple(
        seed for seed in evidence.open if evidence.stopped(seed) == "epochs" and Curves.of(evidence, seed).is_falling
    )
    if not impatient and not falling:
        return
    fixes: list[Fix] = []
    more = [f"training.epochs={training.epochs * times}" for times in (3, 10, 100)]
    if impatient and training.stop.patience is not None:
        fixes += [(f"training.stop.patience={training.stop.patience * 10}",), ("training.stop.patience=null",)]
        fixes += [("training.stop.patience=null", each) for each in more]
    else:
        fixes += [(each,) for each in more]
    found = remedy(evidence, fixes, contrast=True)  # the same training, continued
    if found is None:
        return
    seeds = impatient or falling
    ends = [Curves.of(evidence, seed).late_fall for seed in seeds]
    how = "the loss was still falling when training ended"
    if impatient:
        how = f"patience ended training after {training.stop.patience} epochs without a lower loss; it falls later"
    yield Cause(
        "stopped_too_early",
        seeds,
        (),
        {"epochs": training.epochs, "fall_of_loss_in_last_fifth": float(np.median(ends)), **found.facts},
        found.fix,
        how,
    )


def batch_too_small(evidence: Evidence) -> Iterator[Cause]:
    """Batches of a few rows, whose statistics or gradients are mostly noise."""
    experiment = evidence.experiment
    rows = len(evidence.train.inputs)
    if not evidence.open or experiment.batch_size > FEW_ROWS:
        return
    over_batch = tuple(n for n, layer in enumerate(experiment.layers, 1) if isinstance(layer, OverBatch))
    if rows < (2 if over_batch else 4) * experiment.batch_size:
        return
    found = remedy(evidence, [(f"training.batch_size={min(MORE_ROWS, rows)}",)], contrast=True)
    if found is None:
        return
    what = "the mean and variance over a batch" if over_batch else "the gradient of a batch"
    yield Cause(
        "batch_too_small",
        evidence.open,
        over_batch,
        {"batch_size": experiment.batch_size, "expected": min(MORE_ROWS, rows), **found.facts},
        found.fix,
        f"{what} of {experiment.batch_size} rows is mostly noise",
    )


def first_step(evidence: Evidence, seeds: Sequence[int]) -> float:
    """The share of the weights that the first step changes: the median over layers and seeds; NaN if unknown."""
    ratios = [layer.update_ratio for layers in layers_of(evidence.start, seeds) for layer in layers]
    known = [ratio for ratio in ratios if not math.isnan(ratio)]
    return float(np.median(known)) if known else float("nan")


def _rates(rate: float, factors: Sequence[float]) -> list[Fix]:
    return [(f"training.learning_rate={float(f'{rate * factor:.3g}'):g}",) for factor in factors]
