"""Hashes of what commands write: two versions of the code with the same hashes work to the same bytes."""

from __future__ import annotations

import hashlib
import os
import re
import shlex
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np

ROOT = Path(__file__).parents[1]
FEW = "training.epochs=3 seeds=2"
LAYERS = (
    "[{conv: {filters: 4}}, {conv: {filters: 4}}, {max_pool: 2}, {global_average_pool: {}}, {dropout: 0.2}, 8]",
    "[{conv: {filters: 4}}, {average_pool: 2}, flatten, {activation: swish}, {batch_norm: {}}, 8, {layer_norm: {}}]",
)
COMMANDS = (
    *(f"train configs/{name}.yaml {FEW}" for name in ("xor", "perceptron_xor", "sine", "moons", "overfit_noise")),
    *(f"train configs/{name}.yaml {FEW}" for name in ("digits_mlp", "digits_conv", "digits_lstm", "digits_attention")),
    *(f"train configs/{name}.yaml {FEW}" for name in ("forecast_gru", "adding_lstm", "csv_example", "breast_cancer")),
    f"train configs/spirals_residual_100.yaml {FEW}",
    *(f"train configs/digits_conv.yaml {FEW} {shlex.quote(f'architecture={layers}')}" for layers in LAYERS),
    f"train configs/digits_lstm.yaml {FEW} 'architecture=[{{rnn: 8}}]' regularizer.l1=1e-4 dtype=float64",
    f"train configs/digits_attention.yaml {FEW} 'task={{arrays: {{file: tokens.npz}}}}' "
    "'architecture=[{embedding: {vocabulary: 5, units: 8}}, position, {attention: {heads: 2}}, mean_over_time]'",
    "train configs/xor.yaml seeds=50",
    "train configs/sine.yaml training.optimizer=sgd training.learning_rate=1",
    "compare configs/xor.yaml activation=tanh,relu,gelu --seeds 10",
    "compare configs/csv_example.yaml regularizer.l2=0,0.01 --seeds 3 training.epochs=5",
    "sweep configs/xor.yaml 'training.learning_rate=log(1e-3,1,4)' activation=tanh,relu --seeds 5 -j 1",
    "sweep configs/moons.yaml 'training.optimizer={momentum: 0.5},{momentum: 0.9}' training.epochs=5 --seeds 3 -j 1",
)
"""What is done: all kinds of layers and tasks, one stack and many, a divergence, both kinds of study."""

SKIPPED = {"environment.json", "SHA256SUMS", "lock", "table.md"}
"""Files about the machine, the day or other files, and a table whose footnotes may be reworded."""


def main() -> None:
    """Print the exit code and the hash of everything lasting, a line for each command."""
    for command in COMMANDS:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            (folder / "configs").symlink_to(ROOT / "configs")
            rng = np.random.default_rng(0)
            np.savez(folder / "tokens.npz", X=rng.integers(5, size=(60, 6)), y=rng.integers(2, size=60))
            done = subprocess.run(
                [sys.executable, "-m", "nncli", *shlex.split(command), "--quiet"],
                cwd=folder,
                env=os.environ | {"PYTHONPATH": str(ROOT)},
                capture_output=True,
                check=False,
            )
            digest = hashlib.sha256(b"\0".join(_contents(folder / "runs"))).hexdigest()
        print(f"{done.returncode}  {digest[:16]}  nncli {command}", flush=True)


def _contents(folder: Path) -> Iterator[bytes]:
    """The names and the bytes of all files, without what is new each time."""
    for path in sorted(folder.rglob("*"), key=lambda path: _lasting(str(path).encode())):
        if path.is_file() and path.name not in SKIPPED:
            yield _lasting(str(path.relative_to(folder)).encode())
            text = (
                path.read_bytes().replace(str(folder.parent).encode(), b"FOLDER").replace(str(ROOT).encode(), b"ROOT")
            )
            yield text if path.suffix == ".npz" else _lasting(text)


def _lasting(text: bytes) -> bytes:
    """A text without the ids of runs and the times that they took."""
    text = re.sub(rb"-\d{8}T\d{6}Z-[0-9a-f]{6}\b", b"-ID", text)
    text = re.sub(rb'("(?:started|finished)": )"[^"]*"', rb"\1TIME", text)
    text = re.sub(rb'("(?:seconds|stack)": )\{[^}]*\}', rb"\1TIME", text)
    return re.sub(rb'("(?:seconds|steps_per_second|training|total)": )[\d.e+-]+', rb"\1TIME", text)


if __name__ == "__main__":
    main()
