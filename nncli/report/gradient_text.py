"""A gradient check in words: a table of the layers, and what it comes to."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from nncli.report.network_text import indented
from nncli.report.numbers import NOTHING, count, grouped, short

FINE = 1e-6
"""A relative error up to this is due to the differences; what is wrong is so by far more."""


@dataclass(frozen=True, slots=True)
class LayerGradient:
    """One layer, or several that are equal: how well backpropagation and differences agree.

    Attributes:
        parameters: those that are trained.
        checked: how many of them were compared.
        largest_gradient: the largest |∂J/∂θ_i|.
        error: the worst relative error.
        smaller_steps: how many only agreed with a smaller step.
        too_small: of how many of the layers the gradient is so small that a wrong one would not be seen: 0 to `layers`.
        layers: how many layers with parameters these are.
        depth: in how many blocks it is.
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
        noisy: whether there was noise, such as dropout's masks, which was held fixed.
        truncated: whether a recurrent layer cuts gradients, which was left out.
    """

    seed: int
    rows: int
    layers: Sequence[LayerGradient]
    noisy: bool
    truncated: bool

    @property
    def error(self) -> float:
        """The worst relative error; NaN if there is one."""
        return float(np.max([layer.error for layer in self.layers]))

    @property
    def fine(self) -> bool:
        """Whether no gradient was seen to differ from the derivative."""
        return self.error <= FINE

    @property
    def silent(self) -> int:
        """Of how many layers the gradient is so small that a wrong one would not be seen."""
        return sum(layer.too_small for layer in self.layers)

    @property
    def compared(self) -> int:
        """Of how many a wrong one would be seen."""
        return sum(layer.layers for layer in self.layers) - self.silent


def gradient_cells(check: GradientCheck) -> tuple[list[tuple[str, str]], list[list[str]]]:
    """The columns of the table, and its rows."""
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
    """Whether it is fine, and on what that rests."""
    if check.fine and not check.compared:
        yield "nothing could be checked: every gradient is too small here for an error to show"
    elif check.fine:
        far = f" as far as they show, in {check.compared} of {count(check.compared + check.silent, 'layer')}"
        yield f"the gradients are right{far if check.silent else ''}: no relative error is above {FINE:g}"
    else:
        wrong = [layer.layer for layer in check.layers if not layer.error <= FINE]
        yield f"the gradient is wrong: relative errors above {FINE:g} in {', '.join(wrong)}"
        yield "  a kink that is nearer than every step can look like this: try another seed, as with 'seeds=[1]'"
        yield "  if it stays, the backward pass of a layer, loss or penalty is not its derivative: please report it"
    yield (
        f"  {count(check.rows, 'row')} to train on, in float64, at the first weights of seed {check.seed}, "
        "each moved a little, so that none sits on a kink"
    )
    if smaller := sum(layer.smaller_steps for layer in check.layers):
        subject = "one difference" if smaller == 1 else f"{grouped(smaller)} differences"
        yield f"  {subject} stepped over a kink, as of relu or max_pool, and agreed only with a smaller step"
    if check.silent and check.compared:
        yield f"  the gradient of {count(check.silent, 'layer')} is too small here for an error to show"
    if check.noisy:
        yield "  the masks of dropout were held fixed"
    if check.truncated:
        yield "  gradients went through all steps: what `truncation` cuts off is left out on purpose"
