"""nncli, scikit-learn, and by name everyone else: float32, Adam, one thread, the same batches in random order.

Each is made for a problem; making it raises `ImportError` if its library is missing.
"""

from __future__ import annotations

import functools
import importlib
import time
import warnings
from collections.abc import Callable
from typing import Any

import bare_numpy
import jax_loop
import pytorch
from numpy.typing import NDArray
from problems import LEARNING_RATE, Problem, SilentRecorder, epochs_for, train_in_nncli
from turns import Contender

from nncli.training.snapshot import Snapshot


class Stopwatch(SilentRecorder):
    """A recorder that notes when each step ended."""

    def __init__(self) -> None:
        self.ends: list[float] = []

    def tick(self, epoch: int, step: int, loss: NDArray[Any], take: Callable[[], Snapshot]) -> bool:
        """Note the time."""
        self.ends.append(time.perf_counter())
        return False


def nncli(problem: Problem) -> Contender:
    """The loop of `nncli train`, from the end of its first step to the end of its last: batches, forward, loss,
    the checks for solved and diverged, backward, Adam; all seeds as one stack.
    """

    def run(steps: int) -> float:
        watch = Stopwatch()
        train_in_nncli(problem, epochs_for(problem, max(steps, 2)), watch)
        return (watch.ends[-1] - watch.ends[0]) / (len(watch.ends) - 1) / problem.seeds

    return run


def scikit_learn(problem: Problem) -> Contender:
    """`MLPClassifier.fit` with `warm_start`, so that the initial weights are drawn before the clock starts."""
    neural_network = importlib.import_module("sklearn.neural_network")
    X, labels = problem.data()
    activation = {"sigmoid": "logistic"}.get(problem.activation, problem.activation)
    model = neural_network.MLPClassifier(
        problem.units[1:-1],
        activation=activation,
        alpha=0.0,
        batch_size=problem.batch_size,
        learning_rate_init=LEARNING_RATE,
        shuffle=problem.batch_size < problem.rows,
        tol=0.0,
        n_iter_no_change=10**9,
        warm_start=True,
    )

    def run(steps: int) -> float:
        epochs = model.max_iter = epochs_for(problem, steps)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # "maximum iterations reached", as intended
            start = time.perf_counter()
            model.fit(X, labels)
        return (time.perf_counter() - start) / (epochs * problem.steps_per_epoch)

    return run


DENSE: dict[str, Callable[[Problem], Contender]] = {
    "nncli": nncli,
    "NumPy prepared calls": bare_numpy.prepared,
    "NumPy statements": bare_numpy.statements,
    "PyTorch Adam": pytorch.eager,
    "PyTorch fused Adam": functools.partial(pytorch.eager, fused=True),
    "PyTorch stacked by hand": functools.partial(pytorch.stacked, fused=True),
    "JAX": jax_loop.stacked,
    "scikit-learn": scikit_learn,
}
"""Who trains a chain of dense layers."""
