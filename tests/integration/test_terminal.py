"""Pipes, terminals and colours."""

from __future__ import annotations

import json
import os
import pty
import re
import signal
import subprocess
import sys

import pytest
from samples import crossed

from nncli.cli import progress

ERASED = "\r\x1b[K"


@pytest.fixture
def in_terminal(start):
    """Runs `nncli ...` with a terminal for stderr, and perhaps for stdout: its exit code, stdout, and what it drew.

    With `states`, it is interrupted as soon as it has drawn that many.
    """

    def run(*arguments, env=None, stdout=subprocess.PIPE, states=None):
        ours, theirs = pty.openpty()
        process = start(*arguments, stderr=theirs, stdout=theirs if stdout is None else stdout, env=env, text=False)
        os.close(theirs)
        drawn = b""
        try:
            while piece := os.read(ours, 65536):
                drawn += piece
                if states and drawn.count(ERASED.encode()) >= states:
                    process.send_signal(signal.SIGINT)
                    states = None
        except OSError:  # how Linux says that the other end is closed
            pass
        finally:
            os.close(ours)
        out, _ = process.communicate(timeout=60)
        return process.returncode, (out or b"").decode(), drawn.decode()

    return run


def test_a_live_line_for_a_run_that_takes_longer(in_terminal, xor):
    training = ["training.stop.solved=false", "training.epochs=100000000", "training.learning_rate=1e-6"]
    code, out, drawn = in_terminal("train", xor, *training, states=4)
    assert code == 130
    states = drawn.split(ERASED)
    assert states[0] == ""  # nothing before it, and nothing left of it
    assert re.fullmatch(r"to resume: nncli resume runs/xor-\S+\r\n", states[-1])
    assert len(states) > 3
    for state in states[1:-1]:
        assert re.match(r"epoch \d+/100000000   [\d  ]+ steps/s   loss [\d.e-]+ [▁-█]+   .* left$", state), state
        assert len(state) < 80
    assert max(map(len, out.splitlines())) <= 80


def test_no_live_line_for_a_short_run(in_terminal, xor):
    code, _, drawn = in_terminal("train", xor)
    assert (code, drawn) == (0, "")


@pytest.fixture
def at_once(monkeypatch):
    """A live line comes without the wait for a run that takes longer."""
    monkeypatch.setattr(progress, "FIRST", 0.0)
    monkeypatch.setattr(progress, "BETWEEN", 0.0)


def test_no_live_line_where_none_is_wanted(cli, xor, at_once, monkeypatch):
    monkeypatch.setattr(progress, "is_terminal", lambda stream: stream is sys.stderr)
    code, _, err = cli("train", xor)
    assert (code, err.startswith(ERASED)) == (0, True)
    code, out, err = cli("train", xor, "--quiet")
    assert (code, err) == (0, "")
    assert re.fullmatch(r"runs/xor-\S+\n", out)


def test_nothing_on_stderr_that_is_no_terminal(cli, xor, at_once):
    code, out, err = cli("train", xor)
    assert (code, err) == (0, "")
    assert "\x1b" not in out


@pytest.mark.parametrize(
    ("env", "coloured"),
    [
        ({}, True),
        ({"NO_COLOR": "1"}, False),
        pytest.param({"TERM": "dumb"}, False, marks=pytest.mark.exhaustive),
        pytest.param({"NO_COLOR": ""}, True, marks=pytest.mark.exhaustive),
    ],
)
def test_colour(env, coloured, in_terminal):
    code, _, drawn = in_terminal("list", "losses", env=env, stdout=None)
    assert code == 0
    assert ("\x1b[" in drawn) == coloured
    assert "binary_cross_entropy" in drawn


def test_json_is_one_object_and_nothing_else(cli, xor):
    code, out, err = cli("train", xor, "seeds=2", "--json")
    assert (code, err, out.count("\n")) == (0, "", len(out.splitlines()))
    assert json.loads(out)["seeds"] == [0, 1]


@pytest.mark.skipif(os.name == "nt", reason="closes file descriptors")
@pytest.mark.parametrize(("command", "closed"), crossed(["--help", "train XOR"], ["stdout", "stdout and stderr"]))
def test_output_that_nobody_wants_is_no_error(command, closed, start, xor, tmp_path):
    """As `nncli ... >&-` in a shell: no such file descriptor at all."""
    arguments = [xor if argument == "XOR" else argument for argument in command.split()]
    numbers = [1, 2] if "stderr" in closed else [1]
    process = start(*arguments, stdout=None, preexec_fn=lambda: [os.close(number) for number in numbers])
    _, err = process.communicate(timeout=60)
    assert (process.returncode, err) == (0, "")
    assert bool(list(tmp_path.glob("runs/*/result.json"))) == (arguments[0] == "train")


def test_a_terminal_that_knows_ascii_alone(nncli, xor):
    code, out, err = nncli("train", xor, env={"PYTHONIOENCODING": "ascii", "LC_ALL": "C"})
    assert (code, err) == (0, "")
    assert out.startswith("xor   2 ? 4 tanh ? 1 sigmoid")
