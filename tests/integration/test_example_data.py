"""The data beside the example configs can be made again."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import nncli

DATA = Path(nncli.__file__).parents[1] / "configs" / "data"
SCRIPTS = sorted(DATA.glob("make_*.py"))


def test_every_file_is_made_by_a_script():
    made = {script.stem.removeprefix("make_") for script in SCRIPTS}
    assert "fruit" in made
    assert made == {path.stem for path in DATA.iterdir() if path.is_file() and path not in SCRIPTS}


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.stem)
def test_a_script_writes_the_same_bytes_again(script, tmp_path):
    copied = shutil.copy(script, tmp_path)
    subprocess.run([sys.executable, copied], check=True, timeout=60)
    (written,) = (path for path in tmp_path.iterdir() if path.suffix != ".py")
    assert written.read_bytes() == (DATA / written.name).read_bytes()
