"""Activation functions: one file per family, discovered in this folder."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Protocol, runtime_checkable

from nncli.nn.arrays import Array
from nncli.nn.parameters import ParameterSpec
from nncli.nn.program import Program
from nncli.registry import Registry


class Activation(ABC):
    """a = f(z), and the chain rule through it, written onto a program.

    Both methods see contiguous arrays of shape (..., B, n), write only into `out` and allocate nothing that grows
    with the batch. `out` shares no memory with the inputs.

    Attributes:
        linear: whether it is the identity, a = z.
        flat: whether its derivative is 0 everywhere, so that no gradient passes.
        couples_units: whether each output depends on all units.
    """

    __slots__ = ()

    linear: ClassVar[bool] = False
    flat: ClassVar[bool] = False
    couples_units: ClassVar[bool] = False

    @abstractmethod
    def forward(self, on: Program, z: Array, out: Array, /, *values: Array) -> None:
        """Write a = f(z) into `out`."""

    @abstractmethod
    def backward(self, on: Program, z: Array, a: Array, da: Array, out: Array, /, *values_and_gradients: Array) -> None:
        """Write dz = da * f'(z) into `out`; use whichever of z and a gives the cheaper formula."""


@runtime_checkable
class LearnedActivation(Protocol):
    """An activation with parameters of its own, trained like weights.

    `forward` gets their values (..., 1, n) after `out`; `backward` gets the values, then as many arrays of the same
    shapes, into which it writes the gradients.
    """

    def parameters(self, n: int) -> tuple[ParameterSpec, ...]:
        """The parameters for n units; empty if the options turn learning off."""


def learned_parameters(activation: Activation, n: int) -> tuple[ParameterSpec, ...]:
    """The parameters that an activation of n units learns; empty for most."""
    return activation.parameters(n) if isinstance(activation, LearnedActivation) else ()


@dataclass(frozen=True, slots=True)
class BoundActivation:
    """An activation with the parameters that it learns, and their gradients."""

    function: Activation
    values: tuple[Array, ...]
    gradients: tuple[Array, ...]

    @classmethod
    def of(
        cls, function: Activation, n: int, values: Mapping[str, Array], gradients: Mapping[str, Array]
    ) -> BoundActivation:
        """The activation of n units, with its own among the arrays of a layer."""
        names = [spec.name for spec in learned_parameters(function, n)]
        return cls(function, tuple(values[name] for name in names), tuple(gradients[name] for name in names))

    def forward(self, on: Program, z: Array, a: Array) -> None:
        """a = f(z)."""
        self.function.forward(on, z, a, *self.values)

    def backward(self, on: Program, z: Array, a: Array, da: Array, dz: Array) -> None:
        """dz = da * f'(z)."""
        self.function.backward(on, z, a, da, dz, *self.values, *self.gradients)


activations: Registry[Activation] = Registry(
    "activation",
    "activations",
    elsewhere="relu6 celu rrelu crelu hard_sigmoid hard_tanh hard_swish hard_shrink soft_shrink "
    "tanh_shrink softsign softmin softmax2d glu swiglu geglu maxout log_softmax log_sigmoid "
    "exponential gaussian sin sine cos",
)
activations.discover(__name__, __path__)
