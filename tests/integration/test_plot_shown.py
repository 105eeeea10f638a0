"""`plot --show` and `train --plot`: pictures are extra, and never harm a run."""

import hashlib
import os
import sys
from pathlib import Path

import pytest

from nncli.errors import ExitCode
from nncli.pictures import run_kinds, scores

CONFIGS = Path("configs").absolute()
SHORT = ["training.epochs=4", "training.stop.solved=false", "seeds=2"]
SAME = ("config.yaml", "data.json", "environment.json", "metrics.csv", "weights.npz")


@pytest.fixture
def few(monkeypatch):
    """Two kinds of pictures, as if there were no more."""
    monkeypatch.setattr(run_kinds, "KINDS", {name: run_kinds.KINDS[name] for name in ("curves", "confusion")})


def run_of(out):
    return Path(out.splitlines()[-1])


def contents(run):
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in run.iterdir()}


@pytest.mark.usefixtures("few")
def test_plot_adds_pictures_and_changes_nothing_else(cli):
    code, out, err = cli("train", CONFIGS / "moons.yaml", *SHORT, "--plot", "-q")
    assert (code, out.count("\n")) == (0, 1)
    run = run_of(out)
    pictures = {path.name for path in run.glob("*.png")}
    assert pictures == {"curves.png", "confusion.png"}
    assert all(name in err for name in pictures)
    plain = run_of(cli("train", CONFIGS / "moons.yaml", *SHORT, "-q")[1])
    assert {name: contents(run)[name] for name in SAME} == {name: contents(plain)[name] for name in SAME}
    assert contents(run).keys() == contents(plain).keys() | pictures
    for command in ("verify", "reproduce", "show"):
        assert cli(command, run)[0] == 0, command


@pytest.mark.usefixtures("few")
@pytest.mark.parametrize("fault", [KeyError("a bug"), MemoryError()])
def test_what_goes_wrong_in_drawing_does_not_harm_the_run(cli, monkeypatch, fault):
    def fails(*_):
        raise fault

    monkeypatch.setattr(scores, "last_split", fails)
    code, out, err = cli("train", CONFIGS / "moons.yaml", *SHORT, "--plot", "--json")
    assert code == 0
    assert out.strip().endswith("}")
    assert "not all pictures could be drawn" in err
    assert f"nncli plot {Path('runs')}" in err
    assert "curves.png" in err
    assert cli("verify", "latest")[0] == 0


def test_a_run_that_diverged_is_drawn_as_far_as_it_can_be(cli, monkeypatch):
    wild = ["training.optimizer=sgd", "training.learning_rate=1000000", "activation=relu"]
    code, out, _ = cli("train", CONFIGS / "sine.yaml", *SHORT, *wild, "-q")
    assert code == ExitCode.DIVERGED
    run = run_of(out)
    code, out, err = cli("plot", run, "--kind", "curves")
    assert (code, Path(out.strip()).name) == (0, "curves.png"), err
    monkeypatch.setattr(run_kinds, "KINDS", {name: run_kinds.KINDS[name] for name in ("fit", "curves")})
    code, out, err = cli("plot", run)
    assert (code, len(out.splitlines()), "note: fit is not drawn" in err) == (0, 1, True)
    code, _, err = cli("plot", run, "--kind", "fit")
    assert (code, "not finite" in err) == (ExitCode.DATA, True)


@pytest.fixture
def viewer(tmp_path, monkeypatch):
    """A viewer that notes what it is asked to open, and may fail."""
    if sys.platform != "linux":
        pytest.skip("the viewer of Linux is an ordinary program on the path")
    folder = tmp_path / "bin"
    folder.mkdir()
    program = folder / "xdg-open"
    program.write_text(f'#!/bin/sh\necho "$1" >> {tmp_path}/opened\nexit "${{FAILS:-0}}"\n', "utf-8")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("DISPLAY", ":9")
    return tmp_path / "opened"


def test_show_opens_each_picture_or_says_that_there_is_no_viewer(cli, viewer, monkeypatch):
    run = run_of(cli("train", CONFIGS / "xor.yaml", *SHORT, "-q")[1])
    code, out, err = cli("plot", run, "--kind", "curves", "--kind", "confusion", "--show")
    assert (code, err) == (0, "")
    assert sorted(viewer.read_text().splitlines()) == sorted(str(Path(path).resolve()) for path in out.split())
    viewer.unlink()
    monkeypatch.setenv("FAILS", "3")
    code, _, err = cli("plot", run, "--kind", "curves", "--show")
    assert (code, "no viewer" in err) == (0, True)
    viewer.unlink()
    monkeypatch.delenv("DISPLAY")
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    code, _, err = cli("plot", run, "--kind", "curves", "--show")
    assert (code, "no viewer" in err, viewer.exists()) == (0, True, False)
    assert cli("plot", run, "--terminal", "--show")[0] == ExitCode.USAGE
