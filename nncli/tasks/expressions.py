"""A small, safe language for formulas such as `sin(3*x) + 0.5*y**2`.

Text is scanned for the few tokens that a formula needs, parsed to a syntax tree, and translated by a walk that allows
only numbers, variables, operators and the functions below. No Python code is ever compiled or run.

The result is a program in reverse Polish notation: a constant or a variable is pushed on a stack, an operation replaces
its arguments at the top of the stack by its value. `1 - 2*x` becomes `1, 2, x, *, -`.

Source: Bauer & Samelson (1960), Sequential formula translation, for evaluation with a stack.
"""

from __future__ import annotations

import ast
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from nncli.errors import UserError
from nncli.tasks.tokens import MAX_NESTING, check_order, check_parentheses, corrected, refusal, scan, shorten, too_deep

VARIABLES = ("x", "y", "z")
CONSTANTS: dict[str, float] = {"pi": math.pi, "e": math.e}
NAMES = (*VARIABLES, *CONSTANTS)
FUNCTIONS: dict[str, tuple[int, Callable[..., Any]]] = {
    "abs": (1, np.abs),
    "arccos": (1, np.arccos),
    "arcsin": (1, np.arcsin),
    "arctan": (1, np.arctan),
    "cbrt": (1, np.cbrt),
    "ceil": (1, np.ceil),
    "cos": (1, np.cos),
    "cosh": (1, np.cosh),
    "exp": (1, np.exp),
    "floor": (1, np.floor),
    "heaviside": (1, lambda z: np.heaviside(z, 1.0)),
    "log": (1, np.log),
    "log10": (1, np.log10),
    "log2": (1, np.log2),
    "maximum": (2, np.maximum),
    "minimum": (2, np.minimum),
    "sign": (1, np.sign),
    "sin": (1, np.sin),
    "sinc": (1, np.sinc),
    "sinh": (1, np.sinh),
    "sqrt": (1, np.sqrt),
    "square": (1, np.square),
    "tan": (1, np.tan),
    "tanh": (1, np.tanh),
}
"""Number of arguments and meaning, as in NumPy: heaviside(0) = 1, sinc(x) = sin(pi x) / (pi x), log is natural."""
OPERATORS: dict[type[ast.operator | ast.unaryop], tuple[str, int, Callable[..., Any]]] = {
    ast.Add: ("+", 2, np.add),
    ast.Sub: ("-", 2, np.subtract),
    ast.Mult: ("*", 2, np.multiply),
    ast.Div: ("/", 2, np.divide),
    ast.Pow: ("**", 2, np.power),
    ast.UAdd: ("positive", 1, np.positive),
    ast.USub: ("negative", 1, np.negative),
}
OPERATIONS = FUNCTIONS | {symbol: (arity, function) for symbol, arity, function in OPERATORS.values()}

MAX_LENGTH, MAX_EXPONENT = 500, 64

Instruction: TypeAlias = float | str


@dataclass(frozen=True, slots=True)
class Expression:
    """A formula that can be evaluated on arrays.

    Attributes:
        text: the formula as written.
        variables: the allowed variables.
        program: constants, and names of variables and operations, in reverse Polish notation.
    """

    text: str
    variables: tuple[str, ...]
    program: tuple[Instruction, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """The variables that occur in it, in the order of `variables`."""
        return tuple(name for name in self.variables if name in self.program)

    def __call__(self, values: Mapping[str, NDArray[np.float64]]) -> NDArray[np.float64]:
        """The value of the formula, elementwise.

        Args:
            values: an array for each variable, all of one shape; at least one.

        Returns:
            A new array of that shape.

        Raises: `UserError` if a value is not finite, saying where.
        """
        shape = next(iter(values.values())).shape
        result = np.array(np.broadcast_to(run(self.program, values), shape), dtype=np.float64)
        finite = np.isfinite(result)
        if not finite.all():
            first = np.unravel_index(np.argmin(finite), shape)
            place = ", ".join(f"{name} = {values[name][first]:.6g}" for name in self.names)
            raise UserError(f"{shorten(self.text, 100)} is not finite" + (f" at {place}" if place else ""))
        return result


def run(program: Sequence[Instruction], values: Mapping[str, NDArray[np.float64]]) -> Any:
    """The value of a program in reverse Polish notation; overflow and poles are inf or nan, without a warning."""
    stack: list[Any] = []
    with np.errstate(all="ignore"):
        for step in program:
            if isinstance(step, float):
                stack.append(np.float64(step))
            elif step in OPERATIONS:
                arity, function = OPERATIONS[step]
                stack[-arity:] = [function(*stack[-arity:])]
            else:
                stack.append(values[step])
    return stack[0]


def parse_expression(text: str, variables: Sequence[str]) -> Expression:
    """Read a formula.

        sum      = product, or sums and differences of products
        product  = signed, or products and quotients of them
        signed   = power, -signed or +signed
        power    = atom, or atom ** constant with |constant| <= 64
        atom     = number | variable | pi | e | function(sum) | function(sum, sum) | (sum)

    Operators bind as in Python: `-x**2` is `-(x**2)`.

    Args:
        text: at most 500 characters, with parentheses, calls, powers and signs nested at most 32 deep.
        variables: the names that stand for inputs, of x, y, z.

    Raises: `UserError` with the refused text and its column, counted from 1.
    """
    if len(text) > MAX_LENGTH:
        given = f"the expression has {len(text)} characters"
        raise UserError(given, allowed=f"At most {MAX_LENGTH} are read", option="expression")
    if not text.strip(" "):
        raise UserError("the expression is empty", hint="Write a formula such as sin(3*x)", option="expression")
    tokens = scan(text, (*variables, *CONSTANTS), FUNCTIONS)
    check_order(tokens, text)
    check_parentheses(tokens)
    # In parentheses leading blanks are harmless, and a 0-based offset in the wrapped text is a 1-based column.
    # The parentheses in the text are known to match, so that none of them can close this one.
    try:
        tree = ast.parse(f"({text})", mode="eval")
    except SyntaxError as error:
        column = min((error.offset or 1) - 1 or 1, len(text) + 1)
        rest = text[column - 1 :].strip()
        raise refusal(f"cannot read '{shorten(rest)}'" if rest else "the expression ends too early", column) from None
    return Expression(text.strip(" "), tuple(variables), tuple(translate(tree.body, text)))


def translate(node: ast.expr, text: str, depth: int = 0) -> list[Instruction]:
    """The program of a syntax tree of `(text)`: the allow-list of the language.

    A chain such as a + b + c + ... leans to the left and is read without counting as nested.
    """
    column = node.col_offset
    if depth > MAX_NESTING:
        raise too_deep(column)
    match node:
        case ast.Constant(value=int() | float() as value) if not isinstance(value, bool):
            return [number(value, column)]
        case ast.Name(id=name) if name in NAMES:
            return [CONSTANTS.get(name, name)]
        case ast.UnaryOp(op=op, operand=operand) if type(op) in OPERATORS:
            return [*translate(operand, text, depth + 1), OPERATORS[type(op)][0]]
        case ast.BinOp(left=left, op=op, right=right) if type(op) in OPERATORS:
            power = isinstance(op, ast.Pow)
            after = translate(right, text, depth + power)
            base = translate(left, text, depth)
            exponent = [constant_exponent(node, after, base, text)] if power else after
            return [*base, *exponent, OPERATORS[type(op)][0]]
        case ast.Call(func=ast.Name(id=name), args=arguments, keywords=[]) if name in FUNCTIONS:
            arity = FUNCTIONS[name][0]
            if len(arguments) != arity:
                raise refusal(f"{name} takes {arity} argument{'s' * (arity > 1)}, not {len(arguments)},", column)
            return [step for argument in arguments for step in translate(argument, text, depth + 1)] + [name]
    raise foreign(node, text)


def foreign(node: ast.expr, text: str) -> UserError:
    """The error for a syntax tree that is valid Python, but not in the language."""
    match node:
        case ast.Tuple(elts=[first, *_]) if first.end_col_offset:
            comma = text.index(",", first.end_col_offset - 1) + 1
            return refusal("',' outside the parentheses of a function", comma)
        case ast.Tuple():
            return refusal("'()' is empty", node.col_offset)
    part = text[max(node.col_offset - 1, 0) : (node.end_col_offset or 0) - 1]
    return refusal(f"'{shorten(part)}' is not supported", max(node.col_offset, 1))


def number(value: float, column: int) -> float:
    """A literal as a finite float."""
    try:
        if math.isfinite(value := float(value)):
            return value
    except OverflowError:
        pass
    raise refusal("the number is too large", column, allowed="At most 1.8e308")


def as_exponential(node: ast.BinOp, base: list[Instruction], text: str) -> str:
    """How to write a power of a positive constant: `exp(x)` for `e**x`, `exp(x * log(2))` for `2**x`."""
    if any(step in VARIABLES for step in base) or not 0 < (value := float(run(base, {}))) < math.inf:
        return ""
    wrapped = f"({text})"
    number, exponent = (str(ast.get_source_segment(wrapped, part)) for part in (node.left, node.right))
    if value != math.e:
        factor = exponent if isinstance(node.right, (ast.Name, ast.Call, ast.Constant)) else f"({exponent})"
        exponent = f"{factor} * log({number})"
    meant = f"exp({exponent})"
    return corrected(f"Write {shorten(meant)}", text, node.col_offset - 1, (node.end_col_offset or 1) - 1, meant)


def constant_exponent(node: ast.BinOp, program: list[Instruction], base: list[Instruction], text: str) -> float:
    """The value of an exponent, which must be a constant of at most 64 in absolute value."""
    column = node.right.col_offset
    if any(step in VARIABLES for step in program):
        raise refusal("the exponent is not a constant", column, hint=as_exponential(node, base, text))
    value = float(run(program, {}))
    if not abs(value) <= MAX_EXPONENT:
        raise refusal(
            f"the exponent is {value:.6g}", column, allowed=f"Allowed: from -{MAX_EXPONENT} to {MAX_EXPONENT}"
        )
    return value
