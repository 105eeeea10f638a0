"""What a comma means on the command line."""

from __future__ import annotations

import pytest

from nncli.errors import UserError
from nncli.studies.axis_grammar import parse_axes

AXES = {
    "activation=sigmoid,tanh": ["sigmoid", "tanh"],
    "initializer=he_normal,{normal: {std: 0.01}}": ["he_normal", "{normal: {std: 0.01}}"],
    "regularizer=none,{l2: 1e-3, dropout: 0.1},{l1: 1}": ["none", "{l2: 1e-3, dropout: 0.1}", "{l1: 1}"],
    "architecture=[4],[8],[4,4]": ["[4]", "[8]", "[4,4]"],
    'name="a,b",c': ['"a,b"', "c"],
    "training.learning_rate=log(1e-4,1e-1,4)": ["0.0001", "0.001", "0.01", "0.1"],
    "training.learning_rate=linear(0,0.5,6)": ["0", "0.1", "0.2", "0.3", "0.4", "0.5"],
    "training.learning_rate=linear(0.1234567,0.2,3)": ["0.1234567", "0.161728", "0.2"],
    "training.learning_rate=log(0.00012345678,0.1,2)": ["0.00012345678", "0.1"],
    "training.epochs=linear(100,1000000,2)": ["100", "1000000"],
    "training.epochs=linear(1,12345679,3)": ["1", "6172840", "12345679"],
    "training.epochs=log(1,1e8,5)": ["1", "100", "10000", "1000000", "100000000"],
    "training.clip_norm=linear(1e300,0.1,2)": ["1e+300", "0.1"],
    "task.parity.bits=range(2,6)": ["2", "3", "4", "5"],
    "task.parity.bits=range(2,9,3)": ["2", "5", "8"],
    "regularizer.l2=0,log(1e-3,1e-1,3)": ["0", "0.001", "0.01", "0.1"],
}


@pytest.mark.parametrize("text", AXES)
def test_axes(text):
    (axis,), plain = parse_axes([text])
    assert axis.key == text.partition("=")[0]
    assert list(axis.values) == AXES[text]
    assert plain == []


@pytest.mark.parametrize(
    "text",
    ["seeds=50", "architecture=[4,4]", "task={function: {expression: 'x, y'}}", "activation={relu: }", "seeds=[0,7]"],
)
def test_one_value_is_no_axis(text):
    assert parse_axes([text]) == ([], [text])


REFUSED = [
    (["activation=tanh,"], "a value is missing next to a comma"),
    (["activation=tanh,,relu"], "a value is missing next to a comma"),
    (["activation=tanh,tanh"], "'tanh' is given twice"),
    (["activation=tanh,relu", "activation=elu,gelu"], "the axis activation is given twice"),
    (["x=log(0,1,3)"], "not a range"),
    (["x=log(1,2)"], "not a range"),
    (["x=linear(0,1,1)"], "not a range"),
    (["x=linear(0,1,2.5)"], "not a range"),
    (["x=range(5,5)"], "not a range"),
    (["x=range(0,1e9)"], "not a range"),
    (["x=log(a,b,c)"], "not a range"),
    (["x=log(nan,1,3)"], "not a range"),
]


@pytest.mark.parametrize(("arguments", "words"), REFUSED, ids=[" ".join(row[0]) for row in REFUSED])
def test_refused(arguments, words):
    with pytest.raises(UserError) as caught:
        parse_axes(arguments)
    assert words in str(caught.value)
