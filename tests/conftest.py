"""What all tests share. Tests import `textbook`, `samples` and `bad_configs` from this folder."""

from __future__ import annotations

import functools
import gc
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import typer.main

import nncli as package
from nncli.threads import pin_threads

pytest.register_assert_rewrite("svg")
pin_threads()  # as the program does; tests run beside each other

from nncli.cli.main import main  # noqa: E402
from nncli.experiments import train as experiments  # noqa: E402

ROOT = Path(package.__file__).parents[1]

UNSET = ("PYTHONUNBUFFERED", "PYTHONDONTWRITEBYTECODE", "NO_COLOR", "FORCE_COLOR", "COLUMNS", "TERM")


def pytest_collection_finish():
    """The thousands of tests stay as long as the process: the garbage collector need not walk them again and again."""
    gc.freeze()


typer.main.get_command = functools.cache(typer.main.get_command)
"""Typer reads the signatures of all commands each time one is run, which takes longer than most of them."""


os.fsync = lambda fd: None
"""What tests write need not survive a power cut; that the program syncs files, and when, is seen from its calls."""


@pytest.fixture(scope="session")
def environment(tmp_path_factory):
    """The environment of a plain terminal, with this checkout on the path, whose modules are compiled only once."""
    kept = {k: v for k, v in os.environ.items() if k not in UNSET and not k.startswith("PYTEST_")}
    compiled = str(tmp_path_factory.mktemp("compiled"))
    return kept | {"PYTHONPATH": str(ROOT), "TERM": "xterm-256color", "PYTHONPYCACHEPREFIX": compiled}


@pytest.fixture
def handlers():
    """Leaves the handlers of signals as they were, which `main` replaces."""
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


def unfolded(text):
    """Each sentence in one line, as before it was laid out: what is said does not depend on the width."""
    return re.sub(r"\n  (?=\S)", " ", text)


@pytest.fixture
def cli(tmp_path, monkeypatch, capsys, handlers):
    """Runs `nncli ...` in an empty folder and in this process, which takes milliseconds: exit code, stdout, stderr."""
    monkeypatch.chdir(tmp_path)
    for name in UNSET:
        monkeypatch.delenv(name, raising=False)

    def run(*arguments):
        monkeypatch.setattr(sys, "argv", ["nncli", *map(str, arguments)])
        capsys.readouterr()
        with pytest.raises(SystemExit) as end:
            main()
        out, err = capsys.readouterr()
        return int(end.value.code or 0), out, unfolded(err)

    return run


@pytest.fixture
def start(tmp_path, environment):
    """Starts `nncli ...` in an empty folder, and does not wait."""
    started = []

    def popen(*arguments, env=None, program=("-m", "nncli"), **given):
        command = [sys.executable, *program, *map(str, arguments)]
        usual = {"cwd": tmp_path, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
        process = subprocess.Popen(command, env=environment | (env or {}), **usual | given)
        started.append(process)
        return process

    yield popen
    for process in started:
        with process:
            process.kill()


@pytest.fixture
def nncli(start):
    """Runs `nncli ...` in an empty folder: its exit code, stdout and stderr."""

    def run(*arguments, **given):
        process = start(*arguments, **given)
        out, err = process.communicate(timeout=60)
        return process.returncode, out, unfolded(err) if isinstance(err, str) else err

    return run


@pytest.fixture
def write(tmp_path):
    """Writes a config, and gives its path."""

    def config(text, name="x.yaml"):
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return path

    return config


@pytest.fixture
def train(tmp_path):
    """Trains a config in this process: a `Finished` run in the folder `runs`."""
    return lambda config, *overrides: experiments.run(config, overrides, runs_dir=tmp_path / "runs")


@pytest.fixture(scope="session")
def xor():
    """The config of the first lesson."""
    return ROOT / "configs" / "xor.yaml"
