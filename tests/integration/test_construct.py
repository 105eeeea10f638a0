"""`nncli construct`, and training that starts from the weights of a run."""

import json
from pathlib import Path

import numpy as np
import pytest

from nncli.errors import ExitCode
from nncli.experiments import train as experiments

SMALL = "task: sine\narchitecture: [17]\nactivation: relu\ndtype: float64\ntraining: {epochs: 3}\n"


def weights(run):
    return {name: array for name, array in np.load(Path(run) / "weights.npz").items() if name not in ("names", "seeds")}


def the_same(first, second, row=0, other=0):
    first, second = weights(first), weights(second)
    return all((first[name][row] == second[name][other]).all() for name in first if name[0] in "Wb")


@pytest.fixture
def sine(cli):
    code, out, _ = cli("construct", "sine", "--json")
    assert code == ExitCode.OK
    return json.loads(out)


def test_a_constructed_run_is_a_run(cli, sine):
    run = sine["run"]
    assert sine["units"] == 17
    assert sine["tolerance"] == 0.01
    assert sine["excluded"] == []
    code, out, _ = cli("evaluate", run, "--json")
    assert code == ExitCode.OK
    assert json.loads(out)["metrics"]["max_error"][0] <= sine["bound"] <= 0.01
    for command in ("show", "verify", "predict", "reproduce"):
        assert cli(command, run)[0] == ExitCode.OK, command


def test_the_text_says_what_is_known(cli):
    code, out, err = cli("construct", "step", "--tolerance", "0.1")
    assert code == ExitCode.OK
    assert "3 relu units" in out
    assert "except     [-4.7683716e-07, 0], where the formula may jump" in out
    assert "to train it further: nncli train runs/step-" in err
    assert max(map(len, out.splitlines())) <= 80


def test_training_continues_from_a_construction(cli, sine):
    code, out, _ = cli("train", f"{sine['run']}/config.yaml", "training.epochs=1", "training.learning_rate=1e-9", "-q")
    assert code == ExitCode.OK
    assert np.allclose(weights(sine["run"])["W2"], weights(out.strip())["W2"], atol=1e-8)


def train(cli, *more, code=ExitCode.OK):
    Path("small.yaml").write_text(SMALL, "utf-8")
    found, out, err = cli("train", "small.yaml", "-q", *more)
    assert found == code, err
    return out.strip().splitlines()[-1] if out.strip() else err


def test_training_starts_from_the_weights_of_a_run(cli, sine):
    run = train(cli, f"training.start.run={sine['run']}", "training.epochs=0", "seeds=2")
    assert the_same(run, sine["run"], 0)
    assert the_same(run, sine["run"], 1)
    assert cli("verify", run)[0] == ExitCode.OK
    assert cli("reproduce", run)[0] == ExitCode.OK
    again = train(cli, f"training.start.run={run}", "training.epochs=0", "seeds=[1]")
    assert the_same(again, run, 0, 1)


def test_seeds_start_each_from_its_own_or_all_from_one(cli):
    first = train(cli, "seeds=3")
    each = train(cli, f"training.start.run={first}", "training.epochs=0", "seeds=[2, 0]")
    assert the_same(each, first, 0, 2)
    assert the_same(each, first, 1, 0)
    one = train(cli, f"training.start.run={first}", "training.start.seed=1", "training.epochs=0", "seeds=2")
    assert the_same(one, first, 0, 1)
    assert the_same(one, first, 1, 1)
    assert "no seed 3" in train(cli, f"training.start.run={first}", "seeds=4", code=ExitCode.USAGE)


def test_epochs_in_two_runs_are_those_of_one_without_momentum(cli):
    """What a run starts from is all that plain gradient descent needs."""
    options = ("training.optimizer=sgd", "training.stop.solved=false")
    whole = train(cli, *options, "training.epochs=6")
    first = train(cli, *options)
    second = train(cli, *options, f"training.start.run={first}")
    assert the_same(whole, second)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ("architecture=[16]", "layer 1 of the run is 17 relu, and here 16 relu"),
        ("architecture=[17, 4]", "layer 2 of the run"),
        ("activation=tanh", "layer 1 of the run is 17 relu, and here 17 tanh"),
        ("dtype=float32", "float64"),
        ("output.activation=tanh", "layer 2 of the run"),
        ("task=gaussian_2d", "inputs of the run have the shape 1"),
    ],
)
def test_another_network_is_refused(cli, sine, change, words):
    assert words in train(cli, f"training.start.run={sine['run']}", change, code=ExitCode.USAGE)


class StopsAt:
    """Asks to stop after a step."""

    def __init__(self, step):
        self.step = step

    def tick(self, epoch, step, loss):
        return step == self.step


def test_an_interrupted_run_resumes_without_the_run_that_it_started_from(cli, sine):
    """What it started from is in its checkpoint; to start over takes the weights, which are refused if they changed."""
    whole = train(cli, f"training.start.run={sine['run']}", "training.stop.solved=false")
    config = Path(whole, "config.yaml")
    stopped = experiments.run(config, listener=StopsAt(2))
    assert stopped.result.status == "interrupted"
    Path(sine["run"]).rename("elsewhere")
    assert cli("verify", stopped.path)[0] == ExitCode.OK
    assert cli("resume", stopped.path, "-q")[0] == ExitCode.OK
    assert the_same(whole, stopped.path)
    again = train(cli, f"training.start.run={whole}", "training.epochs=0")
    assert cli("verify", again)[0] == ExitCode.OK
    code, _, err = cli("train", config)
    assert code == ExitCode.DATA
    assert "not the folder of a run" in err


def test_a_changed_run_is_refused(cli, sine):
    run = train(cli, f"training.start.run={sine['run']}")
    other = train(cli)
    Path(sine["run"], "weights.npz").write_bytes(Path(other, "weights.npz").read_bytes())
    code, _, err = cli("reproduce", run)
    assert code == ExitCode.DATA
    assert "have changed" in err
    assert cli("predict", run)[0] == cli("verify", run)[0] == ExitCode.OK  # its own files are whole


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        (["training.start.run=nowhere"], "not the folder of a run"),
        (["training.start.seed=1"], "no run to start from"),
        (["training.start.constructed=0.1"], "architecture=[5]"),
        (["training.start.constructed=-1"], "training.start.constructed"),
        (["training.start.rum=x"], "Did you mean 'run'?"),
        (["training.start.sha256=abc"], "64 hexadecimal digits"),
        (["training.start.constructed=0.1", "task=xor"], "xor is not a function of numbers"),
    ],
)
def test_a_wrong_start_is_refused(cli, changes, words):
    Path("small.yaml").write_text(SMALL, "utf-8")
    code, _, err = cli("train", "small.yaml", *changes)
    assert code in (ExitCode.USAGE, ExitCode.DATA)
    assert words in err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["sinus"], "Did you mean 'sine'?"),
        (["xor"], "xor is not a function of numbers"),
        (["sine", "--tolerance", "-1"], "not a number above 0"),
        (["sine", "--tolerance", "x"], "not a number above 0"),
        (["sine", "--tolerance", "1e-9"], "units"),
        ([], "TASK"),
        (["sine", "--name", "a/b"], "--name"),
    ],
)
def test_wrong_arguments(cli, arguments, words):
    code, _, err = cli("construct", *arguments)
    assert code == ExitCode.USAGE
    assert words in err
    assert not Path("runs").exists()
