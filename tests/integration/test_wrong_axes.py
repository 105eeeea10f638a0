"""Wrong axes: one clear error each, naming the axis, before anything trains."""

from __future__ import annotations

import pytest

WRONG = {
    "activaton=tanh,relu": "activaton: unknown key. Did you mean 'activation'?",
    "training.learning_rat=0.1,0.2": "unknown key. Did you mean 'learning_rate'?",
    "trainig.learning_rate=0.1,0.2": "trainig: unknown key. Did you mean 'training'?",
    "activation=tanh,rleu": "'activation=rleu': activation: unknown activation 'rleu'. Did you mean 'relu'?",
    "activation=tanh,": "a value is missing next to a comma",
    "activation=,tanh": "a value is missing next to a comma",
    "activation=tanh,tanh": "'tanh' is given twice",
    "initializer=he_normal,{normal: {sdt: 0.1}}": "unknown key. Did you mean 'std'?",
    "initializer=he_normal,{normal: {std: -1}}": "-1",
    "initializer=he_normal,{normal: {std: 0.1}": "initializer={normal: {std: 0.1}",
    "regularizer=none,{l3: 1e-3}": "regularizer.l3: unknown key. Known: dropout, l1, l2",
    "regularizer=none,{dropout: 2}": "2",
    "architecture=[4],[0]": "0",
    "architecture=[4],[-1]": "-1",
    "architecture=[4],8": "8 is not a list. Write [8]",
    "architecture=[4],[4.5]": "4.5",
    "training.learning_rate=0.1,-0.1": "-0.1",
    "training.learning_rate=0.1,fast": "fast",
    "training.learning_rate=log(0,1,3)": "is not a range",
    "training.learning_rate=log(1e-3,1)": "is not a range",
    "training.learning_rate=log(1e-3,1,1)": "is not a range",
    "training.learning_rate=log(a,b,3)": "is not a range",
    "training.learning_rate=linear(0,1,0.5)": "is not a range",
    "training.learning_rate=linear(0,inf,3)": "is not a range",
    "training.epochs=range(5,5)": "is not a range",
    "training.epochs=range(1,2.5)": "is not a range",
    "training.epochs=range(0,1000000)": "is not a range",
    "training.optimizer=adam,adma": "unknown optimizer 'adma'. Did you mean 'adam'?",
    "training.optimizer.beta1=0.5,1.5": "1.5",
    "training.batch_size=2,5": "5 is more than the 4 rows available",
    "task=xor,xro": "unknown task 'xro'",
    "task={parity: {bits: 2}},{parity: {bits: 99}}": "99",
    "dtype=float32,float16": "float16",
    "seeds=0,5": "0",
    "output.loss=hinge,mse": "unknown loss 'mse'. Did you mean 'mean_squared_error'?",
    "training.validation=0.2,1.5": "1.5",
}


@pytest.mark.parametrize("command", ["compare", "sweep"])
@pytest.mark.parametrize("axis", WRONG)
def test_a_wrong_axis(axis, command, cli, xor, tmp_path):
    code, out, err = cli(command, xor, axis)
    assert (code, out) == (2, "")
    assert len(err.splitlines()) == 1, err
    assert WRONG[axis] in err
    assert axis.partition("=")[0].rpartition(".")[2] in err
    assert not (tmp_path / "runs").exists()


def test_all_mistakes_of_all_axes_are_told_at_once(cli, xor):
    code, _, err = cli("sweep", xor, "activation=tanh,rleu,gleu", "initializer=he_nromal,zeros")
    assert code == 2
    assert [err.count(word) for word in ("'rleu'", "'gleu'", "'he_nromal'")] == [1, 1, 1]
    assert err.endswith("3 errors; nothing was trained.\n")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["activation=tanh"], "no axis given. Give a key several values, as in activation=tanh,relu"),
        (["training.epochs=5", "seeds=2"], "no axis given"),
        (["activation=tanh,relu", "activation=gelu,elu"], "the axis activation is given twice"),
        (["activation=tanh,relu", "--random", "3"], "--random: the axes span 2 trials, fewer than 3"),
        (["training.learning_rate=log(1e-3,1,9999)", "--random", "20000"], "--random: "),
        (["activation=tanh,relu", "--seed", "3"], "--seed: it is the seed of a draw. Add --random N"),
        (
            ["activation=tanh,relu", "--sort", "train_los"],
            "--sort: unknown metric or axis 'train_los'. Did you mean 'train_loss'?",
        ),
        (["activation=tanh,relu", "--sort", "validation_loss"], "--sort: unknown metric or axis 'validation_loss'"),
        (["training.learning_rate=log(1e-3,1,500)", "training.epochs=range(1,500)"], "these axes span 249500 variants"),
        # a value that the sample does not have is looked at all the same
        (
            ["training.learning_rate=log(1e-3,1,50)", "activation=tanh,rleu", "--random", "1"],
            "unknown activation 'rleu'",
        ),
    ],
)
def test_wrong_sweeps(arguments, words, cli, xor, tmp_path):
    code, out, err = cli("sweep", xor, *arguments)
    assert (code, out) == (2, "")
    assert words in err
    assert len(err.splitlines()) == 1
    assert not (tmp_path / "runs").exists()
