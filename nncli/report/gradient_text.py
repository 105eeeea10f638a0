"""A gradient check in words: a table of the layers, and a verdict."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from nncli.report.network_text import indented
from nncli.report.numbers import NOTHING, count, grouped, short

FINE = 1e-6
"""Relative errors up to this come from the finite differences; a wrong gradient is off by far more."""


@dataclass(frozen=True, slots=True)
class LayerGradient:
    """One layer, or several equal ones: how well backpropagation and finite differences agree.

    Attributes:
        parameters: number of trained parameters.
        checked: how many of them were compared.
        largest_gradient: the largest |∂J/∂θ_i|.
        error: the worst relative error.
        smaller_steps: how many agreed only with a smaller step.
        too_small: number of the layers whose gradient is too small to reveal an error: 0 to `layers`.
        layers: how many layers with parameters this row stands for.
        depth: number of blocks around it.
    """

    layer: str
    parameters: int
    checked: int
    largest_gradient: float
    error: float
    smaller_steps: int
    too_small: int
    layers: int = 1
    depth: int = 0


@dataclass(frozen=True, slots=True)
class GradientCheck:
    """What `nncli check --gradients` found.

    Attributes:
        noisy: whether there was noise, such as dropout masks, which was held fixed.
        truncated: whether a recurrent layer truncates gradients, which was disabled for the check.
    """

    seed: int
    rows: int
    layers: Sequence[LayerGradient]
    noisy: bool
    truncated: bool

    @property
    def error(self) -> float:
        """The worst relative error; NaN if any error is NaN."""
        return float(np.max([layer.error for layer in self.layers]))

    @property
    def fine(self) -> bool:
        """Whether no gradient was found to differ from the derivative."""
        return self.error <= FINE

    @property
    def silent(self) -> int:
        """The number of layers whose gradient is too small to reveal an error."""
        return sum(layer.too_small for layer in self.layers)

    @property
    def compared(self) -> int:
        """The number of layers in which an error would show."""
        return sum(layer.layers for layer in self.layers) - self.silent


def gradient_cells(check: GradientCheck) -> tuple[list[tuple[str, str]], list[list[str]]]:
    """The columns and rows of the table."""
    columns = ["parameters", "checked", "largest gradient", "worst error"]
    rows = [
        [
            indented(layer.layer, layer.depth),
            grouped(layer.parameters),
            grouped(layer.checked),
            short(layer.largest_gradient, 3),
            short(layer.error, 3) if layer.too_small < layer.layers else NOTHING,
        ]
        for layer in check.layers
    ]
    return [("layer", "left"), *((name, "right") for name in columns)], rows


def gradient_sentences(check: GradientCheck) -> Iterator[str]:
    """The verdict, and what it is based on."""
    if check.fine and not check.compared:
        yield "nothing could be checked: every gradient is too small to reveal an error"
    elif check.fine:
        far = f" as far as can be checked, in {check.compared} of {count(check.compared + check.silent, 'layer')}"
        yield f"the gradients are correct{far if check.silent else ''}: no relative error above {FINE:g}"
    else:
        wrong = [layer.layer for layer in check.layers if not layer.error <= FINE]
        yield f"the gradient is wrong: relative errors above {FINE:g} in {', '.join(wrong)}"
        yield "  a kink closer than the smallest step can cause this: try another seed, such as 'seeds=[1]'"
        yield "  if it persists, the backward pass of a layer, loss or penalty is wrong: please report it"
    yield (
        f"  {count(check.rows, 'row')} of training data, in float64, at the initial weights of seed {check.seed}, "
        "each perturbed slightly so that none sits on a kink"
    )
    if smaller := sum(layer.smaller_steps for layer in check.layers):
        subject = "one difference" if smaller == 1 else f"{grouped(smaller)} differences"
        yield f"  {subject} crossed a kink (as of relu or max_pool) and agreed only with a smaller step"
    if check.silent and check.compared:
        yield f"  the gradient of {count(check.silent, 'layer')} is too small to reveal an error"
    if check.noisy:
        yield "  dropout masks were held fixed"
    if check.truncated:
        yield "  gradients were propagated through all steps: `truncation` was disabled for the check"
