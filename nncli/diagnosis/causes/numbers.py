"""Causes in the numbers: inputs and targets that are constant, far from 1, or beyond what the output can say."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from nncli.analysis.diagnosis_record import Cause
from nncli.diagnosis.evidence import Evidence
from nncli.diagnosis.remedy import Fix, Remedy, remedy
from nncli.diagnosis.row_facts import OutOfReach, columns, input_scale, scale_text
from nncli.report.numbers import count, short
from nncli.tasks.data_files import named
from nncli.tasks.input_scale import SCALE, SHIFTED

Numbers = NDArray[np.float64]

TOLD_APART = 0.5
"""A dtype that keeps less than this share of the different numbers of a column tells too few apart."""
CLASS_LOSSES = ("binary_cross_entropy", "softmax_cross_entropy", "hinge", "perceptron")
"""The losses that are made for classes."""


def constant_input(evidence: Evidence) -> Iterator[Cause]:
    """Columns that are the same in every row say nothing; if all are, there is nothing to learn from."""
    x = columns(evidence.experiment)
    constant = np.flatnonzero(np.ptp(x, axis=0) == 0)
    if (
        not len(constant)
        or not (evidence.missed or evidence.result is None)
        or len(evidence.experiment.input_shape) > 1
    ):
        return
    names = tuple(named(evidence.train.input_names[column]) for column in constant)
    every = len(constant) == x.shape[1]
    yield Cause(
        "constant_input",
        evidence.missed or evidence.seeds,
        (),
        {"columns": names[:5], "constant": len(constant), "of": x.shape[1]},
        (),
        "every input is the same in all rows, so that only the mean can be learned"
        if every
        else f"{count(len(constant), 'input')} of {x.shape[1]} never changes, and says nothing",
        "certain" if every else "possible",
    )


def float32_resolution(evidence: Evidence) -> Iterator[Cause]:
    """Different numbers of a column become equal in the dtype of the network."""
    experiment, x = evidence.experiment, columns(evidence.experiment)
    if not (evidence.missed or evidence.result is None) or len(experiment.input_shape) > 1:
        return
    lost = {}
    for column, values in enumerate(x.T):
        before = len(np.unique(values))
        after = len(np.unique(values.astype(experiment.dtype)))
        if before > 1 and after / before < TOLD_APART:
            lost[named(evidence.train.input_names[column])] = (before, after)
    if not lost:
        return
    (name, (before, after)), *_ = lost.items()
    fixes: list[Fix] = [
        ("training.standardize=true",),
        ("training.standardize=true", "dtype=float64"),
        ("dtype=float64",),
    ]
    found = remedy(evidence, fixes, contrast=True)
    yield Cause(
        "float32_resolution",
        evidence.missed or evidence.seeds,
        (),
        {"columns": tuple(lost)[:5], "different": before, f"in_{experiment.dtype}": after},
        found.fix if found else fixes[0],
        f"{name} has {count(before, 'different number')}, of which {experiment.dtype} tells {after} apart",
        "certain",
    )


def unscaled_inputs(evidence: Evidence) -> Iterator[Cause]:
    """Columns far from mean 0 and standard deviation 1, so that one learning rate cannot suit all weights.

    Source: LeCun, Bottou, Orr & Müller (1998), Efficient BackProp, section 4.3.
    """
    scale = input_scale(evidence.experiment)
    if scale is None or not scale.is_off or not (evidence.missed or evidence.result is None):
        return
    found = remedy(evidence, [("training.standardize=true",)], contrast=True)
    yield Cause(
        "unscaled_inputs",
        evidence.missed or evidence.seeds,
        (),
        {
            "largest_std": scale.largest,
            "least_std": scale.least,
            "largest_mean_in_std": scale.shift,
            **_facts(found),
        },
        () if found is None else found.fix,
        f"{scale_text(scale)}, where about 1 and 0 are expected",
        "likely" if found is not None and evidence.result is not None else "possible",
    )


def output_out_of_reach(evidence: Evidence) -> Iterator[Cause]:
    """Targets outside of the range of the output's activation."""
    experiment = evidence.experiment
    beyond = OutOfReach.of(experiment)
    if beyond is None or not (evidence.missed or evidence.result is None):
        return
    y = evidence.train.targets
    found = remedy(evidence, [("output.activation=linear",)], contrast=True)
    yield Cause(
        "output_out_of_reach",
        evidence.missed or evidence.seeds,
        (len(experiment.layers),),
        {
            "targets": (float(y.min()), float(y.max())),
            "output": (beyond.low, beyond.high),
            "out_of_reach": beyond.share,
        },
        found.fix if found else ("output.activation=linear",),
        str(beyond),
        "certain",
    )


def unscaled_targets(evidence: Evidence) -> Iterator[Cause]:
    """Targets far from mean 0 and standard deviation 1: the output has a long way to go, or too little to do."""
    experiment, y = evidence.experiment, evidence.train.targets
    if evidence.train.kind != "regression" or not (evidence.missed or evidence.result is None):
        return
    mean, std = float(y.mean()), float(y.std())
    if std == 0 or (abs(mean) <= SHIFTED * max(1.0, std) and 1 / SCALE <= std <= SCALE):
        return
    rate = float(experiment.training.learning_rate)
    shift = f"output.bias_initializer={{constant: {{value: {mean:.4g}}}}}"
    scale = f"output.initializer={{lecun_normal: {{gain: {std:.3g}}}}}"
    fixes: list[Fix] = [(shift, scale)]
    fixes += [(shift, scale, f"training.learning_rate={rate * times:.4g}") for times in (10, 0.1, 100, 0.01)]
    found = remedy(evidence, fixes, contrast=True)
    yield Cause(
        "unscaled_targets",
        evidence.missed or evidence.seeds,
        (len(experiment.layers),),
        {"mean": mean, "std": std},
        () if found is None else found.fix,
        f"the targets have mean {short(mean, 3)} and standard deviation {short(std, 3)}, but a network starts with "
        "outputs near 0 and about 1 apart: use another unit for them",
        "likely" if found is not None and evidence.result is not None else "possible",
    )


def mismatched_loss(evidence: Evidence) -> Iterator[Cause]:
    """A loss made for numbers on targets that are classes.

    The gradient of (p - y)² at the z of a sigmoid has the factor p (1 - p), which vanishes where the answer is surely
    wrong; that of the cross-entropy is p - y. An absolute error is fitted by the more frequent class.
    Source: Goodfellow, Bengio & Courville (2016), section 6.2.2.
    """
    from nncli.nn.losses import losses

    experiment, kind = evidence.experiment, evidence.train.kind
    name = losses.name_of(experiment.output.loss)
    if kind == "regression" or name in CLASS_LOSSES or not (evidence.missed or evidence.result is None):
        return
    right = "softmax_cross_entropy" if kind == "classes" else "binary_cross_entropy"
    output = "softmax" if kind == "classes" else "sigmoid"
    fix = (f"output.activation={output}", f"output.loss={right}")
    found = remedy(evidence, [fix], contrast=True)
    yield Cause(
        "mismatched_loss",
        evidence.missed or evidence.seeds,
        (len(experiment.layers),),
        {"loss": name, "expected": right, **_facts(found)},
        () if found is None else found.fix,
        f"{name} is made for numbers, and these targets are classes: "
        "its gradient says little where the answer is wrong",
        "likely" if found is not None and evidence.result is not None else "possible",
    )


def _facts(found: Remedy | None) -> dict[str, float]:
    return {} if found is None else found.facts
