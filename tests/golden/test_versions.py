"""Golden values come from the version of PyTorch that the script beside them names."""

from __future__ import annotations

import ast
from pathlib import Path

import numpy as np
import pytest

SCRIPTS = sorted(Path(__file__).parent.glob("torch_*.py"))


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.stem)
def test_the_values_are_of_the_version_that_their_script_names(script):
    said = ast.get_docstring(ast.parse(script.read_text(encoding="utf-8"))) or ""
    with np.load(script.with_suffix(".npz")) as file:
        version = str(file["torch_version"]).partition("+")[0]
    assert f"PyTorch {version}" in said
