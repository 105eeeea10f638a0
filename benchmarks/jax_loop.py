"""JAX's contender: `vmap` over the seeds, and a `scan` over steps that is compiled at the first call."""

from __future__ import annotations

import importlib
import itertools
import time
from typing import Any

import numpy as np
from problems import LEARNING_RATE, Problem, epochs_for
from turns import Contender

BETA1, BETA2, EPSILON = 0.9, 0.999, 1e-8
EPOCHS = 100
"""Epochs in one compiled call if an epoch is a single step."""


def stacked(problem: Problem) -> Contender:
    """Dense layers and Adam; the batches of an epoch are drawn by NumPy, and the last one is filled up to full size."""
    jax = importlib.import_module("jax")
    jnp = importlib.import_module("jax.numpy")
    activation = getattr(jnp if problem.activation == "tanh" else jax.nn, problem.activation)
    X, labels = map(jnp.asarray, problem.data())

    def loss(parameters: Any, x: Any, y: Any) -> Any:
        for W, b in parameters[:-1]:
            x = activation(x @ W + b)
        z = x @ parameters[-1][0] + parameters[-1][1]
        if problem.binary:
            return jnp.mean(jnp.logaddexp(0, z[:, 0]) - y * z[:, 0])
        return -jnp.mean(jnp.take_along_axis(jax.nn.log_softmax(z), y[:, None], axis=1))

    def step(state: Any, index: Any) -> Any:
        theta, m, v, t = state
        x, y = (X, labels) if problem.batch_size == problem.rows else (X[index], labels[index])
        grad = jax.vmap(jax.grad(loss), in_axes=(0, None, None))(theta, x, y)
        t = t + 1
        m = jax.tree.map(lambda m, g: BETA1 * m + (1 - BETA1) * g, m, grad)
        v = jax.tree.map(lambda v, g: BETA2 * v + (1 - BETA2) * g * g, v, grad)
        rate = LEARNING_RATE * jnp.sqrt(1 - BETA2**t) / (1 - BETA1**t)
        theta = jax.tree.map(lambda p, m, v: p - rate * m / (jnp.sqrt(v) + EPSILON), theta, m, v)
        return (theta, m, v, t), None

    rng = np.random.default_rng(0)
    theta = [
        (jnp.asarray(rng.standard_normal((problem.seeds, n_in, n_out), np.float32)), jnp.zeros((problem.seeds, n_out)))
        for n_in, n_out in itertools.pairwise(problem.units)
    ]
    zeros = jax.tree.map(jnp.zeros_like, theta)
    state = (theta, zeros, zeros, jnp.float32(0))
    several = jax.jit(lambda state, batches: jax.lax.scan(step, state, batches)[0])

    def epoch() -> Any:
        order = rng.permutation(problem.rows)
        return np.resize(order, (problem.steps_per_epoch, problem.batch_size))

    def run(steps: int) -> float:
        nonlocal state
        at_once = EPOCHS if problem.steps_per_epoch == 1 else 1
        calls = -(-epochs_for(problem, steps) // at_once)
        start = time.perf_counter()
        for _ in range(calls):
            state = several(state, np.concatenate([epoch() for _ in range(at_once)]))
        jax.block_until_ready(state)
        return (time.perf_counter() - start) / (calls * at_once * problem.steps_per_epoch) / problem.seeds

    return run
