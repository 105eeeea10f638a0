"""What a training step of the recurrent layers costs in nncli, one seed and ten, and in PyTorch.

README.md says how to read it.
"""

# ruff: noqa: E402

from __future__ import annotations

from nncli.threads import pin_threads

pin_threads()  # before NumPy and PyTorch load: they look only once

import functools
import importlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from contenders import load_torch, nncli, torch_loop, torch_loss
from numpy.typing import NDArray
from problems import OfConfig, Problem, neighbours
from turns import Contender, Line, main

from nncli.nn.layers import Layer, layers

SIZE, UNITS, CLASSES = 8, 64, 10


@dataclass(frozen=True, slots=True)
class Sequences(Problem):
    """Digits row by row, for a recurrent layer.

    Attributes:
        kind: rnn, gru or lstm.
    """

    kind: str = "lstm"

    def data(self) -> tuple[NDArray[Any], NDArray[Any]]:
        """The 8 × 8 digits of scikit-learn, or noise of that shape where it is missing: (N, 8, 8), labels (N,)."""
        try:
            digits = importlib.import_module("sklearn.datasets").load_digits()
        except ImportError:
            rng = np.random.default_rng(0)
            return rng.standard_normal((self.rows, SIZE, SIZE), np.float32), rng.integers(CLASSES, size=self.rows)
        return (digits.images / 16).astype(np.float32), digits.target

    def hidden_layers(self) -> list[Layer]:
        """The recurrent layer, of which the last state is read."""
        recurrent: Any = layers.get(self.kind)
        return [recurrent(units=UNITS, **neighbours())]


def problem(kind: str, seeds: int = 1) -> Sequences:
    """The one problem, for a kind of layer and so many seeds."""
    return Sequences((SIZE, UNITS, CLASSES), "tanh", rows=1797, batch_size=64, seeds=seeds, kind=kind)


def pytorch(given: Problem, kind: str, **adam: Any) -> Contender:
    """`torch.nn.RNN`, `GRU` or `LSTM` and a `Linear`, in the usual eager loop."""
    torch = load_torch()
    recurrent = getattr(torch.nn, kind.upper())(SIZE, UNITS, batch_first=True)
    dense = torch.nn.Linear(UNITS, CLASSES)

    def forward(x: Any) -> Any:
        return dense(recurrent(x)[0][:, -1])

    parameters = [*recurrent.parameters(), *dense.parameters()]
    return torch_loop(torch, given, [(forward, torch_loss(torch, given), parameters)], adam)


def line(title: str, kind: str, make: Callable[[int], Problem]) -> Line:
    """Who takes turns on a kind of layer; the problem is made for so many seeds."""
    return Line(
        title,
        {
            "nncli": lambda: nncli(make(1)),
            "nncli, 10 seeds": lambda: nncli(make(10)),
            "PyTorch Adam": lambda: pytorch(make(1), kind),
            "PyTorch fused Adam": lambda: pytorch(make(1), kind, fused=True),
        },
        at_least={"PyTorch Adam": 1},
        at_most={"nncli, 10 seeds": 1},
    )


TITLE = f"{SIZE} steps of {SIZE}, {UNITS} units, dense {CLASSES} after the last state"
LINES = {
    "digits_lstm": line(
        f"configs/digits_lstm.yaml, {TITLE}, batch 32", "lstm", functools.partial(OfConfig.read, "digits_lstm")
    ),
    **{kind: line(f"{TITLE}, batch 64", kind, functools.partial(problem, kind)) for kind in ("lstm", "gru", "rnn")},
}

if __name__ == "__main__":
    main(
        LINES,
        "What a training step of the recurrent layers costs.",
        "One training step: float32, Adam, one thread. µs per seed and step, best and median turn.",
    )
