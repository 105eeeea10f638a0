"""`nncli regions` as a user types it."""

from __future__ import annotations

import json
from fractions import Fraction

import numpy as np
import pytest

from nncli.config.load import load_document
from nncli.diagnosis.network_regions import count_regions, of_config
from nncli.diagnosis.region_domain import box
from nncli.errors import UserError
from nncli.runs.directory import RunDirectory

FOLDS = """\
task: {function: {expression: abs(x), samples: 8}}
architecture: [3]
activation: relu
training: {epochs: 3}
dtype: float64
"""


def regions(cli, *arguments):
    """The object of `--json`."""
    code, out, err = cli("regions", *arguments, "--json")
    assert code == 0, err
    return json.loads(out)


@pytest.fixture
def folds(write):
    return write(FOLDS)


@pytest.mark.parametrize("epochs", [0, 5])
def test_initial_weights_are_those_that_training_starts_from(cli, tmp_path, epochs):
    _, out, _ = cli("construct", "{function: {expression: abs(x), samples: 8}}", "--tolerance", "0.01", "--json")
    start = json.loads(out)["run"]
    changes = [f"training.epochs={epochs}", "seeds=2"]
    code, out, err = cli("train", f"{start}/config.yaml", *changes, "--json", "--runs-dir", str(tmp_path))
    assert code == 0, err
    further = str(next(tmp_path.glob("*/result.json")).parent)
    own = regions(cli, start)["networks"][0]["breakpoints"]
    initial = [each for each in regions(cli, further, "--over-training")["networks"] if each["weights"] == "initial"]
    assert [each["breakpoints"] for each in initial] == [own, own]
    assert regions(cli, f"{start}/config.yaml")["networks"][0]["breakpoints"] == own


def test_breakpoints_are_the_zeros_of_the_units_of_the_final_weights(cli, train, folds):
    run = train(folds, "seeds=3", "initializer={normal: {std: 1}}", "training.learning_rate=0.1")
    found = regions(cli, run.path)
    with RunDirectory(run.path).open_weights() as weights:
        named = {name: weights.archive.read(name) for name in weights.names}
    W, b = list(named.values())[:2]
    for own, (w, c) in zip(found["networks"], zip(W, b, strict=True), strict=True):
        zeros = sorted(-Fraction(float(ci)) / Fraction(float(wi)) for wi, ci in zip(w[0], c, strict=True))
        assert [Fraction(point["fraction"]) for point in own["breakpoints"]] == zeros
        assert [point["inputs"] for point in own["breakpoints"]] == [[float(zero)] for zero in zeros]
        assert own["regions"] == own["activation_regions"] == 4
    assert (found["regions"], found["at_most"], found["domain"]["box"]) == (4, 4, None)


def test_initial_and_final_weights_of_one_run(cli, train, folds):
    run = train(folds, "initializer={normal: {std: 1}}")
    found = regions(cli, run.path, "--over-training")["networks"]
    assert [each["weights"] for each in found] == ["initial", "final"]
    at_start = regions(cli, folds, "initializer={normal: {std: 1}}")["networks"]
    assert at_start == found[:1]
    assert found[0]["breakpoints"] != found[1]["breakpoints"]


def test_breakpoints_are_in_the_units_of_the_task_when_inputs_are_standardized(cli, train, folds):
    found = regions(cli, folds, "training.standardize=true", "task.function.domain=[1,5]")
    (point,) = found["networks"][0]["breakpoints"]  # the biases are 0, so each unit bends at the mean
    assert point["float"] == pytest.approx(3)


def test_a_rectangle_as_polygons(cli, xor):
    found = regions(cli, xor, "activation=relu", "--box=-1,1", "--seed", "3")
    own = found["networks"][0]
    corners = [np.array(polygon["corners"]) for polygon in own["polygons"]]
    assert len(corners) == own["activation_regions"] == 8  # four lines through the origin
    assert {polygon["region"] for polygon in own["polygons"]} == set(range(own["regions"]))
    assert all(len(each) in (3, 4, 5) and np.abs(each).max() <= 1 for each in corners)


def test_lines_and_planes_through_points(cli, write):
    path = write(FOLDS.replace("abs(x)", "x + y*z").replace("[3]", "[9]"))
    bias = "architecture=[{dense: {units: 9, bias_initializer: {normal: {std: 1}}}}]"
    line = regions(cli, path, bias, "--from", "-9,-9,-9", "--to", "9,9,1/3")
    assert line["regions"] > 3
    for point in line["networks"][0]["breakpoints"]:
        t = Fraction(point["fraction"])
        assert 0 < t < 1
        assert point["inputs"] == pytest.approx([-9 + 18 * t, -9 + 18 * t, -9 + Fraction(28, 3) * t])
    plane = regions(cli, path, bias, "--from=-9,-9,-9", "--to=9,9,1/3", "--to=-9,9,0")
    assert plane["regions"] > line["regions"]
    assert plane["domain"]["directions"] == [["18", "18", "28/3"], ["0", "18", "9"]]


def test_the_text(cli, folds, xor, train):
    code, out, _ = cli("regions", folds, "seeds=1")
    assert code == 0
    assert "1 → 3 relu → 1 linear   seed 0   whole line\n" in out
    assert "\nx = 0\n" in out
    run = train(xor, "activation=relu", "seeds=4", "training.epochs=5")
    _, out, _ = cli("regions", run.path, "--over-training")
    assert "4 seeds   [0, 1] × [0, 1]\n" in out
    assert "the regions are those of z, before the output's sigmoid" in out
    assert [line.split()[0] for line in out.splitlines()[3:5]] == ["initial", "final"]


@pytest.mark.parametrize(
    "architecture",
    [
        "[{residual: [4, 4]}, {activation: relu}]",
        "[{dense: {units: 4, activation: linear}}, {activation: prelu}, {dropout: 0.2}, 3]",
        "[{repeat: {times: 3, layers: [{residual: [3]}]}}]",
        "[flatten, {dense: {units: 2, activation: step}}]",
        "[]",
    ],
)
def test_layers_that_are_followed(cli, folds, architecture):
    found = regions(cli, folds, f"architecture={architecture}")
    assert 1 <= found["regions"] <= found["activation_regions"] <= found["at_most"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ["activation=tanh"],
            "the layer '3 tanh' is not piecewise linear, so it has no linear regions. Try",
        ),
        (["architecture=[{dense: {units: 2, activation: gelu}}]"], "architecture[0]: the layer '2 gelu' is not"),
        (["architecture=[batch_norm, 3]"], "with the layer 'batch_norm' cannot be counted"),
        (["--over-training"], "a config has no trained weights"),
        (["--box", "1,1"], "--box: '1,1' is empty"),
        (["--box", "1,2,3"], "--box: '1,2,3' has 3 numbers. LOW,HIGH"),
        (["--box", "one,2"], "--box: 'one' is not a number"),
        (["--box", "1e999999999,2"], "is not a number"),
        (["--box", "0,1", "--from", "0", "--to", "1"], "--box and --from cannot be combined"),
        (["--from", "0"], "--to is missing"),
        (["--to", "0"], "--from is missing"),
        (["--from", "0", "--to", "0/1"], "--to: it is the same point"),
        (["--from", "0,1", "--to", "0"], "--from: '0,1' has 2 numbers, but the network has 1 input"),
        (["--from", "0", "--to", "1", "--to", "2"], "--to: the three points are on one line"),
        (["--from", "0", "--to", "1", "--to", "2", "--to", "3"], "Once for a line, twice for a plane"),
    ],
)
def test_what_cannot_be_counted_is_refused_in_a_sentence(cli, folds, arguments, message):
    code, out, err = cli("regions", folds, *arguments)
    assert (code, out) == (2, "")
    assert message in err.replace("\n", " ")


def test_a_run_is_refused_for_what_it_is(cli, train, xor):
    run = train(xor, "training.epochs=1")
    code, _, err = cli("regions", run.path)
    assert code == 2
    assert "config.yaml" in err
    assert "'4 tanh' is not piecewise linear" in err
    assert "Try" not in err  # a run cannot be changed
    code, _, err = cli("regions", run.path, "activation=relu")
    assert code == 2
    assert "it takes no overrides" in err


def test_many_inputs_need_a_line(cli, write):
    code, _, err = cli("regions", write(FOLDS.replace("abs(x)", "x + y*z")))
    assert code == 2
    assert "the network has 3 inputs" in err


def test_more_regions_than_can_be_counted(folds):
    subject = of_config(load_document(folds, ["architecture=[{dense: {units: 9, bias_initializer: {normal: {}}}}]"]))
    domain = box(None, 1, subject.rows)
    assert next(count_regions(subject, domain, most=10)).regions.linear_regions == 10
    with pytest.raises(UserError, match="seed 0 has more than 9 activation regions here"):
        list(count_regions(subject, domain, most=9))
