"""Losses and optimizers with numbers put into their formulas. A part that is missing here shows its formula alone."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

import numpy as np

from nncli.report.equations import DIGITS, factor, number
from nncli.report.step_record import LossStep, ParameterStep, UpdateStep

Term = Callable[[LossStep, int], str]


def _squared(loss: LossStep, k: int) -> str:
    return f"({number(loss.p[k])} - {factor(loss.y[k])})²"


def _absolute(loss: LossStep, k: int) -> str:
    return f"|{number(loss.p[k])} - {factor(loss.y[k])}|"


def _huber(loss: LossStep, k: int) -> str:
    delta, error = loss.options["delta"], loss.p[k] - loss.y[k]
    if abs(error) <= delta:
        return f"{_squared(loss, k)} / 2"
    return f"{number(delta)} · ({_absolute(loss, k)} - {number(delta)} / 2)"


def _surprise(loss: LossStep, k: int) -> str:
    p, y, z = loss.p[k], loss.y[k], loss.z[k]
    if y in (0, 1):
        if _is_extreme(p):
            return f"log(1 + exp({number(-z if y == 1 else z)}))"
        return f"-log {_probability(p)}" if y == 1 else f"-log(1 - {_probability(p)})"
    return f"-{number(y)} · log {_probability(p)} - {number(1 - y)} · log(1 - {_probability(p)})"


def _is_extreme(p: float) -> bool:
    """Whether the logarithm of p or 1 - p needs more digits than p has in float32."""
    return 1 - p < 1e-3 or p < 1e-6


def _probability(p: float) -> str:
    """A probability with as many more digits as 1 - p starts later."""
    return number(p, DIGITS + max(0, math.ceil(-math.log10(max(1 - p, 1e-3))) - 1))


def _class_surprise(loss: LossStep, k: int) -> str:
    if loss.y[k] == 0:
        return ""
    weight = "" if loss.y[k] == 1 else f"{number(loss.y[k])} · "
    if _is_extreme(loss.p[k]):
        rest = " + ".join(f"exp({number(z - loss.z[k])})" for i, z in enumerate(loss.z) if i != k)
        return f"{weight}log(1 + {rest})"
    return f"-{weight}log {_probability(loss.p[k])}"


def _margin(loss: LossStep, k: int) -> str:
    return f"max(0, 1 - {factor(2 * loss.y[k] - 1)} · {factor(loss.z[k])})"


def _wrong_side(loss: LossStep, k: int) -> str:
    return f"({number(loss.p[k])} - {factor(loss.y[k])}) · {factor(loss.z[k])}"


def _difference(loss: LossStep, k: int) -> str:
    return f"({number(loss.p[k])} - {factor(loss.y[k])})"


def _clipped(loss: LossStep, k: int) -> str:
    delta = number(loss.options["delta"])
    return f"clip({_difference(loss, k)[1:-1]}, -{delta}, {delta})"


def _hinge_slope(loss: LossStep, k: int) -> str:
    side = 2 * loss.y[k] - 1
    margin = side * loss.z[k]
    if margin == 1:
        return f"{number(-side)} / 2"
    return number(-side if margin < 1 else 0)


LOSSES: Mapping[str, tuple[Term, bool, Term]] = {
    "mean_squared_error": (_squared, True, lambda loss, k: f"2 · {_difference(loss, k)}"),
    "mean_absolute_error": (_absolute, True, lambda loss, k: f"sign{_difference(loss, k)}"),
    "huber": (_huber, True, _clipped),
    "binary_cross_entropy": (_surprise, True, _difference),
    "softmax_cross_entropy": (_class_surprise, False, _difference),
    "hinge": (_margin, True, _hinge_slope),
    "perceptron": (_wrong_side, False, _difference),
}
"""The term of an output, whether the loss is the mean of the terms (else their sum), the gradient without its 1/n."""


def loss_value(loss: LossStep) -> str:
    """The loss with its numbers: `(0.6 - 1)²`, `(t1 + t2) / 2`; empty if its formula is unknown here."""
    if loss.name not in LOSSES:
        return ""
    term, is_mean, _ = LOSSES[loss.name]
    terms = [text for k in range(len(loss.y)) if (text := term(loss, k))]
    together = " + ".join(terms)
    return f"({together}) / {len(loss.y)}" if is_mean and len(terms) > 1 else together


def loss_gradient(loss: LossStep, k: int) -> str:
    """The gradient at an output with its numbers: `2 · (0.6 - 1) / 2`; empty if its formula is unknown here."""
    if loss.name not in LOSSES:
        return ""
    _, is_mean, slope = LOSSES[loss.name]
    n = len(loss.y)
    text = slope(loss, k)
    if is_mean and n > 1:
        return f"{text} / {n}"
    return text.removeprefix("(").removesuffix(")") if text.startswith("(") else text


ROOT = "{theta} - {rate} · {g} / (√{v} + {epsilon})"
ADAM = "{theta} - {rate} · {m̂} / (√{v̂} + {epsilon})"

OPTIMIZERS: Mapping[str, str] = {
    "sgd": "{theta} - {rate} · {g}",
    "momentum": "{theta} - {rate} · {v}",
    "nesterov": "{theta} - {rate} · ({g} + {momentum} · {v})",
    "adagrad": ROOT,
    "rmsprop": ROOT,
    "adam": ADAM,
    "adamw": ADAM,
}
"""The new value of a parameter, from the old one, the learning rate, the gradient, what is remembered, and options."""


def update_value(update: UpdateStep, own: ParameterStep, index: tuple[int, ...], digits: int) -> str:
    """The update of one number: `0.4321 - 0.05 · 0.1234`; empty if its formula is unknown here."""
    if update.optimizer not in OPTIMIZERS:
        return ""
    rate = update.learning_rate * update.factor
    theta = number(own.before[index], digits)
    if own.decays and update.options["weight_decay"] > 0:
        theta = f"{factor(own.before[index], digits)} · (1 - {number(rate)} · {number(update.options['weight_decay'])})"
    values = {name: factor(float(array[index])) for name, array in own.memory.items()}
    options = {name: number(value) for name, value in update.options.items()}
    named = {"theta": theta, "rate": number(rate), "g": factor(float(own.gradient[index])), **options, **values}
    return OPTIMIZERS[update.optimizer].format(**named)


def weight_digits(update: UpdateStep) -> int:
    """The fewest significant digits, from `DIGITS` to 7, that tell each changed parameter from its old value."""
    before = np.concatenate([own.before.ravel() for own in update.parameters]).tolist()
    after = np.concatenate([own.after.ravel() for own in update.parameters]).tolist()
    changed = [(x, y) for x, y in zip(before, after, strict=True) if x != y]
    for digits in range(DIGITS, 7):
        if all(number(x, digits) != number(y, digits) for x, y in changed):
            return digits
    return 7
