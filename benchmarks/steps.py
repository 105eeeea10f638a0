"""What one training step costs in nncli and in its peers: README.md says how to read it."""

# ruff: noqa: E402

from __future__ import annotations

from nncli.threads import pin_threads

pin_threads()  # before NumPy and its peers load: they look only once

import functools
from collections.abc import Callable
from typing import Any

import contenders
from problems import Problem
from turns import Contender, Line, main

CONTENDERS: dict[str, Callable[[Problem], Contender]] = {
    "nncli": contenders.nncli,
    "PyTorch Adam": contenders.pytorch,
    "PyTorch fused Adam": functools.partial(contenders.pytorch, fused=True),
    "PyTorch stacked by hand": functools.partial(contenders.pytorch_stacked, fused=True),
    "scikit-learn": contenders.scikit_learn,
}
PEERS = ("PyTorch Adam", "PyTorch fused Adam", "scikit-learn")


def line(title: str, problem: Problem, peers: tuple[str, ...] = PEERS, **targets: Any) -> Line:
    """nncli and its peers on one problem."""
    return Line(title, {name: functools.partial(CONTENDERS[name], problem) for name in ("nncli", *peers)}, **targets)


LINES = {
    "xor": line("XOR 2-8-1, 4 rows", Problem((2, 8, 1), "tanh", rows=4, batch_size=4), at_least={"PyTorch Adam": 9}),
    "xor100": line(
        "XOR 2-8-1, 4 rows, 100 seeds",
        Problem((2, 8, 1), "tanh", rows=4, batch_size=4, seeds=100),
        peers=("PyTorch Adam", "PyTorch stacked by hand"),
        limit=0.6,
    ),
    "digits": line(
        "64-128-64-10, batch 64",
        Problem((64, 128, 64, 10), "relu", rows=1797, batch_size=64),
        at_least={"PyTorch Adam": 3.5},
    ),
    "wide": line(
        "784-1024×3-10, batch 256",
        Problem((784, 1024, 1024, 1024, 10), "relu", rows=1024, batch_size=256),
        at_least={"PyTorch Adam": 1},
    ),
}

if __name__ == "__main__":
    main(
        LINES,
        "What one training step costs in nncli and in its peers.",
        "One training step: float32, Adam, one thread. µs per seed and step, best and median turn.",
    )
