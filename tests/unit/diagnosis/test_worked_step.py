"""One training step in numbers, against the textbook."""

from __future__ import annotations

import re

import numpy as np
import pytest
import textbook

from nncli.config.load import override
from nncli.config.resolve import resolve
from nncli.config.yaml_reader import read_yaml
from nncli.diagnosis.worked_step import check_small, worked_step
from nncli.errors import UserError
from nncli.experiments.train import run_stack
from nncli.report.worked_step_text import worked_step_lines

XOR = "task: xor\narchitecture: [2]\nactivation: tanh\ntraining: {optimizer: sgd, learning_rate: 0.5}\n"
AND = """task: and
architecture: []
output: {activation: step, loss: perceptron, initializer: {constant: {value: 0.5}},
         bias_initializer: {constant: {value: -0.3}}}
training: {optimizer: sgd, learning_rate: 0.1, batch_size: 1, shuffle: false}
"""
MSE = "{activation: sigmoid, loss: mean_squared_error}"


def document(text, *overrides):
    return override(read_yaml(text, "x.yaml"), overrides)


def step(text, *overrides, row=1, seed=None):
    return worked_step(resolve(document(text, *overrides)), row, seed)


def expected(found, loss, functions, optimizer, options):
    """What the textbook makes of the same weights and row: each quantity by name, before and after the step."""
    layers = [
        (own.W, np.zeros(own.z.size) if own.b is None else own.b, f)
        for own, f in zip(found.layers, functions, strict=True)
    ]
    X, y = found.x[None], found.loss.y[None]
    zs, activations = textbook.forward(layers, X)
    L, gradients = textbook.backprop(layers, X, y, loss)
    _, da = loss(activations[-1], y)
    known = {"L": L}
    for n in range(len(layers), 0, -1):
        W, b, f = layers[n - 1]
        dz = da * textbook.ACTIVATIONS[f][1](zs[n - 1])
        known |= {f"z{n}": zs[n - 1][0], f"a{n}": activations[n][0], f"W{n}": W, f"b{n}": b}
        known |= {f"da{n}": da[0], f"dz{n}": dz[0], f"dW{n}": gradients[n - 1][0], f"db{n}": gradients[n - 1][1]}
        da = dz @ W.T
    biased = [own.b is not None for own in found.layers]
    after = [
        (W, b * has_bias, f)
        for (W, b, f), has_bias in zip(
            textbook.train(layers, [(X, y)], loss, optimizer, **options), biased, strict=True
        )
    ]
    for n, (W, b, _) in enumerate(after, 1):
        known |= {f"W{n} after": W, f"b{n} after": b}
    known["L after"] = loss(textbook.forward(after, X)[1][-1], y)[0]
    return known


def measured(found):
    """The same quantities as measured."""
    known = {"L": found.loss.value, "L after": found.loss_after}
    for own in found.layers:
        for name in ("z", "W", "b", "dz", "dW", "db", "a", "da"):
            known[f"{name}{own.number}"] = getattr(own, name)
    return known | {f"{own.name} after": own.after for own in found.update.parameters}


CASES = {
    "and": (AND, "sgd", textbook.perceptron, ["linear"]),
    "xor": (XOR, "sgd", textbook.binary_cross_entropy, ["tanh", "linear"]),
    "xor, adam": (f"{XOR}dtype: float64", "adam", textbook.binary_cross_entropy, ["tanh", "linear"]),
    "xor, squared error": (f"{XOR}output: {MSE}", "sgd", textbook.mean_squared_error, ["tanh", "sigmoid"]),
    "three layers": (
        "task: xor\narchitecture: [3, {dense: {units: 2, activation: relu, bias: false}}]\nactivation: gelu\n"
        "training: {optimizer: adam, learning_rate: 0.01}\noutput: {loss: hinge}",
        "adam",
        textbook.hinge,
        ["gelu", "relu", "linear"],
    ),
}


@pytest.mark.parametrize("row", [1, 2, 4])
@pytest.mark.parametrize("case", CASES)
def test_every_number_is_that_of_the_textbook(case, row):
    text, optimizer, loss, functions = CASES[case]
    found = step(text, f"training.optimizer={optimizer}", "dtype=float64", row=row, seed=row)
    options = {"learning_rate": found.update.learning_rate}
    known, numbers = expected(found, loss, functions, getattr(textbook, optimizer), options), measured(found)
    for name, values in numbers.items():
        if values is not None:
            np.testing.assert_allclose(values, known[name], rtol=1e-11, atol=1e-15, err_msg=name)
    assert found.layers[0].da_prev is None


def printed(lines):
    """The last number of each equation by its name, rows of matrices, and before, gradient and after of the table."""
    found = {}
    for line in lines:
        number = r"-?\d[\d.e+-]*"
        if line.startswith("  x = "):
            continue
        if equation := re.fullmatch(rf" *(\w+(?:\[[\d,]+\])?) = (?:.* = )?({number})", line):
            name = equation[1]
            found[f"{name} after" if name[0] in "Wb" else name] = equation[2]  # the example of the update
        elif row := re.fullmatch(rf"    (\w+(?:\[[\d,]+\])?) +({number}) +({number}) +({number})", line):
            name = row[1]
            found |= {f"{name} before": row[2], f"{name} g": row[3], f"{name} after": row[4]}
        elif change := re.fullmatch(rf"  L = ({number}) → ({number})", line):
            found["L after"] = change[2]
    return found


def value_of(name, known):
    """The number with a printed name, such as `W1[2,1] after`."""
    base, index, when = re.fullmatch(r"(\w+)(?:\[([\d,]+)\])?(?: (\w+))?", name).groups()
    key = {"after": f"{base} after", "g": f"d{base}"}.get(when, base)
    values = np.asarray(known[key])
    return values[tuple(int(i) - 1 for i in index.split(","))] if index else values.item()


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("row", [1, 2, 3, 4])
@pytest.mark.parametrize("case", ["and", "xor"])
def test_every_printed_number_is_that_of_the_textbook_to_its_last_digit(case, row, dtype):
    text, optimizer, loss, functions = CASES[case]
    found = step(text, f"dtype={dtype}", row=row)
    options = {"learning_rate": found.update.learning_rate}
    known = expected(found, loss, functions, getattr(textbook, optimizer), options)
    known["p"] = (np.heaviside if case == "and" else lambda z, _: textbook.sigmoid(z))(known[f"z{len(functions)}"], 1.0)
    shown = printed(worked_step_lines(found))
    names = {"z", "dz", "L", "p", "L after", *(f"W1[{i},1] {when}" for i in "12" for when in ("before", "g", "after"))}
    assert {name.rstrip("0123456789") if len(name) < 4 else name for name in shown} >= {*names, "db"}
    if case == "xor":
        assert {"z1[2]", "a1[1]", "da1[2]", "dz1[1]", "z2", "dz2", "b1[2] after", "b2 g"} <= set(shown)
    for name, text in shown.items():
        mantissa, _, power = text.partition("e")
        decimals = len(mantissa.partition(".")[2]) - int(power or 0)
        assert float(text) == pytest.approx(round(value_of(name, known), decimals), rel=1e-14, abs=1e-300), name


ONE_ROW = """
task: {table: {file: %s, target: y}}
architecture: [3]
activation: %s
regularizer: {l2: 0.1, l1: 0.01}
training: {optimizer: %s, learning_rate: 0.3, clip_norm: 0.2, epochs: 1, validation: 0.5, stop: {solved: false}}
"""


@pytest.mark.parametrize(
    ("activation", "optimizer"),
    [("prelu", "adamw"), ("tanh", "momentum"), ("linear", "rmsprop"), ("elu", "nesterov"), ("softmax", "adagrad")],
)
def test_training_takes_the_same_step(tmp_path, activation, optimizer):
    """To the bit: with penalties, clipping and weight decay; `nncli train` on one row is the judge."""
    (tmp_path / "one.csv").write_text("x1,x2,y\n0.5,-2,3.25\n1,0.25,4\n", "utf-8")
    text = ONE_ROW % (tmp_path / "one.csv", activation, optimizer)
    found = step(text)
    (trained,) = run_stack([resolve(document(text))], runs_dir=tmp_path)
    after = np.concatenate([own.after.ravel() for own in found.update.parameters])
    np.testing.assert_array_equal(after, trained.outcomes[0].theta)
    assert found.penalty > 0
    assert found.update.norm > 0.2


@pytest.mark.parametrize(
    "overrides",
    [
        ["architecture=[6,3]", "activation=prelu"],
        ["architecture=[6]", "activation=softmax", "initializer={constant: {value: -0.0001234567}}"],
        ["architecture=[6]", "activation=linear", "initializer={normal: {std: 12345.678}}", "seeds=[2]"],
        ["task={parity: {bits: 6}}", "training.standardize=true", "initializer={normal: {std: 0.0002}}"],
    ],
)
@pytest.mark.parametrize("optimizer", ["adamw", "nesterov"])
def test_the_page_fits_80_columns(overrides, optimizer):
    found = step(
        XOR, *overrides, f"training.optimizer={optimizer}", "training.clip_norm=1e-5", "regularizer={l2: 1e-7}"
    )
    assert [line for line in worked_step_lines(found) if len(line) > 80] == []


@pytest.mark.parametrize(
    ("text", "given", "hint"),
    [
        ("task: xor\narchitecture: [9]", "layer 1 has 9 units", "architecture=[2]"),
        ("task: xor\narchitecture: [6, 6, 6, 6]", "the network has 151 parameters", "architecture=[2]"),
        ("task: xor\narchitecture: [4, {dropout: 0.5}]", "layer 2, dropout, cannot be shown", "architecture=[2]"),
        ("task: xor\narchitecture: [4]\nregularizer: {dropout: 0.5}", "layer 2, dropout", "regularizer=none"),
        ("task: {parity: {bits: 7}}\narchitecture: [2]", "layer 1 has 7 inputs", "task=xor"),
        ("task: {glyphs: {samples: 20, size: 8}}\narchitecture: [flatten, 2]", "layer 1, flatten", "task=xor"),
        ("task: {adding_problem: {length: 4, samples: 20}}\narchitecture: [{lstm: 2}]", "layer 1, lstm", "task=xor"),
    ],
)
def test_what_is_too_large_is_refused_with_a_way_out_that_works(text, given, hint):
    with pytest.raises(UserError) as caught:
        check_small(resolve(document(text)), document(text))
    assert caught.value.given.startswith(given)
    assert hint in caught.value.hint
    ways = [word.strip("'") for word in caught.value.hint.split()[1:]]
    smaller = document(text, *ways)
    check_small(resolve(smaller), smaller)
    worked_step(resolve(smaller))


@pytest.mark.parametrize(
    ("overrides", "row", "given", "code"),
    [
        ([], 5, "there is no training row 5", 2),
        (["initializer={constant: {value: 1e20}}"], 1, "the gradient of row 1 is not finite", 5),
    ],
)
def test_a_row_that_does_not_exist_or_diverges_is_refused(overrides, row, given, code):
    with pytest.raises(UserError, match=given) as caught:
        step(XOR, *overrides, row=row)
    assert caught.value.code == code


def test_a_step_can_start_from_the_weights_of_a_run_with_the_rate_of_the_schedule(tmp_path):
    (trained,) = run_stack([resolve(document(XOR, "training.epochs=3"))], runs_dir=tmp_path)
    schedule = "training.schedule={cosine: {warmup: 4}}"
    found = step(XOR, f"training.start.run={trained.path}", schedule, row=2)
    before = np.concatenate([own.before.ravel() for own in found.update.parameters])
    np.testing.assert_array_equal(before, trained.outcomes[0].theta)
    assert found.update.factor == 0.25
    own = found.update.parameters[0]
    np.testing.assert_allclose(own.after, own.before - 0.5 * 0.25 * own.gradient, rtol=1e-6)
    assert "sgd: learning_rate 0.5 · 0.25 (schedule) = 0.125" in worked_step_lines(found)


def test_penalties_clipping_and_weight_decay_are_steps_of_their_own():
    """The chain rule is of the loss alone; then rate W is added, and what is too long is cut to clip_norm."""
    settings = ["training.clip_norm=0.1", "training.optimizer=adamw", "training.optimizer.adamw.weight_decay=0.5"]
    plain = step(XOR, "dtype=float64", row=2)
    found = step(XOR, "dtype=float64", "regularizer={l2: 0.25}", *settings, row=2)
    assert [own.penalties for own in found.update.parameters] == [("l2 rate 0.25",), (), (), ()]
    for mine, its in zip(found.layers, plain.layers, strict=True):
        np.testing.assert_array_equal(mine.dW, its.dW)
    W = found.layers[0].W
    assert found.penalty == pytest.approx(0.25 / 2 * np.sum(W**2))
    first, *others = found.update.parameters
    np.testing.assert_allclose(first.of_penalties, 0.25 * W)
    norm = np.sqrt(sum(np.sum((own.of_loss + own.of_penalties) ** 2) for own in found.update.parameters))
    assert found.update.norm == pytest.approx(norm)
    for own in (first, *others):
        np.testing.assert_allclose(own.gradient, (own.of_loss + own.of_penalties) * 0.1 / norm)
        shrunk = own.before * (1 - 0.5 * 0.5 * own.decays)
        np.testing.assert_allclose(own.after, shrunk - 0.5 * own.gradient / (abs(own.gradient) + 1e-8), atol=1e-12)
    lines = list(worked_step_lines(found))
    assert f"clip_norm: ‖g‖ = {norm:.4f} > 0.1: g is multiplied by 0.1 / {norm:.4f} = {0.1 / norm:.4f}" in lines
    assert "  | penalty = ½ rate Σ W²" in lines
    assert "    W1[1,1] = " + f"({W[0, 0]:.4g}) · (1 - 0.5 · 0.5)" in "\n".join(lines)
