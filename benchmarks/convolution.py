"""What convolutions cost in nncli and in PyTorch: a training step of a small network, and one wide layer.

README.md says how to read it.
"""

# ruff: noqa: E402

from __future__ import annotations

from nncli.threads import pin_threads

pin_threads()  # before NumPy and PyTorch load: they look only once

import functools
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from contenders import load_torch, nncli, torch_loop, torch_loss
from numpy.typing import NDArray
from problems import OfConfig, Problem, neighbours
from turns import Contender, Line, main

from nncli.nn.activations import activations
from nncli.nn.layers import Layer, State
from nncli.nn.layers.convolution import Convolution
from nncli.nn.layers.flatten import Flatten
from nncli.nn.layers.pooling import MaxPool

BATCH, BATCHES, CLASSES = 64, 16, 10
WIDE, WIDE_BATCH, FILTERS = (32, 32, 32), 32, 64


@dataclass(frozen=True, slots=True)
class Images(Problem):
    """A small network, conv 8 - pool - conv 16 - pool - dense 10, on random square images.

    Attributes:
        pixels: along each side.
    """

    pixels: int = 8

    def data(self) -> tuple[NDArray[Any], NDArray[Any]]:
        """Images (N, pixels, pixels, 1), float32, and labels (N,)."""
        rng = np.random.default_rng(0)
        shape = (self.rows, self.pixels, self.pixels, 1)
        return rng.standard_normal(shape, np.float32), rng.integers(CLASSES, size=self.rows)

    def hidden_layers(self) -> list[Layer]:
        """The convolutions, their pools, and what makes a vector of them."""
        return [conv(8, "relu"), MaxPool(2), conv(16, "relu"), MaxPool(2), Flatten()]


def images(pixels: int, seeds: int = 1) -> Images:
    """The problem for images of a size and so many seeds."""
    outputs = 16 * (pixels // 4) ** 2
    return Images((pixels**2, outputs, CLASSES), "relu", BATCH * BATCHES, BATCH, seeds=seeds, pixels=pixels)


def small_network(nn: Any, given: Images) -> Any:
    """The small network in PyTorch."""
    return nn.Sequential(
        *(nn.Conv2d(1, 8, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2)),
        *(nn.Conv2d(8, 16, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2)),
        *(nn.Flatten(), nn.Linear(*given.units[1:])),
    )


def digits_network(nn: Any, _: Problem) -> Any:
    """The network of configs/digits_conv.yaml in PyTorch."""
    return nn.Sequential(
        *(nn.Conv2d(1, 16, 3, padding=1), nn.ReLU()),
        *(nn.Conv2d(16, 32, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2)),
        *(nn.Conv2d(32, 64, 3, padding=1), nn.ReLU()),
        *(nn.Flatten(), nn.Dropout(0.3), nn.Linear(4 * 4 * 64, CLASSES)),
    )


def pytorch(given: Any, build: Callable[[Any, Any], Any], layout: str, **adam: Any) -> Contender:
    """The usual eager loop."""
    torch = load_torch()
    memory_format = getattr(torch, layout)
    network = build(torch.nn, given).to(memory_format=memory_format)

    def channels_first(X: Any) -> Any:
        return X.movedim(-1, 1).contiguous(memory_format=memory_format)

    trained = (network, torch_loss(torch, given), list(network.parameters()))
    return torch_loop(torch, given, [trained], adam, channels_first)


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
    memory_format = getattr(torch, layout)
    layer = torch.nn.Conv2d(WIDE[-1], FILTERS, 3, padding=1).to(memory_format=memory_format)
    x, da = (torch.from_numpy(array[0]).movedim(-1, 1).contiguous(memory_format=memory_format) for array in wide_data())
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
    x, da = (rng.standard_normal((1, WIDE_BATCH, *WIDE[:2], n), np.float32) for n in (WIDE[-1], FILTERS))
    return x, da


def conv(filters: int, activation: str) -> Convolution:
    """A convolution 3 × 3 with padding `same`."""
    return Convolution(filters, activation=activations.get(activation)(), **neighbours())


def step(title: str, problem: Callable[[int], Problem], network: Callable[[Any, Any], Any]) -> Line:
    """A training step, with the peers; the problem is made for so many seeds."""
    return Line(
        f"{title}: a training step",
        {
            "nncli": lambda: nncli(problem(1)),
            "nncli, 10 seeds": lambda: nncli(problem(10)),
            "PyTorch Adam": lambda: pytorch(problem(1), network, "contiguous_format"),
            "PyTorch fused Adam": lambda: pytorch(problem(1), network, "contiguous_format", fused=True),
            "PyTorch channels last": lambda: pytorch(problem(1), network, "channels_last", fused=True),
        },
        at_least={"PyTorch Adam": 1},
        at_most={"nncli, 10 seeds": 1},
    )


def small(pixels: int) -> Line:
    """The line of the small network."""
    title = f"conv 8 - pool - conv 16 - pool - dense 10, {pixels} × {pixels} × 1, batch {BATCH}"
    return step(title, functools.partial(images, pixels), small_network)


LINES = {
    "digits_conv": step(
        "configs/digits_conv.yaml, conv 16 - conv 32 - pool - conv 64 - dropout 0.3 - dense 10, batch 32",
        functools.partial(OfConfig.read, "digits_conv"),
        digits_network,
    ),
    "small8": small(8),
    "small12": small(12),
    "wide": Line(
        f"conv {WIDE[-1]} → {FILTERS}, 3 × 3, {WIDE[0]} × {WIDE[1]}, batch {WIDE_BATCH}: forward and backward",
        {
            "nncli": nncli_wide,
            "PyTorch": functools.partial(pytorch_wide, "contiguous_format"),
            "PyTorch channels last": functools.partial(pytorch_wide, "channels_last"),
        },
        at_least={"PyTorch": 1 / 1.5},
    ),
}

if __name__ == "__main__":
    main(
        LINES,
        "What convolutions cost in nncli and in PyTorch.",
        "float32, Adam, one thread. µs per seed and step, best and median turn.",
    )
