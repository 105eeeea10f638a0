"""Regularizers: they keep weights small or units independent.

A penalty adds a term to the objective and its derivative to the gradient; it applies only to parameters declared with
`decay=True`, so never to a bias. The others add layers after or inside each hidden layer: `added_layers.py`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, ClassVar, Protocol, TypeAlias, runtime_checkable

from nncli.nn.arrays import Array
from nncli.nn.program import Program
from nncli.registry import Registry

if TYPE_CHECKING:
    from nncli.nn.layers import Layer


@runtime_checkable
class Penalty(Protocol):
    """A term of the objective that depends on weights alone.

    Arrays: W, dW, work (r, c), some columns of r replicas; `out` (r,).
    """

    def add_value(self, W: Array, work: Array, out: Array) -> None:
        """Add the penalty of each row to `out`."""

    def add_gradient(self, on: Program, W: Array, dW: Array, work: Array) -> None:
        """Write onto a program that the penalty's derivative is added to `dW`."""


class AddsLayers(Protocol):
    """A regularizer that adds layers to the one it belongs to.

    Attributes:
        order: of several, those with smaller numbers add theirs first.
    """

    order: ClassVar[int]

    def add_to(self, layers: Sequence[Layer]) -> Sequence[Layer]:
        """The layer, which comes first, and what has been added to it so far, with the layers of this one."""


Regularizer: TypeAlias = Penalty | AddsLayers

regularizers: Registry[Regularizer] = Registry("regularizer", "regularizers")


def penalties_of(regularizer: Iterable[Regularizer]) -> tuple[Penalty, ...]:
    """The regularizers that add a term to the objective."""
    return tuple(part for part in regularizer if isinstance(part, Penalty))


def added_by(regularizer: Iterable[Regularizer]) -> tuple[AddsLayers, ...]:
    """The other regularizers, which add layers."""
    return tuple(part for part in regularizer if not isinstance(part, Penalty))


regularizers.discover(__name__, __path__)
