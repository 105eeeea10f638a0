"""One training step of a small network on one row, in numbers: what `nncli step` measures and prints."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

Numbers: TypeAlias = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class LayerStep:
    """A dense layer in the step, for a batch of one row.

    Attributes:
        number: from 1.
        text: the layer in a few words, such as `2 tanh`.
        function: the activation f of the layer; the output layer has none if the loss applies it.
        formula: the lines of its formula.
        a_prev: the input (n_in,).
        W: before the step (n_in, n_out).
        b: before the step (n_out,); None without biases.
        z, a: pre-activations and activations (n_out,).
        da: the gradient of the loss at a; None if the loss gives that at z directly.
        slope: f'(z); None if f is linear or couples its units.
        dz: the gradient of the loss at z.
        dW, db: those at W and b.
        da_prev: that at the input (n_in,); None in the first layer, which needs none.
    """

    number: int
    text: str
    function: str
    formula: tuple[str, ...]
    a_prev: Numbers
    W: Numbers
    b: Numbers | None
    z: Numbers
    a: Numbers
    da: Numbers | None
    slope: Numbers | None
    dz: Numbers
    dW: Numbers
    db: Numbers | None
    da_prev: Numbers | None


@dataclass(frozen=True, slots=True)
class LossStep:
    """The loss in the step.

    Attributes:
        name: of the loss.
        link: the activation that it applies to the output layer's z: `sigmoid`, `softmax`, `step`; `linear` for none.
        formula: the lines of its formula.
        options: such as the delta of `huber`.
        z: the loss's input (n_out,): the output layer's z, or its a if the link is linear.
        p: the prediction.
        y: the target.
        gradient: that of the loss at its input.
        value: the loss.
    """

    name: str
    link: str
    formula: tuple[str, ...]
    options: Mapping[str, float]
    z: Numbers
    p: Numbers
    y: Numbers
    gradient: Numbers
    value: float


@dataclass(frozen=True, slots=True)
class ParameterStep:
    """A parameter in the step; all arrays have its shape.

    Attributes:
        name: with the number of the layer, such as `W1`.
        before, after: its values.
        of_loss: the gradient of the loss.
        of_penalties: that of the penalties; zeros without any.
        gradient: what the optimizer gets: the sum of both, clipped.
        memory: what the optimizer remembers after the step, by name, such as `v`.
        penalties: the penalties on it, such as `l2 0.01`.
        decays: whether weight decay applies to it.
    """

    name: str
    before: Numbers
    after: Numbers
    of_loss: Numbers
    of_penalties: Numbers
    gradient: Numbers
    memory: Mapping[str, Numbers]
    penalties: tuple[str, ...]
    decays: bool


@dataclass(frozen=True, slots=True)
class UpdateStep:
    """What the optimizer does.

    Attributes:
        optimizer: its name.
        formula: the lines of its formula.
        options: its numbers, such as `beta1`.
        penalty_formula: the lines of the formulas of the penalties.
        learning_rate: before the schedule.
        factor: of the schedule in this step.
        norm: ‖g‖ of the objective's gradient.
        clip_norm: the largest norm allowed; None for any.
        parameters: in their order.
    """

    optimizer: str
    formula: tuple[str, ...]
    options: Mapping[str, float]
    penalty_formula: tuple[str, ...]
    learning_rate: float
    factor: float
    norm: float
    clip_norm: float | None
    parameters: tuple[ParameterStep, ...]


@dataclass(frozen=True, slots=True)
class WorkedStep:
    """The first training step, with one row as the batch.

    Attributes:
        row: its number among the training rows, from 1.
        rows: how many training rows there are.
        dtype: of all arithmetic.
        standardized: whether x was standardized.
        x: the row.
        penalty, penalty_after: the sum of all penalties before and after the step.
        loss_after, p_after: the loss and the prediction of the same row after the step.
    """

    seed: int
    row: int
    rows: int
    dtype: str
    standardized: bool
    x: Numbers
    layers: tuple[LayerStep, ...]
    loss: LossStep
    penalty: float
    update: UpdateStep
    loss_after: float
    p_after: Numbers
    penalty_after: float

    def as_plain(self) -> dict[str, Any]:
        """The object of `--json`: the same names, arrays as lists."""
        found: dict[str, Any] = _plain(self)
        return found


def _plain(value: Any) -> Any:
    if isinstance(value, np.ndarray):
        return value.tolist()
    if isinstance(value, Mapping):
        return {key: _plain(own) for key, own in value.items()}
    if isinstance(value, tuple):
        return [_plain(own) for own in value]
    if hasattr(value, "__dataclass_fields__"):
        return {name: _plain(getattr(value, name)) for name in value.__dataclass_fields__ if "formula" not in name}
    return value
