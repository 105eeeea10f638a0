"""Activation functions: one file per family, found by looking into this folder."""

from __future__ import annotations

from typing import Protocol, runtime_checkable

from nncli.nn.arrays import Array
from nncli.nn.parameters import ParameterSpec
from nncli.registry import Registry


class Activation(Protocol):
    """a = f(z), and the chain rule through it.

    Both methods see contiguous arrays of shape (..., B, n), write only into `out` and allocate nothing that grows
    with the batch. `out` shares no memory with the inputs.
    """

    def forward(self, z: Array, out: Array, /, *values: Array) -> None:
        """Write a = f(z) into `out`."""

    def backward(self, z: Array, a: Array, da: Array, out: Array, /, *values_and_gradients: Array) -> None:
        """Write dz = da * f'(z) into `out`; whichever of z and a gives the cheaper formula is used."""


@runtime_checkable
class LearnedActivation(Protocol):
    """An activation with parameters of its own, trained like weights.

    `forward` gets their values (..., 1, n) behind `out`; `backward` gets the values, then as many arrays of the same
    shapes, into which it writes the gradients.
    """

    def parameters(self, n: int) -> tuple[ParameterSpec, ...]:
        """The parameters for n units; none if the options switch learning off."""


def learned_parameters(activation: Activation, n: int) -> tuple[ParameterSpec, ...]:
    """The parameters that an activation of n units learns: mostly none."""
    return activation.parameters(n) if isinstance(activation, LearnedActivation) else ()


activations: Registry[Activation] = Registry(
    "activation",
    "activations",
    elsewhere="relu6 celu rrelu crelu hard_sigmoid hard_tanh hard_swish hard_shrink soft_shrink "
    "tanh_shrink softsign softmin softmax2d glu swiglu geglu maxout log_softmax log_sigmoid "
    "exponential gaussian sin sine cos",
)
activations.discover(__name__, __path__)
