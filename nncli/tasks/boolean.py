"""Boolean functions: every row of a truth table; there is nothing to generalize to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from nncli.errors import UserError, quoted
from nncli.registry import option
from nncli.tasks import TaskData, tasks
from nncli.tasks.option_ranges import check_ranges

MAX_BITS = 10


def truth_table(outputs: str, signed: bool = False) -> TaskData:
    """All 2^n rows of a boolean function of n inputs, in counting order.

    Args:
        outputs: 2^n digits, 0 or 1: the output for the inputs 0...00, 0...01, 0...10, ..., 1...11, read as binary
            numbers with x1 as the most significant bit.
        signed: whether an input is -1 or 1, rather than 0 or 1; targets stay 0 or 1.

    Returns:
        inputs (2^n, n), targets (2^n, 1), complete.
    """
    n = len(outputs).bit_length() - 1
    bits = (np.arange(2**n)[:, None] >> np.arange(n - 1, -1, -1)) & 1
    return TaskData(
        kind="binary",
        inputs=(2 * bits - 1 if signed else bits).astype(np.float64),
        targets=np.array([[float(digit)] for digit in outputs]),
        input_names=tuple(f"x{i + 1}" for i in range(n)),
        target_names=("y",),
        complete=True,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class BooleanTask:
    """The base of all boolean functions: subclasses give the output digits (see `truth_table`)."""

    signed: bool = option(False, "inputs are -1 and 1 instead of 0 and 1; targets stay 0 and 1")

    def outputs(self) -> str:
        """The output digits, in counting order of the inputs."""
        raise NotImplementedError

    def data(self) -> TaskData:
        """The truth table."""
        return truth_table(self.outputs(), self.signed)


@dataclass(frozen=True, slots=True, kw_only=True)
class Gate(BooleanTask):
    """A gate of two inputs, defined by the four digits of its table."""

    TABLE: ClassVar[str]

    def outputs(self) -> str:
        """The outputs for 00, 01, 10, 11."""
        return self.TABLE


@tasks.register("and")
@dataclass(frozen=True, slots=True, kw_only=True)
class And(Gate):
    """And: 1 if both inputs are 1.

        x1 x2 | y
         0  0 | 0
         0  1 | 0
         1  0 | 0
         1  1 | 1

    One threshold unit computes it: y = [x1 + x2 > 3/2].
    Source: McCulloch & Pitts (1943), A logical calculus of the ideas immanent in nervous activity.
    """

    TABLE: ClassVar[str] = "0001"


@tasks.register("or")
@dataclass(frozen=True, slots=True, kw_only=True)
class Or(Gate):
    """Or: 1 if at least one input is 1.

        x1 x2 | y
         0  0 | 0
         0  1 | 1
         1  0 | 1
         1  1 | 1

    One threshold unit computes it: y = [x1 + x2 > 1/2]; the first lesson of the perceptron rule.
    Source: McCulloch & Pitts (1943); Rosenblatt (1958), The perceptron, for learning it.
    """

    TABLE: ClassVar[str] = "0111"


@tasks.register("xor")
@dataclass(frozen=True, slots=True, kw_only=True)
class Xor(Gate):
    """Exclusive or: 1 if exactly one input is 1.

        x1 x2 | y
         0  0 | 0
         0  1 | 1
         1  0 | 1
         1  1 | 0

    No straight line separates the ones from the zeros, so no network without a hidden layer computes it: adding the
    rows pairwise, w1 + w2 + 2b would have to be both positive (rows 01 and 10) and not (rows 00 and 11). It is the
    parity of two bits. Two hidden units are enough: y = or(x1, x2) and not and(x1, x2).
    Source: Minsky & Papert (1969), Perceptrons; Rumelhart, Hinton & Williams (1986) for learning it by backpropagation.
    """

    TABLE: ClassVar[str] = "0110"


@tasks.register("nand")
@dataclass(frozen=True, slots=True, kw_only=True)
class Nand(Gate):
    """Not and: 0 if both inputs are 1.

        x1 x2 | y
         0  0 | 1
         0  1 | 1
         1  0 | 1
         1  1 | 0

    One threshold unit computes it: y = [x1 + x2 < 3/2]. Every boolean function can be built of nand alone.
    Source: Sheffer (1913), A set of five independent postulates for Boolean algebras.
    """

    TABLE: ClassVar[str] = "1110"


@tasks.register("nor")
@dataclass(frozen=True, slots=True, kw_only=True)
class Nor(Gate):
    """Not or: 1 if both inputs are 0.

        x1 x2 | y
         0  0 | 1
         0  1 | 0
         1  0 | 0
         1  1 | 0

    One threshold unit computes it: y = [x1 + x2 < 1/2]. Every boolean function can be built of nor alone.
    Source: Sheffer (1913), A set of five independent postulates for Boolean algebras.
    """

    TABLE: ClassVar[str] = "1000"


@tasks.register("xnor")
@dataclass(frozen=True, slots=True, kw_only=True)
class Xnor(Gate):
    """Not exclusive or (equivalence): 1 if both inputs are equal.

        x1 x2 | y
         0  0 | 1
         0  1 | 0
         1  0 | 0
         1  1 | 1

    As hard as xor, of which it is the negation: no straight line separates the ones from the zeros.
    Source: Minsky & Papert (1969), Perceptrons.
    """

    TABLE: ClassVar[str] = "1001"


@tasks.register("boolean")
@dataclass(frozen=True, slots=True, kw_only=True)
class Boolean(BooleanTask):
    """Any boolean function of 1 to 10 inputs, given by its output digits.

    The digits are the outputs for the inputs counted up in binary, x1 being the most significant bit:
    `table: "0110"` is y(0,0) = 0, y(0,1) = 1, y(1,0) = 1, y(1,1) = 0, which is xor. In YAML the quotes are needed:
    without them 0110 is the number one hundred and ten. Of the 2^(2^n) functions of n inputs, a single threshold unit
    computes 4 of 4, 14 of 16, 104 of 256, 1882 of 65536 for n = 1, 2, 3, 4.
    Raises: `UserError` for another number of digits than 2, 4, 8, ..., 1024, or a digit that is neither 0 nor 1.
    Source: Cover (1965), Geometrical and statistical properties of systems of linear inequalities; OEIS A000609 for
    the counts.
    """

    table: str = option(help='output digits in counting order of the inputs, in quotes: "0110" is xor')

    def __post_init__(self) -> None:
        shown = quoted(self.table)
        for place, digit in enumerate(self.table, 1):
            if digit not in "01":
                given = f"table {shown} has {digit!r} as digit {place}"
                raise UserError(given, allowed="Digits must be 0 or 1", option="table")
        if len(self.table) not in {2**n for n in range(1, MAX_BITS + 1)}:
            digits = "1 digit" if len(self.table) == 1 else f"{len(self.table)} digits"
            raise UserError(
                f"table {shown} has {digits}",
                allowed="A table of n inputs has 2^n digits: 2, 4, 8, 16, 32, 64, 128, 256, 512 or 1024",
                option="table",
            )

    def outputs(self) -> str:
        """The table itself."""
        return self.table


@dataclass(frozen=True, slots=True, kw_only=True)
class Count(BooleanTask):
    """A symmetric function of n bits: it depends only on the number of ones."""

    bits: int = option(3, "number of inputs", ge=1, le=MAX_BITS)

    def __post_init__(self) -> None:
        check_ranges(self)

    def output(self, ones: int) -> bool:
        """The output for inputs of which `ones` are 1."""
        raise NotImplementedError

    def outputs(self) -> str:
        """The output for every number of `bits` binary digits, counted up."""
        return "".join(str(int(self.output(row.bit_count()))) for row in range(2**self.bits))


@tasks.register("parity")
@dataclass(frozen=True, slots=True, kw_only=True)
class Parity(Count):
    """Parity: 1 if the number of ones is odd.

        y = (x1 + x2 + ... + xn) mod 2

    Two bits are xor. Flipping any input flips the output: any two adjacent corners of the hypercube
    differ, and no part of the inputs says anything about the output; n hidden threshold units in one layer compute it.
    Source: Minsky & Papert (1969), Perceptrons; Rumelhart, Hinton & Williams (1986) for the network of n hidden units.
    """

    def output(self, ones: int) -> bool:
        """Whether the number of ones is odd."""
        return ones % 2 == 1


@tasks.register("majority")
@dataclass(frozen=True, slots=True, kw_only=True)
class Majority(Count):
    """Majority: 1 if strictly more than half of the inputs are 1; a tie is 0.

        y = [x1 + x2 + ... + xn > n/2]

    As easy as parity is hard: one threshold unit with equal weights computes it, and the perceptron rule finds such a
    unit, because the ones and the zeros are linearly separable.
    Source: Rosenblatt (1962), Principles of Neurodynamics, for the convergence of the rule.
    """

    def output(self, ones: int) -> bool:
        """Whether the ones outnumber the zeros."""
        return 2 * ones > self.bits
