"""The expression language: what it computes, and what it refuses."""

import pickle

import numpy as np
import pytest

from nncli.errors import UserError
from nncli.tasks.expressions import FUNCTIONS, parse_expression

X = np.array([-1.75, -1.0, -0.3, 0.0, 0.2, 0.5, 1.0, 2.5])
Y = X[::-1].copy()

VALUES = [
    ("3", lambda x, y: np.full_like(x, 3.0)),
    ("x", lambda x, y: x),
    (" - x ", lambda x, y: -x),
    ("+x", lambda x, y: x),
    ("x + y - 1", lambda x, y: x + y - 1),
    ("x - y - 1", lambda x, y: (x - y) - 1),
    ("x - (y - 1)", lambda x, y: x - (y - 1)),
    ("x / 2 / 4", lambda x, y: x / 8),
    ("1 - 2*x", lambda x, y: 1 - 2 * x),
    ("-x**2", lambda x, y: -(x**2)),
    ("x**2**3", lambda x, y: x**8),
    ("(x**2)**3", lambda x, y: x**6),
    ("(x*x + 1)**-1", lambda x, y: 1 / (x * x + 1)),
    ("abs(x)**(1/2)", lambda x, y: np.sqrt(np.abs(x))),
    ("2**0.5 * x", lambda x, y: np.sqrt(2) * x),
    (".5*x + 1.*y + 2e-1", lambda x, y: 0.5 * x + y + 0.2),
    ("sin(pi*x) + e", lambda x, y: np.sin(np.pi * x) + np.e),
    ("1/(1 + exp(-1000*x))", lambda x, y: np.array([0, 0, 0, 0.5, 1, 1, 1, 1.0])),
    ("x + " * 124 + "x", lambda x, y: 125 * x),
    ("(" * 32 + "x" + ")" * 32, lambda x, y: x),
    ("-" * 32 + "x", lambda x, y: x),
    ("abs(x)", lambda x, y: np.abs(x)),
    ("arccos(x/3)", lambda x, y: np.arccos(x / 3)),
    ("arcsin(x/3)", lambda x, y: np.arcsin(x / 3)),
    ("arctan(x)", lambda x, y: np.arctan(x)),
    ("cbrt(x)", lambda x, y: np.cbrt(x)),
    ("ceil(x)", lambda x, y: np.ceil(x)),
    ("cos(x)", lambda x, y: np.cos(x)),
    ("cosh(x)", lambda x, y: np.cosh(x)),
    ("exp(x)", lambda x, y: np.exp(x)),
    ("floor(x)", lambda x, y: np.floor(x)),
    ("heaviside(x)", lambda x, y: np.array([0, 0, 0, 1, 1, 1, 1, 1.0])),
    ("log(x + 2)", lambda x, y: np.log(x + 2)),
    ("log10(x + 2)", lambda x, y: np.log10(x + 2)),
    ("log2(x + 2)", lambda x, y: np.log2(x + 2)),
    ("maximum(x, y)", np.maximum),
    ("minimum(x, 0)", lambda x, y: np.minimum(x, 0)),
    ("sign(x)", lambda x, y: np.sign(x)),
    ("sin(x)", lambda x, y: np.sin(x)),
    ("sinc(x)", lambda x, y: np.sinc(x)),
    ("sinh(x)", lambda x, y: np.sinh(x)),
    ("sqrt(x + 2)", lambda x, y: np.sqrt(x + 2)),
    ("square(x)", lambda x, y: x * x),
    ("tan(x)", lambda x, y: np.tan(x)),
    ("tanh(x)", lambda x, y: np.tanh(x)),
]

HOSTILE = [
    # No formula at all.
    ("", "the expression is empty"),
    ("   ", "the expression is empty"),
    ("()", "'()' is empty at column 1"),
    ("x + ()", "'()' is empty at column 5"),
    ("x\n+ y", "column 2"),
    ("x\0", "column 2"),
    ("x # y", "'#' at column 3"),
    ("x; y", "';' at column 2"),
    ("π*x", "'π' at column 1"),
    ("2*\u202ex", "column 3"),
    ("\ud800", "column 1"),
    # Python that is not a formula.
    ("__import__('os').system('true')", "'__import__' at column 1"),
    ("x.__class__", "'.' at column 2"),
    ("().__class__.__bases__", "'.' at column 3"),
    ("x[0]", "'[' at column 2"),
    ("[x]", "'[' at column 1"),
    ("{x}", "'{' at column 1"),
    ("'x'", '"\'" at column 1'),
    ('f"{x}"', "'f' at column 1"),
    ("lambda: x", "'lambda' at column 1"),
    ("lambda x: x", "'lambda' at column 1"),
    ("x if y else 1", "'if' at column 3"),
    ("x and y", "'and' at column 3"),
    ("not x", "'not' at column 1"),
    ("x is y", "'is' at column 3"),
    ("x in y", "'in' at column 3"),
    ("x < y", "'<' at column 3"),
    ("x == y", "'=' at column 3"),
    ("x := 3", "':' at column 3"),
    ("x = 3", "'=' at column 3"),
    ("~x", "'~' at column 1"),
    ("x @ y", "'@' at column 3"),
    ("x | y", "'|' at column 3"),
    ("x << 9", "'<' at column 3"),
    ("x % 2", "'%' is not an operator here at column 3"),
    ("x // 2", "floor(a / b)"),
    ("x^2", "'^' is not an operator here at column 2. Write a power as **"),
    ("yield x", "'yield' at column 1"),
    ("await x", "'await' at column 1"),
    ("True", "'True' at column 1"),
    ("None", "'None' at column 1"),
    ("...", "'.' at column 1"),
    ("(x for x in y)", "'for' at column 4"),
    ("1if x else y", "'if' at column 2"),
    ("x, y", "',' outside the parentheses of a function at column 2"),
    ("(x), y", "',' outside the parentheses of a function at column 4"),
    ("sin((x, y))", "',' outside the parentheses of a function at column 7"),
    # Names and calls.
    ("z", "unknown name 'z' at column 1"),
    ("2*sim(x)", "unknown name 'sim' at column 3. Did you mean 'sin'?"),
    ("ln(x)", "Did you mean 'log'?"),
    ("asin(x)", "Did you mean 'arcsin'?"),
    ("Exp(x)", "Did you mean 'exp'?"),
    ("eval(x)", "'eval' at column 1"),
    ("sin", "'sin' has no argument at column 1. Write sin(x)"),
    ("sin x", "'sin' has no argument at column 1"),
    ("sin + 1", "'sin' has no argument at column 1"),
    ("sin()", "sin takes 1 argument, not 0, at column 1"),
    ("1 + sin(x, y)", "sin takes 1 argument, not 2, at column 5"),
    ("maximum(x)", "maximum takes 2 arguments, not 1, at column 1"),
    ("maximum(x, y, 1)", "maximum takes 2 arguments, not 3, at column 1"),
    ("sin(x,)", "nothing follows ',' at column 6"),
    ("sin(,x)", "column 5"),
    ("sin(*x)", "'*x' is not supported at column 5"),
    ("sin(**x)", "'sin(**x)' is not supported at column 1"),
    ("sin(x=1)", "'=' at column 6"),
    ("sin(x)(x)", "an operator is missing before '(' at column 7"),
    ("x(3)", "an operator is missing before '(' at column 2"),
    ("(sin)(x)", "'sin' has no argument at column 2"),
    # Slips of the pen.
    ("2x", "an operator is missing before 'x' at column 2. Write a product as 2*x"),
    ("2 sin(x)", "an operator is missing before 'sin' at column 3"),
    ("x y", "an operator is missing before 'y' at column 3"),
    ("1..2", "an operator is missing before '.2' at column 3"),
    ("x +", "the expression ends too early at column 4"),
    ("+", "the expression ends too early at column 2"),
    ("x */ y", "cannot read '/ y' at column 4"),
    ("* x", "cannot read '* x' at column 1"),
    ("007", "cannot read '007' at column 1"),
    ("(x + 1", "'(' is never closed at column 1"),
    ("x + 1)", "unmatched ')' at column 6"),
    ("x) + (y", "unmatched ')' at column 2"),
    # Numbers.
    ("1e999", "the number is too large at column 1"),
    ("x + " + "9" * 400, "the number is too large at column 5"),
    ("1j", "'j' at column 2"),
    ("0x1F", "'x1F' at column 2"),
    ("1_000", "'_000' at column 2"),
    ("inf", "'inf' at column 1"),
    ("nan", "'nan' at column 1"),
    ("9**9**9**9", "the exponent is 3.8742e+08 at column 7"),
    ("x**65", "the exponent is 65 at column 4. Allowed: from -64 to 64"),
    ("x**-64.5", "the exponent is -64.5 at column 4"),
    ("x**(1/0)", "the exponent is inf at column 5"),
    ("x**(0/0)", "the exponent is nan at column 5"),
    ("2**x", "the exponent is not a constant at column 4. Write exp(x * log(2))"),
    # Too much of it.
    ("x" + " " * 500, "the expression has 501 characters"),
    ("x+" * 5000 + "x", "the expression has 10001 characters"),
    ("(" * 33 + "x" + ")" * 33, "nesting deeper than 32 at column 33"),
    ("(" * 500, "nesting deeper than 32 at column 33"),
    ("sin(" * 99 + "x" + ")" * 99, "nesting deeper than 32 at column 132"),
    ("-" * 33 + "x", "nesting deeper than 32 at column 34"),
    ("+-" * 249 + "x", "nesting deeper than 32"),
    ("1**" * 166 + "1", "nesting deeper than 32"),
]


@pytest.mark.parametrize(("text", "reference"), VALUES, ids=[text[:24] for text, _ in VALUES])
def test_values_are_those_of_numpy(text, reference):
    result = parse_expression(text, ("x", "y"))({"x": X, "y": Y})
    np.testing.assert_allclose(result, reference(X, Y), rtol=1e-14, atol=1e-15)
    assert result.dtype == np.float64


def test_every_function_has_a_value_above():
    assert {name for name in FUNCTIONS if not any(name + "(" in text for text, _ in VALUES)} == set()


@pytest.mark.parametrize(("text", "words"), HOSTILE, ids=[ascii(text[:24]) for text, _ in HOSTILE])
def test_what_is_no_formula_is_refused_and_says_where(text, words):
    with pytest.raises(UserError) as caught:
        parse_expression(text, ("x", "y"))
    assert words in str(caught.value)
    assert len(str(caught.value)) < 350


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("log(x)", "log(x) is not finite at x = -1.75."),
        ("1/x", "1/x is not finite at x = 0."),
        ("sqrt(x - y)", "sqrt(x - y) is not finite at x = -1.75, y = 2.5."),
        ("exp(1000 + x)", "exp(1000 + x) is not finite at x = -1.75."),
        ("x**0.5", "x**0.5 is not finite at x = -1.75."),
        ("0*x + 1/0", "0*x + 1/0 is not finite at x = -1.75."),
        ("1/0", "1/0 is not finite."),
    ],
)
def test_a_value_that_is_not_finite_is_named_with_its_point(text, message):
    with pytest.raises(UserError) as caught:
        parse_expression(text, ("x", "y"))({"x": X, "y": Y})
    assert str(caught.value) == message


def test_an_expression_is_a_value_and_its_result_is_new():
    expression = parse_expression(" x ", ("x", "y"))
    assert expression == pickle.loads(pickle.dumps(expression))
    assert (expression.text, expression.names, expression.program) == ("x", ("x",), ("x",))
    assert not np.shares_memory(expression({"x": X, "y": Y}), X)
