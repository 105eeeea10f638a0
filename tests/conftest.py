"""What all tests share. Tests import `textbook`, `samples` and `bad_configs` from this folder."""

from __future__ import annotations

import gc
import os
import signal
import sys
from pathlib import Path

import pytest

import nncli
from nncli.cli.main import main

UNSET = ("PYTHONUNBUFFERED", "NO_COLOR", "FORCE_COLOR", "COLUMNS", "TERM")


def pytest_collection_finish():
    """The thousands of tests stay as long as the process: the garbage collector need not walk them again and again."""
    gc.freeze()


@pytest.fixture(scope="session")
def environment():
    """The environment of a plain terminal, with this checkout on the path."""
    root = str(Path(nncli.__file__).parents[1])
    kept = {k: v for k, v in os.environ.items() if k not in UNSET and not k.startswith("PYTEST_")}
    return kept | {"PYTHONPATH": root, "TERM": "xterm-256color"}


@pytest.fixture
def cli(tmp_path, monkeypatch, capsys):
    """Runs `nncli ...` in an empty folder and in this process, which takes milliseconds: exit code, stdout, stderr."""
    before = signal.getsignal(signal.SIGINT)
    monkeypatch.chdir(tmp_path)
    for name in UNSET:
        monkeypatch.delenv(name, raising=False)

    def run(*arguments):
        monkeypatch.setattr(sys, "argv", ["nncli", *map(str, arguments)])
        capsys.readouterr()
        with pytest.raises(SystemExit) as end:
            main()
        return (int(end.value.code), *capsys.readouterr())

    yield run
    signal.signal(signal.SIGINT, before)
