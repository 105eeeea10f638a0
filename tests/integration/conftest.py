"""The command line as a user types it: in a process of its own, or, where there are many cases, with `cli`."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import nncli as package
from nncli import experiment

ROOT = Path(package.__file__).parents[1]


@pytest.fixture
def start(tmp_path, environment):
    """Starts `nncli ...` in an empty folder, and does not wait."""
    started = []

    def popen(*arguments, env=None, **given):
        command = [sys.executable, "-m", "nncli", *map(str, arguments)]
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
        return process.returncode, out, err

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
    return lambda config, *overrides: experiment.run(config, overrides, runs_dir=tmp_path / "runs")


@pytest.fixture(scope="session")
def xor():
    """The config of the first lesson."""
    return ROOT / "configs" / "xor.yaml"
