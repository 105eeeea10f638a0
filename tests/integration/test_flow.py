"""`nncli flow`: what it measures against theory, and as typed."""

from __future__ import annotations

import csv
import io
import json

import numpy as np
import pytest

from nncli.config.load import load_document
from nncli.config.resolve import resolve
from nncli.diagnosis.flow import flow_of_config, flow_of_run
from nncli.experiments.train import run
from nncli.report.flow_text import Flow, Moment, stands_out
from nncli.runs.directory import RunDirectory
from nncli.training.flow import LayerFlow

XOR = "name: f\ntask: xor\narchitecture: [5, 3]\nactivation: relu\ntraining: {epochs: 4}\nseeds: 3\n"


@pytest.fixture
def config(tmp_path):
    path = tmp_path / "f.yaml"
    path.write_text(XOR, "utf-8")
    return path


def measured(path, *overrides):
    return flow_of_config(resolve(load_document(path, overrides)))


def medians(flow, quantity):
    found = [flow.moments[0].median(place, quantity) for place in range(len(flow.names))]
    return [None if median is None else median.median for median in found]


def test_he_keeps_the_signal_of_relu_and_xavier_halves_it(config):
    """E z² is kept by a variance of 2 / n_in, and halved by 1 / n, in every layer: He et al. (2015), section 2.2."""
    deep = ["architecture=[{repeat: {times: 6, layers: [256]}}]", "task=moons", "seeds=4"]
    for initializer, factor in [("he_normal", 1.0), ("{normal: {std: 0.0625}}", 0.5)]:
        flow = measured(config, *deep, f"initializer={initializer}")
        hidden = slice(1, 6)  # z of the first layer is of the data
        moments = [
            np.array([own.z_variance + own.z_mean**2 for own in of_seed[hidden]]) for of_seed in flow.moments[0].layers
        ]
        per_layer = np.mean([(own[-1] / own[0]) ** (1 / 4) for own in moments])
        assert per_layer == pytest.approx(factor, rel=0.1)


def test_sigmoids_shrink_the_gradient_by_a_quarter_per_layer(config):
    """σ' ≤ 1/4: of ten layers of equal width, the first gets less than 0.25^9 ‖W‖^9 of the last."""
    flow = measured(config, "architecture=[{repeat: {times: 10, layers: [16]}}]", "activation=sigmoid", "seeds=7")
    ratios = flow.moments[0].gradient_ratios()
    assert max(ratios) < 1e-4
    assert "the gradient vanishes on its way back" in stands_out(flow)


def test_a_quarter_of_the_relu_units_is_born_dead_on_xor(config):
    """Without biases, z is 0, w1, w2 and w1 + w2: all ≤ 0 with probability 1/4, for symmetric weights."""
    dead = [of_seed[0].dead for of_seed in measured(config, "architecture=[1000]", "seeds=8").moments[0].layers]
    assert np.mean(dead) == pytest.approx(0.25, abs=4 * (0.25 * 0.75 / 8000) ** 0.5)
    assert min(dead) < max(dead)


def test_what_stands_out():
    def layer(number, **given):
        usual = dict.fromkeys(("z_mean", "a_mean", "dead", "saturated", "always_on"), 0.0)
        usual |= dict.fromkeys(("z_variance", "a_variance", "dz_mean_square", "gradient_norm", "weight_norm"), 1.0)
        return LayerFlow(number, **(usual | {"update_ratio": 1e-3} | given))

    def said(*layers):
        moment = Moment("initialization", (0,), (0,), (layers,))
        return stands_out(Flow(("4 relu", "4 relu", "1 linear"), 4, 4, (moment,)))

    assert said(layer(1), layer(2), layer(3)).startswith("nothing stands out")
    idle = said(layer(1, dead=0.188), layer(2, saturated=0.1), layer(3))
    assert idle.endswith("of the units of a layer, at most 18.8 % are dead and 10 % are saturated")
    assert "gradient vanishes" in said(layer(1, gradient_norm=1e-3), layer(2), layer(3))
    assert "gradient explodes" in said(layer(1, gradient_norm=1e3), layer(2), layer(3))
    assert said(layer(1), layer(2, dead=0.5), layer(3)) == "50 % of the units of layer 2: 4 relu are dead"
    assert said(layer(1, saturated=0.25), layer(2), layer(3)) == "25 % of the units of layer 1: 4 relu are saturated"
    assert "the signal fades" in said(layer(1), layer(2, a_variance=1e-4), layer(3))
    assert "the signal grows" in said(layer(1), layer(2, a_variance=1e4), layer(3))
    assert "the step changes layer 3: 1 linear by 50 %" in said(layer(1), layer(2), layer(3, update_ratio=0.5))
    assert "the gradient is 0 in all layers" in said(*(layer(number, gradient_norm=0.0) for number in (1, 2, 3)))
    assert "overflow" in said(layer(1, a_variance=float("inf")), layer(2), layer(3))


def test_the_table_of_a_run_agrees_with_what_it_recorded(config, tmp_path):
    finished = run(config, ["training.record=[flow]", "training.stop.solved=false"], runs_dir=tmp_path / "runs")
    flow = flow_of_run(RunDirectory.open(finished.path))
    start, end = flow.moments
    assert [moment.epochs[0] for moment in flow.recorded] == [0, 1, 2, 3, 4]
    assert repr(start.layers) == repr(flow.recorded[0].layers)
    assert repr(end.layers) == repr(flow.recorded[-1].layers)
    alone = flow_of_run(RunDirectory.open(finished.path), seed=1)
    assert alone.moments[1].seeds == (1,)
    assert repr(alone.moments[1].layers[0]) == repr(end.layers[1])


def test_without_a_record_the_next_step_is_known_only_of_a_stateless_optimizer(config, tmp_path):
    for optimizer, known in [("adam", False), ("sgd", True)]:
        finished = run(config, [f"training.optimizer={optimizer}"], runs_dir=tmp_path / "runs")
        flow = flow_of_run(RunDirectory.open(finished.path))
        assert (flow.moments[1].median(0, "update_ratio") is not None) is known
        assert flow.moments[0].median(0, "update_ratio") is not None


def test_json_and_csv(config, cli):
    code, out, err = cli("flow", config, "--json")
    assert (code, err) == (0, "")
    found = json.loads(out)
    assert found["rows"] == 4
    (start,) = found["moments"]
    assert [layer["name"] for layer in start["layers"]] == ["5 relu", "3 relu", "1 sigmoid"]
    assert start["layers"][2]["dead"] is None
    low, high = start["layers"][0]["intervals"]["z_variance"]
    assert low <= start["layers"][0]["z_variance"] <= high
    code, out, _ = cli("flow", config, "--csv")
    rows = list(csv.DictReader(io.StringIO(out)))
    assert code == 0
    assert len(rows) == 3 * 3
    assert rows[0]["when"] == "initialization"
    alone = json.loads(cli("flow", config, "--seed", 2, "--json")[1])
    assert alone["moments"][0]["seeds"] == [2]
    assert "intervals" not in alone["moments"][0]["layers"][0]


@pytest.mark.parametrize(
    "overrides",
    [
        ["architecture=[{repeat: {times: 40, layers: [4]}}]"],
        ["architecture=[]", "activation=tanh"],
        ["architecture=[8, batch_norm, {dropout: 0.5}, {residual: {layers: [8, 8]}}]", "seeds=8"],
        ["task=temporal_parity", "architecture=[{lstm: {units: 4}}]"],
        ["task=digits", "architecture=[{conv: 2}, {max_pool: 2}, flatten, {dense: {units: 4, activation: prelu}}]"],
        ["output.loss=perceptron", "output.activation=step", "architecture=[]", "training.optimizer=sgd"],
        ["initializer=zeros"],
    ],
)
def test_networks_of_every_kind_fit_eighty_columns(overrides, config, cli):
    code, out, err = cli("flow", config, *overrides)
    assert (code, err) == (0, ""), err
    assert max(map(len, out.splitlines())) <= 80
    assert json.loads(cli("flow", config, *overrides, "--json")[1])["stands_out"]


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["nothing"], 4, "nothing"),
        (["missing.yaml"], 2, "missing.yaml"),
        (["f.yaml", "--json", "--csv"], 2, "--json and --csv cannot be combined"),
        (["f.yaml", "activation=rleu"], 2, "Did you mean 'relu'?"),
        (["latest", "seeds=2"], 2, "takes no overrides"),
        (["latest", "--seed", "9"], 2, "the run has no seed 9"),
        (["f.yaml", "architecture=[batch_norm]", "task=f"], 2, "unknown task 'f'"),
    ],
)
def test_wrong_arguments(arguments, code, said, config, cli):
    run(config)
    found = cli("flow", *arguments)
    assert found[0] == code, found[2]
    assert said in found[2]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda text: text.replace(".", ".9", 1), "it has changed since it was written"),
        (lambda text: text.replace("a_mean", "a_men"), "not a table of flow"),
        (lambda text: text.replace("\n0,1,", "\n0,9,"), "epoch 0 is not of the seeds and layers of this run"),
        (lambda text: text.replace("\n0,1,2,", "\n0,1,7,"), "epoch 0 is not of the seeds and layers of this run"),
        (lambda text: text[: text.index("\n4,2,2,")] + "\n", "epoch 4 is not of the seeds and layers of this run"),
        (lambda text: text.replace("\n0,1,", "\nx,1,"), "a cell that is not a number"),
        (lambda text: text.replace("\n0,1,", "\nnan,1,"), "not a table of flow"),
    ],
)
def test_a_forged_table(change, said, config, cli, tmp_path):
    finished = run(config, ["training.record=[flow]", "training.stop.solved=false"], runs_dir=tmp_path / "runs").path
    table = finished / "flow.csv"
    table.write_text(change(table.read_text()))
    if "changed" not in said:
        (finished / "SHA256SUMS").unlink()
    code, out, err = cli("flow", finished)
    assert (code, out) == (7, "")
    assert said in err


def test_a_network_that_starts_from_a_run_is_measured_with_its_weights(config, tmp_path):
    first = run(config, ["training.stop.solved=false"], runs_dir=tmp_path / "runs").path
    started = measured(config, f"training.start={{run: {first}}}").moments[0]
    trained = flow_of_run(RunDirectory.open(first)).moments[1]
    for mine, its in zip(started.layers, trained.layers, strict=True):
        assert [own.weight_norm for own in mine] == [own.weight_norm for own in its]


def test_a_run_without_final_weights(config, tmp_path, cli):
    class Killed:
        def tick(self, epoch, step, loss):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(config, runs_dir=tmp_path / "runs", listener=Killed())
    code, _, err = cli("flow", "latest")
    assert code == 4
    assert "this run is interrupted: it has no final weights" in err
    (part,) = (tmp_path / "runs").iterdir()
    assert cli("flow", part / "config.yaml")[0] == 0
