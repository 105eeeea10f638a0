"""Causes in the numbers: inputs and targets that are constant, far from 1, or beyond what the output can say."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from nncli.analysis.diagnosis_record import Cause
from nncli.diagnosis.evidence import Evidence
from nncli.diagnosis.remedy import Fix, Remedy, remedy
from nncli.nn.activations import Activation, activations, learned_parameters
from nncli.nn.program import Program
from nncli.report.numbers import count, percent, short
from nncli.tasks.data_files import named

Numbers = NDArray[np.float64]

SHIFTED, UNEVEN, SCALE = 5.0, 30.0, 10.0
"""Inputs are off scale if the mean of a column is this many standard deviations from 0, if the standard deviations of
two columns differ by this factor, or if one is this much larger or smaller than 1."""
TOLD_APART = 0.5
"""A dtype that keeps less than this share of the different numbers of a column tells too few apart."""
CLASS_LOSSES = ("binary_cross_entropy", "softmax_cross_entropy", "hinge", "perceptron")
"""The losses that are made for classes."""


def constant_input(evidence: Evidence) -> Iterator[Cause]:
    """Columns that are the same in every row say nothing; if all are, there is nothing to learn from."""
    x = _columns(evidence)
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
    experiment, x = evidence.experiment, _columns(evidence)
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
    if evidence.experiment.splits.std is not None or not (evidence.missed or evidence.result is None):
        return
    x = _columns(evidence)
    std = x.std(axis=0)
    varies = std > 0
    if not varies.any():
        return
    shift = float((np.abs(x.mean(axis=0)[varies]) / std[varies]).max())
    largest, least = float(std[varies].max()), float(std[varies].min())
    if shift <= SHIFTED and largest / least <= UNEVEN and largest <= SCALE and largest >= 1 / SCALE:
        return
    found = remedy(evidence, [("training.standardize=true",)], contrast=True)
    yield Cause(
        "unscaled_inputs",
        evidence.missed or evidence.seeds,
        (),
        {
            "largest_std": largest,
            "least_std": least,
            "largest_mean_in_std": shift,
            **_facts(found),
        },
        () if found is None else found.fix,
        f"the inputs have standard deviations from {short(least, 2)} to {short(largest, 2)} and means up to "
        f"{short(shift, 2)} of them from 0, where about 1 and 0 are expected",
        "likely" if found is not None and evidence.result is not None else "possible",
    )


def output_out_of_reach(evidence: Evidence) -> Iterator[Cause]:
    """Targets outside of the range of the output's activation."""
    experiment = evidence.experiment
    if evidence.train.kind != "regression" or not (evidence.missed or evidence.result is None):
        return
    f = experiment.output.activation
    low, high = reach(f)
    y = evidence.train.targets
    margin = 1e-6 * max(1.0, float(np.abs(y).max()))
    beyond = float(((y < low - margin) | (y > high + margin)).mean())
    if not beyond:
        return
    name = activations.name_of(f)
    found = remedy(evidence, [("output.activation=linear",)], contrast=True)
    yield Cause(
        "output_out_of_reach",
        evidence.missed or evidence.seeds,
        (len(experiment.layers),),
        {"targets": (float(y.min()), float(y.max())), "output": (low, high), "out_of_reach": beyond},
        found.fix if found else ("output.activation=linear",),
        f"the output is a {name}, which stays between {short(low)} and {short(high)}, "
        f"and {percent(beyond)} of the targets are beyond",
        "certain",
    )


def reach(f: Activation) -> tuple[float, float]:
    """The least and largest value of an activation, on a grid up to ±1000; infinite where it still grows there."""
    if f.couples_units or learned_parameters(f, 1):
        return (0.0, 1.0) if f.couples_units else (-np.inf, np.inf)
    z = np.concatenate([-np.geomspace(1000, 1e-3, 4000), np.geomspace(1e-3, 1000, 4000)])
    rows = z.reshape(1, -1, 1)
    a, on = np.empty_like(rows), Program()
    f.forward(on, rows.copy(), a)
    with np.errstate(all="ignore"):
        on.run()
    values = a.ravel()
    low = -np.inf if values[0] < values[100] and values[0] < -50 else float(values.min())
    high = np.inf if values[-1] > values[-100] and values[-1] > 50 else float(values.max())
    return low, high


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


def _columns(evidence: Evidence) -> Numbers:
    """The inputs as columns (rows, n): each step or pixel is a row of its own."""
    x = evidence.train.inputs
    return x.reshape(-1, x.shape[-1])
