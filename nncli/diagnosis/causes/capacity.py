"""Causes in what the network can compute at all."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from nncli.analysis.diagnosis_record import Cause, Fact
from nncli.analysis.separation import Certificate
from nncli.config.experiment import Experiment
from nncli.diagnosis.evidence import Evidence
from nncli.diagnosis.remedy import Fix, remedy
from nncli.diagnosis.separability import separate
from nncli.nn.layers import Block, Layer
from nncli.nn.layers.dense import Dense
from nncli.report.metric_text import NAMES
from nncli.report.numbers import short

NUMBERS = 20_000
"""Up to this number of inputs in all rows, a hyperplane is looked for: more takes seconds."""
READABLE = 60
"""Weights that take more characters than this are not printed: `nncli separable` prints them."""
WORSE = 0.02
"""A linear model does not reach the goal if its score on rows left out is this much lower."""


def not_representable(evidence: Evidence) -> Iterator[Cause]:
    """A network whose boundary is one hyperplane, or whose output is a linear function, and rows that ask for more.

    For two classes there is a proof: weights with which both classes give the same point (Minsky & Papert 1969).
    """
    experiment = evidence.experiment
    if not (evidence.missed or evidence.result is None) or not (bends := _straight(experiment)):
        return
    facts: dict[str, Fact] = {}
    certain = False
    train = evidence.train
    if train.kind == "binary" and train.targets.shape[1] == 1 and train.inputs.size <= NUMBERS:
        found = separate(train.inputs.reshape(len(train.inputs), -1), train.targets[:, 0] > 0.5)
        if not isinstance(found, Certificate):
            return
        certain = evidence.goal.has_to_solve or _far_below(evidence)
        facts = _weights(found)
        if not certain:
            return
    elif not _far_below(evidence):
        return
    else:
        facts = {
            "linear_model": evidence.goal.references.get("a linear model", np.nan),
            "expected": evidence.goal.wanted,
        }
    fix = remedy(evidence, _with_hidden_layer(experiment))
    if not certain and fix is None and evidence.result is not None:
        return
    yield Cause(
        "not_representable",
        evidence.missed or evidence.seeds,
        (),
        facts,
        fix.fix if fix is not None else next(_with_hidden_layer(experiment)),
        f"{bends}, and {_asked(evidence)}",
        "certain" if certain else "likely" if evidence.result is not None else "possible",
    )


def _weights(found: Certificate) -> dict[str, Fact]:
    """The rows of a certificate with their weights, as in `2 × 1/2`, or their number, if the weights are long."""
    sides = {"positive_rows": found.positive, "negative_rows": found.negative}
    texts = {name: tuple(f"{row + 1} × {weight}" for row, weight in side) for name, side in sides.items()}
    if max(len(", ".join(side)) for side in texts.values()) <= READABLE:
        return {**texts}
    return {"rows_of_certificate": len(found.positive) + len(found.negative)}


def _straight(experiment: Experiment) -> str:
    """Why the network makes one straight cut, or a straight line; empty if it does not."""
    written = experiment.architecture
    if not any(placed.parameters for placed in experiment.hidden):
        return "without a hidden layer, a network makes one straight cut"
    if any(isinstance(layer, Block) for layer in written):
        return ""
    if all(layer.affine or _is_linear(layer) for layer in experiment.layers[:-1]):
        return "layers without a nonlinear activation are one linear layer together"
    first = experiment.layers[0]
    narrow = isinstance(first, Dense) and first.units == 1 and len(experiment.input_shape) == 1
    rest = experiment.layers[1:-1]
    monotone = narrow and len(rest) == 0 and _rises(experiment)
    return "one hidden unit sees the inputs as a single sum" if monotone and experiment.form.kind == "binary" else ""


def _is_linear(layer: Layer) -> bool:
    """Whether a layer weighs its inputs and does nothing else."""
    return isinstance(layer, Dense) and layer.activation.linear


def _rises(experiment: Experiment) -> bool:
    """Whether the activation of the first layer never falls, so that a cut of its output is a cut of its input."""
    from nncli.nn.activations import learned_parameters
    from nncli.nn.program import Program

    f = getattr(experiment.layers[0], "activation", None)
    if f is None or learned_parameters(f, 1) or f.couples_units:
        return False
    z = np.linspace(-20, 20, 4001).reshape(1, -1, 1)
    a, on = np.empty_like(z), Program()
    f.forward(on, z.copy(), a)
    on.run()
    return bool((np.diff(a.ravel()) >= -1e-12).all())


def _far_below(evidence: Evidence) -> bool:
    """Whether a linear model does clearly worse than the goal."""
    linear = evidence.goal.references.get("a linear model")
    return linear is not None and evidence.goal.wanted - linear > WORSE


def _asked(evidence: Evidence) -> str:
    train = evidence.train
    if train.kind == "binary":
        return "no hyperplane separates the classes"
    what = "classes" if train.kind == "classes" else "targets"
    linear = evidence.goal.references.get("a linear model", np.nan)
    return f"a linear model reaches {NAMES[evidence.goal.score]} {short(linear, 3)} on these {what}"


def _with_hidden_layer(experiment: Experiment) -> Iterator[Fix]:
    """Overrides that bend the boundary: activations, or a hidden layer, and what a perceptron needs besides."""
    if any(placed.parameters for placed in experiment.hidden):
        yield ("activation=tanh",)
        yield ("activation=relu", "initializer=he_normal")
        if isinstance(experiment.layers[0], Dense) and experiment.layers[0].units == 1:
            yield ("architecture=[8]",)
        return
    layers = "[16]" if len(experiment.input_shape) == 1 else "[flatten, 16]"
    yield (f"architecture={layers}",)
    loss = "softmax_cross_entropy" if experiment.form.kind == "classes" else "binary_cross_entropy"
    output = "softmax" if experiment.form.kind == "classes" else "sigmoid"
    smooth = (
        f"output.activation={output}",
        f"output.loss={loss}",
        "training.optimizer=adam",
        "initializer=xavier_uniform",
    )
    yield (f"architecture={layers}", "activation=tanh", *smooth, "training.learning_rate=0.05", "training.epochs=500")
