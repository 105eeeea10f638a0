"""A program: the calls of a pass, prepared once with their arrays, then replayed in every step."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TypeAlias

import numpy as np

from nncli.nn.arrays import AnyArray, cast

Operand: TypeAlias = AnyArray | float
Call: TypeAlias = tuple[Callable[..., object], tuple[object, ...]]


@dataclass(frozen=True, slots=True)
class Section:
    """Calls that belong together: from the index `start` on, those of a layer, or of all.

    Attributes:
        phase: `forward`, `loss`, `backward`, `penalties` or `norms`.
        layer: the index of the layer.
    """

    start: int
    phase: str
    layer: int | None = None


class Program:
    """Calls of NumPy functions with all their arguments, in order.

    What is written here once, when a layer gets its arrays, runs in each step without a branch or a Python frame of
    the layer:

        on.matmul(a_prev, W, z)      z = a_prev W
        on.add(z, b, z)              z = z + b
        on.tanh(z, a)                a = tanh(z)

    The last argument is what is written. Numbers become 0-d arrays of its dtype, which NumPy reads twice as fast.
    Views of arrays are made when a call is prepared, so the arrays of a program never move.
    """

    def __init__(self) -> None:
        self.calls: list[Call] = []
        self.sections: list[Section] = []

    def begin(self, phase: str, layer: int | None = None) -> None:
        """Say what the next calls belong to."""
        self.sections.append(Section(len(self.calls), phase, layer))

    def extend(self, other: Program) -> None:
        """Add all calls of another program."""
        self.sections += [replace(own, start=own.start + len(self.calls)) for own in other.sections]
        self.calls += other.calls

    def run(self) -> None:
        """Replay the calls."""
        for function, arguments in self.calls:
            function(*arguments)

    def call(self, function: Callable[..., object], *arguments: object) -> None:
        """Any function of these arguments."""
        self.calls.append((function, arguments))

    def _unary(self, function: np.ufunc, x: AnyArray, out: AnyArray) -> None:
        self.calls.append((function, (x, out)))

    def _binary(self, function: np.ufunc, x: Operand, y: Operand, out: AnyArray) -> None:
        operands = (v if isinstance(v, np.ndarray) else cast(v, out.dtype) for v in (x, y))
        self.calls.append((function, (*operands, out)))

    def _extreme(self, function: np.ufunc, x: Operand, y: Operand, out: AnyArray) -> None:
        operands = (v if isinstance(v, np.ndarray) else cast(v, out.dtype) for v in (x, y))
        self.calls.append((functools.partial(function, *operands, out=out), ()))  # NumPy wants its name here

    def copy(self, x: AnyArray, out: AnyArray) -> None:
        """out = x."""
        self.calls.append((np.copyto, (out, x)))

    def fill(self, value: float, out: AnyArray) -> None:
        """out = value everywhere."""
        self.calls.append((out.fill, (value,)))

    def matmul(self, x: AnyArray, y: AnyArray, out: AnyArray) -> None:
        """out = x y, the product of matrices on the last two axes."""
        self.calls.append((np.matmul, (x, y, out)))

    def vecdot(self, x: AnyArray, y: AnyArray, out: AnyArray) -> None:
        """out = Σ x * y over the last axis."""
        self.calls.append((np.vecdot, (x, y, out)))

    def add(self, x: Operand, y: Operand, out: AnyArray) -> None:
        """out = x + y."""
        self._binary(np.add, x, y, out)

    def subtract(self, x: Operand, y: Operand, out: AnyArray) -> None:
        """out = x - y."""
        self._binary(np.subtract, x, y, out)

    def multiply(self, x: Operand, y: Operand, out: AnyArray) -> None:
        """out = x * y."""
        self._binary(np.multiply, x, y, out)

    def divide(self, x: Operand, y: Operand, out: AnyArray) -> None:
        """out = x / y."""
        self._binary(np.divide, x, y, out)

    def maximum(self, x: Operand, y: Operand, out: AnyArray) -> None:
        """out = max(x, y)."""
        self._extreme(np.maximum, x, y, out)

    def minimum(self, x: Operand, y: Operand, out: AnyArray) -> None:
        """out = min(x, y)."""
        self._extreme(np.minimum, x, y, out)

    def heaviside(self, x: Operand, y: Operand, out: AnyArray) -> None:
        """out = 1 where x > 0, y where x = 0, else 0."""
        self._binary(np.heaviside, x, y, out)

    def logaddexp(self, x: Operand, y: Operand, out: AnyArray) -> None:
        """out = log(exp(x) + exp(y))."""
        self._binary(np.logaddexp, x, y, out)

    def greater_equal(self, x: Operand, y: Operand, out: AnyArray) -> None:
        """out = 1 where x >= y, else 0."""
        self._binary(np.greater_equal, x, y, out)

    def equal(self, x: AnyArray, y: AnyArray, out: AnyArray) -> None:
        """out = whether x = y."""
        self._binary(np.equal, x, y, out)

    def negative(self, x: AnyArray, out: AnyArray) -> None:
        """out = -x."""
        self._unary(np.negative, x, out)

    def reciprocal(self, x: AnyArray, out: AnyArray) -> None:
        """out = 1 / x."""
        self._unary(np.reciprocal, x, out)

    def exp(self, x: AnyArray, out: AnyArray) -> None:
        """out = e to the x."""
        self._unary(np.exp, x, out)

    def expm1(self, x: AnyArray, out: AnyArray) -> None:
        """out = exp(x) - 1."""
        self._unary(np.expm1, x, out)

    def tanh(self, x: AnyArray, out: AnyArray) -> None:
        """out = the hyperbolic tangent of x."""
        self._unary(np.tanh, x, out)

    def sqrt(self, x: AnyArray, out: AnyArray) -> None:
        """out = √x."""
        self._unary(np.sqrt, x, out)

    def sign(self, x: AnyArray, out: AnyArray) -> None:
        """out = -1, 0 or 1."""
        self._unary(np.sign, x, out)

    def absolute(self, x: AnyArray, out: AnyArray) -> None:
        """out = |x|."""
        self._unary(np.absolute, x, out)
