"""The yardstick: a training step of XOR as nothing but NumPy calls, with no program around them.

One hidden layer of tanh units, a sigmoid output with cross entropy, Adam, all rows in one batch, all seeds in one
stack; nothing is watched and nothing is recorded. The same arithmetic takes two forms: statements as one would write
them, and *prepared calls*, a list of functions with their arguments that each step replays. What nncli's step takes
beyond the second is the cost of being a program.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import numpy as np
from problems import LEARNING_RATE, Problem
from turns import Contender

BETA1, BETA2, EPSILON = 0.9, 0.999, 1e-7


def statements(problem: Problem) -> Contender:
    """The step as statements."""
    at = _arrays(problem)
    rows = np.float32(1 / problem.rows)

    def step(t: int) -> None:
        np.matmul(at.x, at.W, out=at.a)  # a = tanh([x 1] [W; b])
        np.tanh(at.a, out=at.a)
        np.matmul(at.a, at.v, out=at.z)  # z = a v + c
        np.add(at.z, at.c, out=at.z)
        np.negative(at.z, out=at.dz)  # dz = (sigmoid(z) - y) / B
        np.exp(at.dz, out=at.dz)
        np.add(at.dz, np.float32(1), out=at.dz)
        np.reciprocal(at.dz, out=at.dz)
        np.subtract(at.dz, at.y, out=at.dz)
        np.multiply(at.dz, rows, out=at.dz)
        np.matmul(at.a.mT, at.dz, out=at.dv)  # dv = aᵀ dz, dc = Σ dz
        np.matmul(at.ones, at.dz, out=at.dc)
        np.multiply(at.dz, at.v.mT, out=at.da)  # da = dz vᵀ, times tanh' = 1 - a²
        np.multiply(at.a, at.a, out=at.slope)
        np.subtract(np.float32(1), at.slope, out=at.slope)
        np.multiply(at.da, at.slope, out=at.da)
        np.matmul(at.xT, at.da, out=at.dW)
        np.multiply(at.m, np.float32(BETA1), out=at.m)  # Adam, with 1 - β in the rate and in the start of the moments
        np.add(at.m, at.grad, out=at.m)
        np.multiply(at.s, np.float32(BETA2), out=at.s)
        np.multiply(at.grad, at.grad, out=at.update)
        np.add(at.s, at.update, out=at.s)
        np.sqrt(at.s, out=at.update)
        np.add(at.update, np.float32(EPSILON), out=at.update)
        np.divide(at.m, at.update, out=at.update)
        np.multiply(at.update, np.float32(_rate(t)), out=at.update)
        np.subtract(at.theta, at.update, out=at.theta)

    return _timed(step, problem.seeds)


def prepared(problem: Problem) -> Contender:
    """The step as prepared calls: positional outputs, constants as arrays without axes."""
    at = _arrays(problem)
    one, rows, beta1, beta2, epsilon, rate = (
        np.array(value, np.float32) for value in (1, 1 / problem.rows, BETA1, BETA2, EPSILON, 0)
    )
    program: list[tuple[Callable[..., Any], tuple[Any, ...]]] = [
        (np.matmul, (at.x, at.W, at.a)),
        (np.tanh, (at.a, at.a)),
        (np.matmul, (at.a, at.v, at.z)),
        (np.add, (at.z, at.c, at.z)),
        (np.negative, (at.z, at.dz)),
        (np.exp, (at.dz, at.dz)),
        (np.add, (at.dz, one, at.dz)),
        (np.reciprocal, (at.dz, at.dz)),
        (np.subtract, (at.dz, at.y, at.dz)),
        (np.multiply, (at.dz, rows, at.dz)),
        (np.matmul, (at.a.mT, at.dz, at.dv)),
        (np.matmul, (at.ones, at.dz, at.dc)),
        (np.multiply, (at.dz, at.v.mT, at.da)),
        (np.multiply, (at.a, at.a, at.slope)),
        (np.subtract, (one, at.slope, at.slope)),
        (np.multiply, (at.da, at.slope, at.da)),
        (np.matmul, (at.xT, at.da, at.dW)),
        (np.multiply, (at.m, beta1, at.m)),
        (np.add, (at.m, at.grad, at.m)),
        (np.multiply, (at.s, beta2, at.s)),
        (np.multiply, (at.grad, at.grad, at.update)),
        (np.add, (at.s, at.update, at.s)),
        (np.sqrt, (at.s, at.update)),
        (np.add, (at.update, epsilon, at.update)),
        (np.divide, (at.m, at.update, at.update)),
        (np.multiply, (at.update, rate, at.update)),
        (np.subtract, (at.theta, at.update, at.theta)),
    ]

    def step(t: int) -> None:
        rate[()] = _rate(t)
        for call, arguments in program:
            call(*arguments)

    return _timed(step, problem.seeds)


def _arrays(problem: Problem) -> SimpleNamespace:
    """Parameters and gradients as views of one row per seed, and everything a step writes to."""
    (_, units, _), seeds = problem.units, problem.seeds
    inputs, labels = problem.data()
    x = np.concatenate([inputs, np.ones((problem.rows, 1), np.float32)], axis=1)
    normals = np.random.default_rng(0).standard_normal((seeds, 4 * units + 1), np.float32)
    theta, grad, m, s, update = (np.zeros((seeds, 4 * units + 1), np.float32) for _ in range(5))
    theta[...] = normals / 2
    split = (3 * units, 4 * units)
    W, v, c = np.split(theta, split, axis=1)
    dW, dv, dc = np.split(grad, split, axis=1)
    hidden, output = (seeds, problem.rows, units), (seeds, problem.rows, 1)
    return SimpleNamespace(
        **{"x": x, "xT": np.ascontiguousarray(x.T), "y": labels[:, None].astype(np.float32)},
        **{"W": W.reshape(seeds, 3, units), "v": v.reshape(seeds, units, 1), "c": c.reshape(seeds, 1, 1)},
        **{"dW": dW.reshape(seeds, 3, units), "dv": dv.reshape(seeds, units, 1), "dc": dc.reshape(seeds, 1, 1)},
        **{name: np.empty(hidden, np.float32) for name in ("a", "da", "slope")},
        **{name: np.empty(output, np.float32) for name in ("z", "dz")},
        ones=np.ones((1, problem.rows), np.float32),
        **{
            name: row.reshape(-1)
            for name, row in {"theta": theta, "grad": grad, "m": m, "s": s, "update": update}.items()
        },
    )


def _rate(t: int) -> float:
    """What Adam's m / √s is multiplied by in step t, if m and s sum gradients without their factors 1 - β."""
    corrected = (1 - BETA2**t) ** 0.5 / (1 - BETA1**t)
    return float(LEARNING_RATE * (1 - BETA1) / (1 - BETA2) ** 0.5 * corrected)


def _timed(step: Callable[[int], None], seeds: int) -> Contender:
    def run(steps: int) -> float:
        start = time.perf_counter()
        for t in range(1, steps + 1):
            step(t)
        return (time.perf_counter() - start) / steps / seeds

    return run
