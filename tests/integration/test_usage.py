"""What is said of commands and options that there are none of, and how errors are laid out."""

from __future__ import annotations

import shlex

import pytest

from nncli.cli.console import error_text
from nncli.cli.usage import COMMAND_HINTS, unknown_option
from nncli.config.load import override
from nncli.config.resolve import resolve
from nncli.config.yaml_reader import read_faulty_yaml
from nncli.errors import Suggestion, UserError, UserErrors


@pytest.mark.parametrize(
    ("command", "said"),
    [
        ("graph", "Did you mean 'plot'?"),
        ("delete", "Did you mean 'rm'?"),
        ("help", "Run nncli --help"),
        ("undo", "nncli rm --restore brings back what was moved to the trash."),
        ("test", "nncli evaluate measures a run, and nncli check examines a config."),
        ("ls", "Did you mean 'runs'?"),
        ("list-runs", "Did you mean 'runs'?"),
        ("fit", "Did you mean 'train'?"),
        ("run", "Did you mean 'train'?"),
        ("Train", "Did you mean 'train'?"),
        ("tune", "Did you mean 'sweep'?"),
        ("trian", "Did you mean 'train'?"),
        ("zzz", "Known: train, resume, compare"),
    ],
)
def test_a_command_that_there_is_none_of(command, said, cli):
    code, out, err = cli(command)
    assert (code, out) == (2, "")
    assert err.startswith(f"No such command '{command}'. {said}")


def test_what_is_said_instead_names_commands_that_there_are(cli):
    commands = cli("zzz")[2].split("Known: ")[1].rstrip(".\n").split(", ")
    assert set(COMMAND_HINTS).isdisjoint(commands)
    for text in COMMAND_HINTS.values():
        for after in text.split("nncli ")[1:]:
            word = after.split()[0].rstrip(",:.")
            assert word in commands or word.startswith("--") or word in ("does", "never")


@pytest.mark.parametrize(
    ("typed", "written"),
    [
        ("--epochs=5", "training.epochs=5"),
        ("--epochs 5", "training.epochs=5"),
        ("--lr 0.1", "training.learning_rate=0.1"),
        ("--learning-rate 1e-3", "training.learning_rate=0.001"),
        ("--activation relu", "activation=relu"),
        ("--seed 3", "seeds=[3]"),
        ("--random-state=3", "seeds=[3]"),
        ("--units 8", ""),
        ("--hidden-layers 8", "architecture=[8]"),
        ("--architecture [8,4]", "architecture=[8, 4]"),
        ("--optimizer SGD", "training.optimizer=sgd"),
        ("--momentum 0.9", "training.optimizer={momentum: {momentum: 0.9}}"),
        ("--loss mse", "output.loss=mean_squared_error"),
        ("--batch-size 2", "training.batch_size=2"),
        ("--dropout 0.2", "regularizer.dropout=0.2"),
        ("--bogus 3", ""),
        ("--epochs ten", ""),
    ],
)
def test_a_key_that_is_given_as_an_option(typed, written, cli, write):
    """What it says to write is then accepted."""
    config = write("task: xor\narchitecture: [4]\n")
    code, out, err = cli("check", config, *typed.split())
    assert (code, out) == (2, "")
    option = typed.replace("=", " ").split()[0]
    if not written:
        assert err == f"No such option: {option}. nncli check --help lists all options.\n"
        return
    assert err == f"No such option: {option}. Write {shlex.quote(written)}.\n"
    assert cli("check", config, *shlex.split(err.split("Write ")[1].rstrip(".\n")))[0] == 0


def test_an_option_that_is_nearly_one(cli):
    assert cli("evaluate", "--seedz", "3")[2] == "No such option: --seedz. Did you mean '--seed'?\n"
    assert cli("train", "x.yaml", "--seedz", "3")[2] == "No such option: --seedz. Did you mean '--seeds'?\n"
    assert "training.learning_rate=VALUE" in cli("train", "x.yaml", "--lr")[2]
    assert str(unknown_option("--lr", ["--lr", "1"], [], "show", config=False)).startswith(
        "No such option: --lr. nncli"
    )


TYPOS = "task: xor\nactivation: rleu\noutput: {activation: qqqq}\ninitializer: he_norml\noptimzer: adam\n"


def test_errors_are_laid_out_for_reading(monkeypatch):
    monkeypatch.delenv("COLUMNS", raising=False)
    with pytest.raises(UserErrors) as caught:
        resolve(override(read_faulty_yaml(TYPOS, "x.yaml"), []))
    lines = error_text(caught.value).split("\n")
    assert max(map(len, lines)) <= 80
    assert [line for line in lines if not line.startswith("  ")] == [
        "x.yaml:2:13: activation: unknown activation 'rleu'. Did you mean 'relu'?",
        "x.yaml:3:22: output.activation: unknown activation 'qqqq'.",
        "x.yaml:4:14: initializer: unknown initializer 'he_norml'.",
        "x.yaml:5:1: optimzer: unknown key. Did you mean 'optimizer' under training?",
    ]
    assert "".join(lines).count("leaky_relu") == 1
    assert lines[1].startswith("  Known: elu, gelu, ")
    assert " ".join(line.strip() for line in lines).startswith(str(caught.value.errors[0]))


def test_what_was_suggested_is_on_a_line_of_its_own_if_it_does_not_fit():
    error = UserError("w" * 30, where="x" * 40, hint=Suggestion("Write " + "y" * 20), allowed="Known: " + "z, " * 60)
    first, second, *rest = error_text(error).split("\n")
    assert (first, second) == (f"{'x' * 40}: {'w' * 30}.", f"  Write {'y' * 20}.")
    assert all(line.startswith("  ") and len(line) <= 80 for line in rest)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["train"], "Missing argument 'CONFIG'. For example: nncli train configs/xor.yaml activation=relu --seeds 50."),
        (["show"], "Missing argument 'RUN'. For example: nncli show latest. nncli show --help lists all options."),
        (["runs", "-n", "0"], "Invalid value for '--limit' / '-n': '0' is not a whole number ≥ 1."),
        (["runs", "a\x1b[31m"], "Got unexpected extra argument"),
        (
            ["-z"],
            "No such option: -z. For example: nncli train configs/xor.yaml seeds=50. nncli --help lists all options.",
        ),
        (["train", "x.yaml", "--seeds"], "Option '--seeds' requires an argument."),
    ],
)
def test_wrong_usage_is_a_sentence_without_a_box(arguments, said, cli):
    code, out, err = cli(*arguments)
    assert (code, out) == (2, "")
    assert err.startswith(said)
    assert "Usage:" not in err
    assert not {"╭", "\x1b"} & set(err)


def test_nothing_at_all_prints_the_help(cli):
    code, out, err = cli()
    assert (code, err) == (2, "")
    assert "Example: nncli train" in out
