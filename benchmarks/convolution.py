"""What convolutions cost in nncli and in PyTorch: a training step of a small network, and one wide layer.

Times, turns and ratios are as in `steps.py`; PyTorch works on channels first, as it comes, and on channels last.
"""

# ruff: noqa: E402

from __future__ import annotations

from nncli.threads import pin_threads

pin_threads()  # before NumPy and PyTorch load: they look only once

import argparse
import importlib
import json
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from contenders import Contender, Stopwatch
from machine import heading, machine
from numpy.typing import NDArray
from problems import LEARNING_RATE
from steps import text

from nncli.nn.activations import activations
from nncli.nn.initializers import initializers
from nncli.nn.layers import Layer, State
from nncli.nn.layers.convolution import Convolution
from nncli.nn.layers.dense import Dense
from nncli.nn.layers.flatten import Flatten
from nncli.nn.layers.pooling import MaxPool
from nncli.nn.losses import losses
from nncli.nn.network import Network
from nncli.nn.optimizers.adam import Adam
from nncli.nn.schedules.constant import Constant
from nncli.training.data import Rows
from nncli.training.loop import train
from nncli.training.settings import Settings, Stop

BATCH, BATCHES, CLASSES = 64, 16, 10
WIDE, WIDE_BATCH, FILTERS = (32, 32, 32), 32, 64


@dataclass(frozen=True, slots=True)
class Images:
    """A small network, conv 8 - pool - conv 16 - pool - dense 10, on random images of so many pixels."""

    pixels: int

    def data(self) -> tuple[NDArray[Any], NDArray[Any]]:
        """Images (N, pixels, pixels, 1), float32, and labels (N,)."""
        rng = np.random.default_rng(0)
        shape = (BATCH * BATCHES, self.pixels, self.pixels, 1)
        return rng.standard_normal(shape, np.float32), rng.integers(CLASSES, size=shape[0])


def nncli(images: Images, seeds: int = 1) -> Contender:
    """The loop of `nncli train`, as in `contenders.nncli`."""
    X, labels = images.data()
    targets = np.eye(CLASSES, dtype=np.float32)[labels]

    def run(steps: int) -> float:
        hidden: list[Layer] = [conv(8, "relu"), MaxPool(2), conv(16, "relu"), MaxPool(2), Flatten()]
        network = Network(
            [*hidden, Dense(CLASSES, **neighbours("linear"))],
            losses.get("softmax_cross_entropy")(),
            X.shape[1:],
            seeds=range(seeds),
            capacity=BATCH,
            dtype=np.float32,
        )
        epochs, watch = -(-max(steps, 2) // BATCHES), Stopwatch()
        settings = Settings(
            optimizer=Adam(),
            schedule=Constant(),
            learning_rate=LEARNING_RATE,
            epochs=epochs,
            batch_size=BATCH,
            log_every=epochs,
            stop=Stop(solved=False),
        )
        train(network, {"train": Rows.of(network, "classes", X, targets)}, settings, watch)
        return (watch.ends[-1] - watch.ends[0]) / (len(watch.ends) - 1) / seeds

    return run


def pytorch(images: Images, layout: str, **adam: Any) -> Contender:
    """The usual eager loop."""
    torch = load_torch()
    nn, layout = torch.nn, getattr(torch, layout)
    X, labels = map(torch.from_numpy, images.data())
    X = X.movedim(-1, 1).contiguous(memory_format=layout)
    network = nn.Sequential(
        *(nn.Conv2d(1, 8, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2)),
        *(nn.Conv2d(8, 16, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2)),
        *(nn.Flatten(), nn.Linear(16 * (images.pixels // 4) ** 2, CLASSES)),
    ).to(memory_format=layout)
    loss = nn.CrossEntropyLoss()
    optimizer = torch.optim.Adam(network.parameters(), lr=LEARNING_RATE, **adam)

    def run(steps: int) -> float:
        epochs = -(-steps // BATCHES)
        start = time.perf_counter()
        for _ in range(epochs):
            for index in torch.randperm(len(X)).split(BATCH):
                optimizer.zero_grad()
                loss(network(X[index]), labels[index]).backward()
                optimizer.step()
        return (time.perf_counter() - start) / (epochs * BATCHES)

    return run


def nncli_wide() -> Contender:
    """A linear layer alone, forward and backward down to its input."""
    layer = conv(FILTERS, "linear")
    x, da = wide_data()
    da_prev = np.empty_like(x)
    rng = np.random.default_rng(0)
    state = State(z=np.empty_like(da))
    for spec in layer.parameters(WIDE):
        shape = (1, *spec.shape) if len(spec.shape) > 1 else (1, 1, *spec.shape)
        setattr(state, spec.name, rng.standard_normal(shape, np.float32))
        setattr(state, "d" + spec.name, np.empty(shape, np.float32))
    layer.bind(state)

    def run(steps: int) -> float:
        start = time.perf_counter()
        for _ in range(steps):
            layer.forward(x, state, True)
            layer.backward(x, state, da, da_prev)
        return (time.perf_counter() - start) / steps

    return run


def pytorch_wide(layout: str) -> Contender:
    """The same."""
    torch = load_torch()
    layer = torch.nn.Conv2d(WIDE[-1], FILTERS, 3, padding=1).to(memory_format=getattr(torch, layout))
    x, da = (
        torch.from_numpy(array[0]).movedim(-1, 1).contiguous(memory_format=getattr(torch, layout))
        for array in wide_data()
    )
    x.requires_grad_(True)

    def run(steps: int) -> float:
        start = time.perf_counter()
        for _ in range(steps):
            x.grad = None
            layer.zero_grad()
            layer(x).backward(da)
        return (time.perf_counter() - start) / steps

    return run


def wide_data() -> tuple[NDArray[Any], NDArray[Any]]:
    """A batch (1, B, height, width, c), and a gradient of the output."""
    rng = np.random.default_rng(0)
    return tuple(rng.standard_normal((1, WIDE_BATCH, *WIDE[:2], n), np.float32) for n in (WIDE[-1], FILTERS))  # type: ignore[return-value]


def conv(filters: int, activation: str) -> Convolution:
    """A convolution 3 × 3 with padding `same`."""
    return Convolution(filters, **neighbours(activation))


def neighbours(activation: str) -> dict[str, Any]:
    """The parts that a layer is made with."""
    return {
        "activation": activations.get(activation)(),
        "initializer": initializers.get("he_normal")(),
        "bias_initializer": initializers.get("zeros")(),
        "regularizer": (),
    }


def load_torch() -> Any:
    """PyTorch on one thread."""
    torch = importlib.import_module("torch")
    torch.set_num_threads(1)
    return torch


@dataclass(frozen=True, slots=True)
class Line:
    """A block of the table: who takes turns, nncli first.

    Attributes:
        target: how many times as long as nncli the second one is to take, at least.
    """

    title: str
    contenders: dict[str, Callable[[], Contender]]
    target: float


def small(pixels: int) -> Line:
    """A training step of the small network."""
    images = Images(pixels)
    title = f"conv 8 - pool - conv 16 - pool - dense 10, {pixels} × {pixels} × 1, batch {BATCH}: a training step"
    contenders: dict[str, Callable[[], Contender]] = {
        "nncli": lambda: nncli(images),
        "PyTorch Adam": lambda: pytorch(images, "contiguous_format"),
        "PyTorch fused Adam": lambda: pytorch(images, "contiguous_format", fused=True),
        "PyTorch channels last": lambda: pytorch(images, "channels_last", fused=True),
    }
    return Line(title, contenders, target=1)


LINES = {
    "small8": small(8),
    "small12": small(12),
    "stacked": Line(
        "the network of small8, ten seeds as one stack: a training step, per seed",
        {"nncli, 10 seeds": lambda: nncli(Images(8), seeds=10), "nncli, 1 seed": lambda: nncli(Images(8))},
        target=1,
    ),
    "wide": Line(
        f"conv {WIDE[-1]} → {FILTERS}, 3 × 3, {WIDE[0]} × {WIDE[1]}, batch {WIDE_BATCH}: forward and backward",
        {
            "nncli": nncli_wide,
            "PyTorch": lambda: pytorch_wide("contiguous_format"),
            "PyTorch channels last": lambda: pytorch_wide("channels_last"),
        },
        target=1 / 1.5,
    ),
}


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="What convolutions cost in nncli and in PyTorch.")
    parser.add_argument("lines", nargs="*", help=f"some of {', '.join(LINES)}; default: all")
    parser.add_argument("--repeat", type=int, default=7, metavar="N", help="turns of every contender (7)")
    parser.add_argument("--seconds", type=float, default=0.4, help="about how long a turn is (0.4)")
    parser.add_argument("--json", action="store_true", help="one JSON object in place of the table")
    given = parser.parse_args()
    if unknown := set(given.lines) - set(LINES):
        parser.error(f"unknown lines: {', '.join(sorted(unknown))}. Known: {', '.join(LINES)}")
    if not given.json:
        print(heading())
        print("float32, one thread. µs, best and median turn; how many times as long as the first.")
    rows = []
    for name in given.lines or LINES:
        found = measure(LINES[name], given.repeat, given.seconds)
        rows += [{"line": name, **row} for row in found]
        if not given.json:
            print(f"\n{name}: {LINES[name].title}", *map(text, found), sep="\n", flush=True)
    if given.json:
        print(json.dumps({"machine": machine(), "rows": rows}, indent=2, allow_nan=False))


def measure(line: Line, repeat: int, seconds: float) -> list[dict[str, Any]]:
    """A row for each contender. They take turns, so that a busy machine slows all of them alike."""
    runs: dict[str, Contender] = {}
    missing = []
    for name, make in line.contenders.items():
        try:
            runs[name] = make()
        except ImportError as error:
            missing.append({"contender": name, "skipped": f"skipped: {error}"})
    steps = {}
    for name, run in runs.items():
        run(1)  # what only the first step does, such as allocating
        steps[name] = max(1, round(seconds / run(2)))
    turns: dict[str, list[float]] = {name: [] for name in runs}
    for _ in range(repeat):
        for name, run in runs.items():
            turns[name].append(run(steps[name]) * 1e6)
    rows: list[dict[str, Any]] = []
    first, second, *_ = line.contenders
    for name, times in turns.items():
        ratio = statistics.median(theirs / ours for theirs, ours in zip(times, turns[first], strict=True))
        row: dict[str, Any] = {
            "contender": name,
            "best": min(times),
            "median": statistics.median(times),
            "ratio": ratio,
        }
        if name == second:
            row |= {"target": f"≥ {line.target:.2g} ×", "met": ratio >= line.target}
        rows.append(row)
    return rows + missing


if __name__ == "__main__":
    main()
