"""`nncli step`: one training step explained in numbers."""

from __future__ import annotations

import json
import math
import re

import numpy as np
import pytest
import textbook

from nncli.nn.activations import activations
from nncli.nn.losses import losses
from nncli.nn.optimizers import optimizers

AND = (
    "task: and\narchitecture: []\noutput: {activation: step, loss: perceptron, initializer: {constant: {value: 0.5}}, "
    "bias_initializer: {constant: {value: -0.25}}}\ntraining: {optimizer: sgd, learning_rate: 0.5, epochs: 0}\n"
)

PAGE = """\
and   2 → 1 step   3 parameters   no training   seed 0
step 1 with training row 2 of 4 as the batch, in float32

  x = [ 0  1 ]   y = 0

FORWARD

layer 1: 2 → 1 step
  z1 = x W1 + b1
    W1 = [ 0.5 ]
         [ 0.5 ]
    b1 = [ -0.25 ]
    z1 = 0 · 0.5 + 1 · 0.5 + (-0.25) = 0.25

loss: perceptron
  | p  = 1 where z >= 0, else 0
  | L  = (1/B) Σ_b Σ_k (p - y) z
  | dz = (p - y) / B
  p = step(z1)
    p = step(0.25) = 1
    L = (1 - 0) · 0.25 = 0.25

BACKWARD

loss: dz1 is the gradient of L at z1
    dz1 = 1 - 0 = 1

layer 1: 2 → 1 step
  dW1 = xᵀ dz1
    dW1 = [ 0 ] [ 1 ] = [ 0 ]
          [ 1 ]         [ 1 ]
  db1 = dz1
    db1 = 1

UPDATE

sgd: learning_rate 0.5
  | theta -= learning_rate · g
    W1[2,1] = 0.5 - 0.5 · 1 = 0

              before   g   after
    W1[1,1]     0.5    0    0.5
    W1[2,1]     0.5    1    0
    b1         -0.25   1   -0.75

AFTER THE STEP

  p = 1 → 0   target 0
  L = 0.25 → 0
"""


def test_a_page_of_the_perceptron_in_numbers_that_a_student_can_check(cli, write):
    code, out, err = cli("step", write("name: and\n" + AND), "--row", 2)
    assert (code, out) == (0, PAGE)
    assert err == "note: this config trains for 0 epochs; the step is the one that its optimizer would take\n"


def test_the_object(cli, xor):
    arguments = (xor, "architecture=[2]", "seeds=7-9", "--row", 3)
    code, out, err = cli("step", *arguments, "--json")
    found = json.loads(out)
    assert (code, err, found["row"], found["rows"], found["seed"], found["x"]) == (0, "", 3, 4, 7, [1, 0])
    first, last = found["layers"]
    assert [len(first["W"]), len(first["z"]), first["da_prev"], last["da"], last["function"]] == [
        2,
        2,
        None,
        None,
        "linear",
    ]
    assert [own["name"] for own in found["update"]["parameters"]] == ["W1", "b1", "W2", "b2"]
    assert found["loss_after"] < found["loss"]["value"]
    assert json.loads(cli("step", *arguments, "--seed", 8, "--json")[1])["layers"][0]["W"] != first["W"]


KNOWN = {
    **{name: lambda z, f=f: float(f(np.array(z))) for name, (f, _) in textbook.ACTIVATIONS.items()},
    **{"log": math.log, "exp": math.exp, "max": max, "sqrt": math.sqrt, "sign": np.sign, "clip": np.clip, "abs": abs},
}


def equations(page):
    """(name, left side, right side) of each equation with numbers on a page: `z1[1] = 0 · 0.5 + 1 = 1`."""
    whole = re.sub(r"\n +(?=[=+-] )", " ", page)
    for line in re.findall(r"^    (?=\w)(.*)$", whole, re.MULTILINE):
        name, *sides = line.split(" = ")
        if len(sides) == 2 and "[ " not in line:
            yield name, *sides


def computed(text):
    """The value of an expression as printed."""
    python = re.sub(r"√([\d.e+-]+)", r"sqrt(\1)", text)
    python = re.sub(r"log ([\d.e+-]+)", r"log(\1)", re.sub(r"\|(.*?)\|", r"abs(\1)", python))
    return eval(python.replace("·", "*").replace("²", "**2"), dict(KNOWN))


def check_equations(page):
    """A student who computes with the printed numbers gets the printed results, as far as four digits allow."""
    found = list(equations(page))
    for name, left, right in found:
        assert computed(left) == pytest.approx(float(right), rel=0.004, abs=1e-3), f"{name} = {left} = {right}"
    return [name for name, *_ in found]


@pytest.mark.parametrize("name", [*activations])
def test_any_activation(cli, xor, name):
    code, out, err = cli("step", xor, "architecture=[2]", f"activation={name}", "--row", 2)
    assert (code, err) == (0, "")
    assert "z1[2] = " in out
    assert (f"  a1 = {name}(z1)\n" in out) == (name != "linear")
    if name in textbook.ACTIVATIONS:
        assert ("a1[2]" in check_equations(out)) == (name != "linear")


@pytest.mark.parametrize("name", [*optimizers])
def test_any_optimizer(cli, xor, name):
    code, out, err = cli("step", xor, "architecture=[2]", f"training.optimizer={name}", "--row", 2)
    assert (code, err) == (0, "")
    assert f"\n{name}: learning_rate 0.05\n" in out
    assert out.count("    W1[2,1] = ") == 1, "an example with numbers"
    assert "W1[2,1]" in check_equations(out)


@pytest.mark.parametrize("name", [*losses])
def test_any_loss(cli, xor, animals, name):
    config = animals / "animals.yaml" if losses.get(name).kinds == ("classes",) else xor
    code, out, err = cli("step", config, "architecture=[2]", f"output.loss={name}")
    assert (code, err) == (0, "")
    assert f"\nloss: {name}\n" in out
    (value,) = (line for line in out.splitlines() if line.startswith("    L = "))
    assert value.count(" = ") == 2, "the formula with its numbers"
    names = check_equations(out)
    assert {"L", "z1[1]", "z1[2]", "da1[1]", "dz1[2]"} <= set(names)
    assert any(own.startswith(("dz", "da")) and own[2] == "2" for own in names) or name == "hinge"


@pytest.mark.parametrize("scale", [0.1, 1, 3, 10, 30])
@pytest.mark.parametrize("row", [1, 2])
def test_a_confident_answer_has_a_loss_that_can_be_computed_from_what_is_printed(cli, write, scale, row):
    """-log(1 - p) would be off where p is almost 1."""
    weights = f"initializer: {{constant: {{value: {scale}}}}}, bias_initializer: {{constant: {{value: {scale / 8}}}}}"
    out = cli("step", write(f"task: or\narchitecture: []\noutput: {{{weights}}}"), "--row", row)[1]
    ((left, right),) = [sides for name, *sides in equations(out) if name == "L"]
    assert computed(left) == pytest.approx(float(right), rel=0.004)


@pytest.mark.parametrize(
    ("arguments", "code", "sentence"),
    [
        (["--row", "5"], 2, "--row: there is no training row 5. The training rows are 1 to 4."),
        (["--row", "0"], 2, "Invalid value for '--row': '0' is not a whole number ≥ 1."),
        (["--rows", "2"], 2, "Did you mean '--row'?"),
        (["architecture=[7]"], 2, "layer 1 has 7 units: a step is explained for at most 6 in a layer. Try 'archi"),
        (["architecture=[{dropout: 0.2}]"], 2, "layer 1, dropout, cannot be shown"),
        (["initializer={constant: {value: 1e20}}"], 5, "the gradient of row 1 is not finite in the first step."),
    ],
)  # fmt: skip
def test_what_cannot_be_explained_is_one_sentence(cli, xor, arguments, code, sentence):
    found, out, err = cli("step", xor, *arguments)
    assert (found, out) == (code, "")
    assert sentence in err


def test_a_run_leads_to_its_config_and_its_trained_weights(cli, xor, tmp_path):
    run = cli("train", xor, "architecture=[2]", "-q")[1].strip()
    code, _, err = cli("step", run)
    said = " ".join(err.split())
    assert (code, f"{run}/config.yaml" in said, f"add training.start.run={run}" in said) == (2, True, True)
    assert f"from {run.removeprefix('runs/')}" in cli("step", f"{run}/config.yaml", f"training.start.run={run}")[1]
