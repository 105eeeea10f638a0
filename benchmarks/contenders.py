"""nncli and its peers, each doing the same training steps: float32, Adam, one thread, the same batches in random order.

Each is made for a problem; making it raises `ImportError` where its library is missing.
"""

from __future__ import annotations

import importlib
import itertools
import time
import warnings
from collections.abc import Callable, Iterator
from typing import Any

from numpy.typing import NDArray
from problems import LEARNING_RATE, Problem, Unheard, train_in_nncli
from turns import Contender

from nncli.training.snapshot import Snapshot


class Stopwatch(Unheard):
    """A recorder that notes when each step ended."""

    def __init__(self) -> None:
        self.ends: list[float] = []

    def tick(self, epoch: int, step: int, loss: NDArray[Any], take: Callable[[], Snapshot]) -> bool:
        """Note the time."""
        self.ends.append(time.perf_counter())
        return False


def nncli(problem: Problem) -> Contender:
    """The loop of `nncli train`, from the end of its first step to the end of its last: batches, forward, loss,
    the watch for solved and for diverged, backward, Adam; all seeds as one stack.
    """

    def run(steps: int) -> float:
        watch = Stopwatch()
        train_in_nncli(problem, epochs_for(problem, max(steps, 2)), watch)
        return (watch.ends[-1] - watch.ends[0]) / (len(watch.ends) - 1) / problem.seeds

    return run


def pytorch(problem: Problem, **adam: Any) -> Contender:
    """The usual eager loop; the networks of several seeds take their steps one after the other."""
    torch = load_torch()

    def network() -> Any:
        activation = {"tanh": torch.nn.Tanh, "relu": torch.nn.ReLU}[problem.activation]
        modules: list[Any] = []
        for n_in, n_out in itertools.pairwise(problem.units):
            modules += [torch.nn.Linear(n_in, n_out), activation()]
        return torch.nn.Sequential(*modules[:-1])

    networks = [network() for _ in range(problem.seeds)]
    loss = torch_loss(torch, problem)
    return torch_loop(torch, problem, [(net, loss, list(net.parameters())) for net in networks], adam)


def pytorch_stacked(problem: Problem, **adam: Any) -> Contender:
    """All seeds as one stack, written by hand as a patient expert would: `baddbmm`, and one sum of the mean losses."""
    torch = load_torch()
    activation = {"tanh": torch.tanh, "relu": torch.relu}[problem.activation]
    parameters = [
        torch.randn(problem.seeds, *shape, requires_grad=True)
        for n_in, n_out in itertools.pairwise(problem.units)
        for shape in ((n_in, n_out), (1, n_out))
    ]

    def forward(x: Any) -> Any:
        a = x.expand(problem.seeds, *x.shape)
        for W, b in zip(parameters[:-2:2], parameters[1:-2:2], strict=True):
            a = activation(torch.baddbmm(b, a, W))
        return torch.baddbmm(parameters[-1], a, parameters[-2])

    mean = torch_loss(torch, problem)

    def loss(z: Any, y: Any) -> Any:
        return mean(z, y.expand_as(z)) * problem.seeds

    return torch_loop(torch, problem, [(forward, loss, parameters)], adam)


def scikit_learn(problem: Problem) -> Contender:
    """`MLPClassifier.fit` with `warm_start`, so that the first weights are drawn before the clock starts."""
    neural_network = importlib.import_module("sklearn.neural_network")
    X, labels = problem.data()
    model = neural_network.MLPClassifier(
        problem.units[1:-1],
        activation=problem.activation,
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
            warnings.simplefilter("ignore")  # "maximum iterations reached": they were meant to be
            start = time.perf_counter()
            model.fit(X, labels)
        return (time.perf_counter() - start) / (epochs * problem.steps_per_epoch)

    return run


def epochs_for(problem: Problem, steps: int) -> int:
    """The fewest whole epochs with at least so many steps."""
    return -(-steps // problem.steps_per_epoch)


def load_torch() -> Any:
    """PyTorch, on one thread."""
    torch = importlib.import_module("torch")
    torch.set_num_threads(1)
    return torch


def torch_loss(torch: Any, problem: Problem) -> Any:
    """The loss on logits."""
    return torch.nn.BCEWithLogitsLoss() if problem.binary else torch.nn.CrossEntropyLoss()


def torch_loop(
    torch: Any,
    problem: Problem,
    networks: list[tuple[Any, Any, list[Any]]],
    adam: dict[str, Any],
    arrange: Callable[[Any], Any] = lambda inputs: inputs,
) -> Contender:
    """Train networks, each given as (forward, loss, parameters), one after the other on the same batches.

    Args:
        arrange: makes of all inputs what the networks take, before the time starts.
    """
    X, labels = map(torch.from_numpy, problem.data())
    X = arrange(X)
    Y = labels[:, None].float() if problem.binary else labels
    optimizers = [torch.optim.Adam(parameters, lr=LEARNING_RATE, **adam) for _, _, parameters in networks]

    def batches() -> Iterator[tuple[Any, Any]]:
        if problem.batch_size == problem.rows:
            yield X, Y
            return
        for index in torch.randperm(problem.rows).split(problem.batch_size):
            yield X[index], Y[index]

    def run(steps: int) -> float:
        epochs = epochs_for(problem, steps)
        start = time.perf_counter()
        for _ in range(epochs):
            for x, y in batches():
                for (forward, loss, _), optimizer in zip(networks, optimizers, strict=True):
                    optimizer.zero_grad()
                    loss(forward(x), y).backward()
                    optimizer.step()
        return (time.perf_counter() - start) / (epochs * problem.steps_per_epoch) / problem.seeds

    return run
