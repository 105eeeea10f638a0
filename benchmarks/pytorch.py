"""PyTorch's contenders: the usual eager loop on one thread, and all seeds stacked by hand."""

from __future__ import annotations

import importlib
import itertools
import time
from collections.abc import Callable, Iterator
from typing import Any

from problems import HEADS, LEARNING_RATE, STATE_UNITS, Problem, epochs_for
from turns import Contender

ACTIVATIONS = {"tanh": "Tanh", "relu": "ReLU", "sigmoid": "Sigmoid", "gelu": "GELU"}
Build = Callable[[Any, Problem], Any]
"""Makes the network of a problem from the module `torch.nn`."""


def load() -> Any:
    """PyTorch, on one thread."""
    torch = importlib.import_module("torch")
    torch.set_num_threads(1)
    return torch


def dense(nn: Any, problem: Problem) -> Any:
    """A chain of dense layers."""
    modules: list[Any] = []
    for n_in, n_out in itertools.pairwise(problem.units):
        modules += [nn.Linear(n_in, n_out), getattr(nn, ACTIVATIONS[problem.activation])()]
    return nn.Sequential(*modules[:-1])


def small_images(nn: Any, problem: Problem) -> Any:
    """The network of `problems.Images`."""
    return nn.Sequential(
        *(nn.Conv2d(1, 8, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2)),
        *(nn.Conv2d(8, 16, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2)),
        *(nn.Flatten(), nn.Linear(*problem.units[1:])),
    )


def wide_images(nn: Any, problem: Problem) -> Any:
    """The network of `problems.WideImages`."""
    channels, *filters = problem.units[:-1]
    convolutions = itertools.chain.from_iterable(
        (nn.Conv2d(n_in, n_out, 3, padding=1), nn.ReLU()) for n_in, n_out in itertools.pairwise((channels, *filters))
    )
    return nn.Sequential(*convolutions, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(*problem.units[-2:]))


def digits_conv(nn: Any, _: Problem) -> Any:
    """The network of configs/digits_conv.yaml."""
    return nn.Sequential(
        *(nn.Conv2d(1, 16, 3, padding=1), nn.ReLU()),
        *(nn.Conv2d(16, 32, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2)),
        *(nn.Conv2d(32, 64, 3, padding=1), nn.ReLU()),
        *(nn.Flatten(), nn.Dropout(0.3), nn.Linear(4 * 4 * 64, 10)),
    )


def eager(problem: Problem, build: Build = dense, layout: str | None = None, **adam: Any) -> Contender:
    """The usual loop; the networks of several seeds take their steps one after another.

    Args:
        layout: the memory format of images, such as `channels_last`; None if the inputs are not images.
        adam: options of `torch.optim.Adam`.
    """
    torch = load()
    networks = [build(torch.nn, problem) for _ in range(problem.seeds)]

    def arranged(X: Any) -> Any:
        return X if layout is None else X.movedim(-1, 1).contiguous(memory_format=getattr(torch, layout))

    if layout is not None:
        networks = [network.to(memory_format=getattr(torch, layout)) for network in networks]
    loss = _loss(torch, problem)
    trained = [(network, loss, list(network.parameters())) for network in networks]
    return _loop(torch, problem, trained, adam, arranged)


def recurrent(problem: Problem, kind: str, **adam: Any) -> Contender:
    """`torch.nn.RNN`, `GRU` or `LSTM` and a `Linear`, in the usual loop."""
    torch = load()
    size = problem.data()[0].shape[-1]
    layer = getattr(torch.nn, kind.upper())(size, STATE_UNITS, batch_first=True)
    output = torch.nn.Linear(STATE_UNITS, problem.units[-1])
    return _of_sequences(torch, problem, lambda x: output(layer(x)[0][:, -1]), [layer, output], adam)


def attention(problem: Problem, _: str, **adam: Any) -> Contender:
    """`Linear`, `MultiheadAttention`, the mean over the steps and a `Linear`, in the usual loop."""
    torch = load()
    embedding = torch.nn.Linear(problem.data()[0].shape[-1], STATE_UNITS)
    layer = torch.nn.MultiheadAttention(STATE_UNITS, HEADS, batch_first=True)
    output = torch.nn.Linear(STATE_UNITS, problem.units[-1])

    def forward(x: Any) -> Any:
        a = embedding(x)
        return output(layer(a, a, a, need_weights=False)[0].mean(1))

    return _of_sequences(torch, problem, forward, [embedding, layer, output], adam)


def _of_sequences(
    torch: Any, problem: Problem, forward: Callable[[Any], Any], modules: list[Any], adam: dict[str, Any]
) -> Contender:
    parameters = [parameter for module in modules for parameter in module.parameters()]
    return _loop(torch, problem, [(forward, _loss(torch, problem), parameters)], adam)


def stacked(problem: Problem, **adam: Any) -> Contender:
    """All seeds as one stack, as a patient expert would write it: `baddbmm`, and one sum of the mean losses."""
    torch = load()
    activation = getattr(torch.nn, ACTIVATIONS[problem.activation])()
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

    mean = _loss(torch, problem)

    def loss(z: Any, y: Any) -> Any:
        return mean(z, y.expand_as(z)) * problem.seeds

    return _loop(torch, problem, [(forward, loss, parameters)], adam)


def _loss(torch: Any, problem: Problem) -> Any:
    """The loss on logits."""
    return torch.nn.BCEWithLogitsLoss() if problem.binary else torch.nn.CrossEntropyLoss()


def _loop(
    torch: Any,
    problem: Problem,
    networks: list[tuple[Any, Any, list[Any]]],
    adam: dict[str, Any],
    arranged: Callable[[Any], Any] = lambda inputs: inputs,
) -> Contender:
    """Train networks, each given as (forward, loss, parameters), on the same batches.

    Args:
        arranged: the inputs as the networks take them, before the clock starts.
    """
    X, labels = map(torch.from_numpy, problem.data())
    X = arranged(X)
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
