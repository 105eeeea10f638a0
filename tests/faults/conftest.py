"""What several tests of faults begin with."""

from __future__ import annotations

import shutil

import pytest


@pytest.fixture
def runs(made, tmp_path):
    """A copy of the folder `made`, to spoil: the folder of each kind."""
    shutil.copytree(made, tmp_path / "runs")
    return {path.name.split("-")[0]: path for path in (tmp_path / "runs").iterdir()}
