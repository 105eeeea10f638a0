"""A run to write, and runs made of nothing but a config."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from nncli.runs.directory import RunDirectory


@pytest.fixture
def run(tmp_path: Path) -> Iterator[RunDirectory]:
    with RunDirectory.create(tmp_path, "xor") as run:
        run.write_config("task: xor\n")
        yield run


@pytest.fixture
def fake_run() -> Callable[..., Path]:
    """Makes `<root>/<folder>/` a run by its config alone, written at a moment in nanoseconds."""

    def make(root: Path, folder: str, written: int = 0) -> Path:
        (root / folder).mkdir(parents=True)
        config = root / folder / "config.yaml"
        config.write_text("task: xor\n")
        os.utime(config, ns=(written, written))
        return root / folder

    return make
