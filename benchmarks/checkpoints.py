"""What checkpoints cost: README.md says how to read it."""

from __future__ import annotations

import argparse
import json
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

from machine import heading, machine

from nncli.experiments import train as experiment
from nncli.experiments.recorder import StackRecorder

CONFIGS = Path(__file__).parents[1] / "configs"

LINES = {
    "xor": ["training.stop.solved=false"],
    "digits_mlp": ["training.epochs=100", "training.stop.patience=null"],
    "wide_and_deep_million": ["training.epochs=2"],
}
"""Configs, of a length that does not depend on luck."""

EVERY = {"default": "30 s", "never": "never", "often": "1 epochs"}
"""How often a checkpoint is written; the last is there to time one."""

USUAL = 30.0
"""Seconds between two of them by default."""


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="What checkpoints cost.")
    parser.add_argument("lines", nargs="*", help=f"some of {', '.join(map(repr, LINES))}; default: all")
    parser.add_argument("--repeat", type=int, default=3, metavar="N", help="turns of each (3)")
    parser.add_argument("--json", action="store_true", help="one JSON object in place of the table")
    given = parser.parse_args()
    rows = [measure(name, given.repeat) for name in given.lines or LINES]
    if given.json:
        print(json.dumps({"machine": machine(), "rows": rows}, indent=2))
        return
    print(heading(), "Milliseconds of training, best turn; and of writing one checkpoint, median.", "", sep="\n")
    for row in rows:
        print(
            f"  {row['line']:24}default {row['default']:9.1f}   never {row['never']:9.1f}"
            f"   one checkpoint {row['one']:6.1f}: {row['one'] / 10 / USUAL:.2f} % of 30 s"
        )


def measure(name: str, repeat: int) -> dict[str, Any]:
    """A row of the table: the two take turns."""
    turns: dict[str, list[float]] = {kind: [] for kind in EVERY}
    written: list[float] = []
    save = StackRecorder._save

    def timed(self: StackRecorder, snapshot: Any) -> None:
        started = time.perf_counter()
        save(self, snapshot)
        written.append(1000 * (time.perf_counter() - started))

    StackRecorder._save = timed  # type: ignore[method-assign]
    for _ in range(repeat):
        for kind, every in EVERY.items():
            changes = [*LINES[name], f"training.checkpoint.every={every}"]
            with tempfile.TemporaryDirectory() as folder:
                found = experiment.run(CONFIGS / f"{name}.yaml", changes, runs_dir=Path(folder))
            turns[kind].append(1000 * found.result.seconds.training)
    StackRecorder._save = save  # type: ignore[method-assign]
    return {"line": name, **{kind: min(times) for kind, times in turns.items()}, "one": statistics.median(written)}


if __name__ == "__main__":
    main()
