"""What a training step of the recurrent layers costs in nncli, one seed and ten, and in PyTorch.

The 8 × 8 digits of scikit-learn read row by row, or noise of that shape where it is missing: 8 steps of 8 numbers, 64
units, a dense layer of 10 behind the last state, batch 64; float32, Adam, one thread. As in steps.py the contenders
take turns; a ratio is the median, over turns, of a contender's time per seed by that of nncli with one seed.
"""

# ruff: noqa: E402

from __future__ import annotations

from nncli.threads import pin_threads

pin_threads()  # before NumPy and its peers load: they look only once

import argparse
import functools
import importlib
import json
import statistics
from dataclasses import dataclass
from typing import Any

import numpy as np
from contenders import Contender, Stopwatch, _torch, _torch_loop, epochs_for
from machine import heading, machine
from numpy.typing import NDArray
from problems import LEARNING_RATE, Problem, _dense
from steps import text

from nncli.nn.initializers import initializers
from nncli.nn.layers import layers
from nncli.nn.losses import losses
from nncli.nn.network import Network
from nncli.nn.optimizers.adam import Adam
from nncli.nn.schedules.constant import Constant
from nncli.training.data import Rows
from nncli.training.loop import train
from nncli.training.settings import Settings, Stop

SIZE, UNITS, CLASSES = 8, 64, 10


@dataclass(frozen=True, slots=True)
class Sequences(Problem):
    """Digits row by row, for a recurrent layer.

    Attributes:
        kind: rnn, gru or lstm.
    """

    kind: str = "lstm"

    def data(self) -> tuple[NDArray[Any], NDArray[Any]]:
        """Inputs (N, 8, 8), float32, and labels (N,)."""
        try:
            digits = importlib.import_module("sklearn.datasets").load_digits()
        except ImportError:
            rng = np.random.default_rng(0)
            return rng.standard_normal((self.rows, SIZE, SIZE), np.float32), rng.integers(CLASSES, size=self.rows)
        return (digits.images / 16).astype(np.float32), digits.target


def problem(kind: str, seeds: int = 1) -> Sequences:
    """The one problem, for a kind of layer and so many seeds."""
    return Sequences((SIZE, UNITS, CLASSES), "tanh", rows=1797, batch_size=64, seeds=seeds, kind=kind)


def nncli(given: Sequences) -> Contender:
    """As the contender of steps.py: the loop of `nncli train`, all seeds as one stack."""
    X, labels = given.data()
    targets = np.eye(CLASSES, dtype=np.float32)[labels]

    def run(steps: int) -> float:
        epochs, watch = epochs_for(given, max(steps, 2)), Stopwatch()
        network = Network(
            [
                layers.get(given.kind)(
                    units=UNITS,
                    initializer=initializers.get("xavier_uniform")(),
                    bias_initializer=initializers.get("zeros")(),
                    regularizer=(),
                ),
                _dense(CLASSES, "linear"),
            ],
            losses.get("softmax_cross_entropy")(),
            (SIZE, SIZE),
            seeds=range(given.seeds),
            capacity=given.batch_size,
        )
        settings = Settings(
            optimizer=Adam(),
            schedule=Constant(),
            learning_rate=LEARNING_RATE,
            epochs=epochs,
            batch_size=given.batch_size,
            log_every=epochs,
            stop=Stop(solved=False),
        )
        train(network, {"train": Rows.of(network, "classes", X, targets)}, settings, watch)
        return (watch.ends[-1] - watch.ends[0]) / (len(watch.ends) - 1)

    return run


def pytorch(given: Sequences, **adam: Any) -> Contender:
    """`torch.nn.RNN`, `GRU` or `LSTM` and a `Linear`, in the usual eager loop."""
    torch = _torch()
    recurrent = getattr(torch.nn, given.kind.upper())(SIZE, UNITS, batch_first=True)
    dense = torch.nn.Linear(UNITS, CLASSES)

    def forward(x: Any) -> Any:
        return dense(recurrent(x)[0][:, -1])

    parameters = [*recurrent.parameters(), *dense.parameters()]
    return _torch_loop(torch, given, [(forward, torch.nn.CrossEntropyLoss(), parameters)], adam)


CONTENDERS = {
    "nncli": (1, nncli),
    "nncli, 10 seeds": (10, nncli),
    "PyTorch Adam": (1, pytorch),
    "PyTorch fused Adam": (1, functools.partial(pytorch, fused=True)),
}
"""How many seeds, and who trains them."""


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="What a training step of the recurrent layers costs.")
    parser.add_argument("kinds", nargs="*", help="some of lstm, gru, rnn; default: all")
    parser.add_argument("--repeat", type=int, default=15, metavar="N", help="turns of every contender (15)")
    parser.add_argument("--seconds", type=float, default=0.2, help="about how long a turn is (0.2)")
    parser.add_argument("--json", action="store_true", help="one JSON object in place of the table")
    given = parser.parse_args()
    kinds = given.kinds or ["lstm", "gru", "rnn"]
    if unknown := set(kinds) - {"lstm", "gru", "rnn"}:
        parser.error(f"unknown kinds: {', '.join(sorted(unknown))}. Known: lstm, gru, rnn")
    if not given.json:
        print(heading())
        print("One training step: float32, Adam, one thread. µs per seed and step, best and median turn.")
    rows = []
    for kind in kinds:
        found = measure(kind, given.repeat, given.seconds)
        rows += [{"line": kind, **row} for row in found]
        if not given.json:
            print(f"\n{kind}: 8 steps of 8, 64 units, batch 64", *map(text, found), sep="\n", flush=True)
    if given.json:
        print(json.dumps({"machine": machine(), "rows": rows}, indent=2, allow_nan=False))


def measure(kind: str, repeat: int, seconds: float) -> list[dict[str, Any]]:
    """A row for each contender."""
    runs, missing = {}, {}
    for name, (seeds, make) in CONTENDERS.items():
        try:
            runs[name] = make(problem(kind, seeds))
        except ImportError as error:
            missing[name] = f"skipped: {error}"
    steps = {name: max(1, round(seconds / run(5))) for name, run in runs.items()}
    turns: dict[str, list[float]] = {name: [] for name in runs}
    for _ in range(repeat):
        for name, run in runs.items():
            turns[name].append(run(steps[name]) / CONTENDERS[name][0] * 1e6)
    rows: list[dict[str, Any]] = []
    for name, times in turns.items():
        ratio = statistics.median(theirs / ours for theirs, ours in zip(times, turns["nncli"], strict=True))
        row = {"contender": name, "best": min(times), "median": statistics.median(times), "ratio": ratio}
        if name == "nncli, 10 seeds":
            row |= {"target": "≤ 1 ×", "met": ratio <= 1}
        elif name == "PyTorch Adam":
            row |= {"target": "≥ 1 ×", "met": ratio >= 1}
        rows.append(row)
    return rows + [{"contender": name, "skipped": why} for name, why in missing.items()]


if __name__ == "__main__":
    main()
