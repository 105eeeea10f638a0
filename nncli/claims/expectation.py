"""What a claim expects: a comparison of two formulas over measured quantities, such as `deep.error < wide.error / 2`.

Python's own grammar is parsed; a walk evaluates numbers, quantities, arithmetic and a few functions, and refuses
everything else. No code is compiled or run.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

import numpy as np

from nncli.analysis.verdict import Judgment, Quantity, judge
from nncli.errors import UserError, quoted
from nncli.registry import unknown

Quantities: TypeAlias = Mapping[str, Mapping[str, Quantity]]
"""What was measured: the quantities of each measurement, by its name in the claim."""

FUNCTIONS: dict[str, Callable[[Any], Any]] = {
    "abs": np.abs,
    "exp": np.exp,
    "log": np.log,
    "log2": np.log2,
    "sqrt": np.sqrt,
    "min": lambda x: float(np.min(x)),
    "max": lambda x: float(np.max(x)),
    "mean": lambda x: float(np.mean(x)),
    "sum": lambda x: float(np.sum(x)),
}
OVER_SEEDS = ("min", "max", "mean", "sum")
"""These are over the seeds, and exact: a statement about these seeds, not about all."""
OPERATORS: dict[type[ast.operator | ast.unaryop], Callable[..., Any]] = {
    ast.Add: np.add,
    ast.Sub: np.subtract,
    ast.Mult: np.multiply,
    ast.Div: np.divide,
    ast.Pow: np.power,
    ast.USub: np.negative,
    ast.UAdd: np.positive,
}
COMPARISONS: dict[type[ast.cmpop], str] = {
    ast.Gt: ">",
    ast.GtE: ">=",
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Eq: "==",
    ast.NotEq: "!=",
}
ALLOWED = "Write a comparison of numbers and quantities: abs(net.W_mean - 0.25) > 0.01"


@dataclass(frozen=True, slots=True)
class Expectation:
    """A comparison of two formulas.

    Attributes:
        text: as written.
        left, right: the formulas.
        comparison: one of `>`, `>=`, `<`, `<=`, `==`, `!=`.
    """

    text: str
    left: ast.expr
    comparison: str
    right: ast.expr

    @property
    def names(self) -> list[tuple[str, str]]:
        """The measurements and quantities that it names."""
        return [*_names(self.left), *_names(self.right)]

    def judged(self, measured: Quantities) -> Judgment:
        """The verdict for measured quantities.

        Raises:
            UserError: if a quantity is unknown, or the sides are over different numbers of seeds.
        """
        self._check_seeds(measured)
        try:
            with np.errstate(all="ignore"):
                left, right = _value(self.left, measured), _value(self.right, measured)
                found = judge(left, self.comparison, right)
                is_shown = not isinstance(right, np.ndarray) and any(_names(self.right))
                return replace(found, right=float(right)) if is_shown else found
        except ValueError as error:
            raise UserError(f"{quoted(self.text, 60)} is not decidable: {error}") from None

    def _check_seeds(self, measured: Quantities) -> None:
        """Refuse to pair the seeds of one measurement with others of another; what is exact has none."""
        known = {
            name: measured[name]["seed"]
            for name, quantity in (*_over_seeds(self.left), *_over_seeds(self.right))
            if isinstance(measured[name].get(quantity), np.ndarray) and "seed" in measured[name]
        }
        for name, seeds in known.items():
            first = next(iter(known))
            if not np.array_equal(seeds, known[first]):
                raise UserError(f"{first} and {name} were measured on different seeds, which cannot be paired")


def parse_expectation(text: str) -> Expectation:
    """Parse a comparison of two formulas. Raises: `UserError` with what is allowed."""
    try:
        node = ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError):
        raise _refused(text) from None
    if not isinstance(node, ast.Compare) or len(node.ops) != 1 or type(node.ops[0]) not in COMPARISONS:
        raise _refused(text)
    left, right = node.left, node.comparators[0]
    for side in (left, right):
        _check(side, text)
    found = Expectation(text, left, COMPARISONS[type(node.ops[0])], right)
    if not found.names:
        raise _refused(text)
    return found


def _check(node: ast.expr, text: str) -> None:
    match node:
        case ast.Constant(value=int() | float() as value):
            try:
                float(value)
            except OverflowError:
                raise _refused(text) from None
        case ast.Attribute(value=ast.Name()):
            return
        case ast.UnaryOp(op=op, operand=operand) if type(op) in OPERATORS:
            _check(operand, text)
        case ast.BinOp(left=left, op=op, right=right) if type(op) in OPERATORS:
            _check(left, text)
            _check(right, text)
        case ast.Call(func=ast.Name(id=name), args=[argument], keywords=[]):
            if name not in FUNCTIONS:
                raise unknown("function", name, FUNCTIONS)
            _check(argument, text)
        case _:
            raise _refused(text)


def _names(node: ast.expr) -> Iterator[tuple[str, str]]:
    for inner in ast.walk(node):
        if isinstance(inner, ast.Attribute) and isinstance(inner.value, ast.Name):
            yield inner.value.id, inner.attr


def _over_seeds(node: ast.expr) -> Iterator[tuple[str, str]]:
    """The measurements and quantities outside of `min`, `max`, `mean` and `sum`."""
    match node:
        case ast.Attribute(value=ast.Name(id=name), attr=quantity):
            yield name, quantity
        case ast.Call(func=ast.Name(id=function), args=[argument]) if function not in OVER_SEEDS:
            yield from _over_seeds(argument)
        case ast.UnaryOp(operand=operand):
            yield from _over_seeds(operand)
        case ast.BinOp(left=left, right=right):
            yield from _over_seeds(left)
            yield from _over_seeds(right)


def _value(node: ast.expr, measured: Quantities) -> Any:
    match node:
        case ast.Constant(value=value):
            return float(value)  # type: ignore[arg-type]
        case ast.Attribute(value=ast.Name(id=name), attr=quantity):
            found = measured[name]
            if quantity not in found:
                raise unknown(f"quantity of {name}", quantity, tuple(found))
            return found[quantity]
        case ast.UnaryOp(op=op, operand=operand):
            return OPERATORS[type(op)](_number(operand, _value(operand, measured)))
        case ast.BinOp(left=left, op=op, right=right):
            return OPERATORS[type(op)](*(_number(side, _value(side, measured)) for side in (left, right)))
        case ast.Call(func=ast.Name(id=name), args=[argument]):
            value = _value(argument, measured)
            return FUNCTIONS[name](value if name in OVER_SEEDS else _number(argument, value))
    raise AssertionError(ast.dump(node))


def _number(node: ast.expr, value: Any) -> Any:
    """The value, if arithmetic means something: a rate of yes and no is not the median of 0 and 1."""
    if isinstance(value, np.ndarray) and value.dtype == np.bool_:
        given = f"{ast.unparse(node)} is yes or no for each seed, which has no arithmetic"
        raise UserError(given, hint=f"Compare it as it is, or take mean({ast.unparse(node)}) of these seeds")
    return value


def _refused(text: str) -> UserError:
    return UserError(f"{quoted(text, 60)} is not an expectation", allowed=ALLOWED)
