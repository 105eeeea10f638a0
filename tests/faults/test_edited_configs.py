"""A config that was edited after its run is over is not that of the run, and whoever reads both says so."""

from __future__ import annotations

import pytest
from forged import sums_again

CONFIG = """
name: gate
task: xor
architecture: [3]
training: {epochs: 4, learning_rate: 0.05}
seeds: 2
"""

EDITS = {
    "epochs": ("epochs: 4", "epochs: 500", "epochs_planned is 500, and in result.json 4"),
    "seeds": ("seeds: 2", "seeds: 3", "seeds is [0, 1, 2], and in result.json [0, 1]"),
    "units": ("units: 3", "units: 5", "parameters is 21, and in result.json 13"),
    "task": ("signed: false", "signed: true", ""),
    "rate": ("learning_rate: 0.05", "learning_rate: 0.06", ""),
}
"""What is replaced, with what, and what is said of it where no sum is looked at."""


@pytest.mark.parametrize("edit", EDITS)
def test_an_edited_config_is_told(edit, cli, write, tmp_path):
    assert cli("train", write(CONFIG))[0] == 0
    (path,) = (tmp_path / "runs").iterdir()
    old, new, said = EDITS[edit]
    config = path / "config.yaml"
    text = config.read_text("utf-8")
    assert old in text
    assert cli("resume", path)[0] == cli("show", path)[0] == 0
    config.write_text(text.replace(old, new), "utf-8")
    if said:
        sums_again(path)
    for command in ("resume", "verify", "reproduce", *(["show"] if said else [])):
        code, out, err = cli(command, path)
        assert code == 7, command
        assert "config.yaml" in out + err
    if said:
        assert said in err
