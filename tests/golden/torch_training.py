"""Activations, 20 steps of every optimizer and 20 learning rates of every schedule, as PyTorch has them in float64.

    python tests/golden/torch_training.py

writes `torch_training.npz` beside this file; the one in the repository is from PyTorch 2.13.0. The tests need only that
file; PyTorch is not installed for them.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

PATH = Path(__file__).with_suffix(".npz")
STEPS, STEPS_PER_EPOCH, EPOCHS = 20, 4, 5
LEARNING_RATE = 0.05

rng = np.random.default_rng(2013)
THETA = rng.standard_normal(12)
A = rng.standard_normal((12, 12)) / 4
Z = np.concatenate([rng.standard_normal((6, 5)) * 3, [[-40.0, -7.5, 1e-3, 7.5, 40.0]]])
DA = rng.standard_normal(Z.shape)
SLOPES = np.array([0.25, 0.1, -0.2, 1.5, 0.0])

# name: (optimizer, its options here, its name there, its options there)
OPTIMIZERS: dict[str, tuple[str, dict[str, Any], str, dict[str, Any]]] = {
    "sgd": ("sgd", {}, "SGD", {}),
    "momentum": ("momentum", {"momentum": 0.8}, "SGD", {"momentum": 0.8}),
    "nesterov": ("nesterov", {"momentum": 0.8}, "SGD", {"momentum": 0.8, "nesterov": True}),
    "adagrad": ("adagrad", {"epsilon": 1e-6}, "Adagrad", {"eps": 1e-6}),
    "rmsprop": ("rmsprop", {"rho": 0.9, "epsilon": 1e-6}, "RMSprop", {"alpha": 0.9, "eps": 1e-6}),
    "adam": ("adam", {}, "Adam", {}),
    "adam with options": (
        "adam",
        {"beta1": 0.5, "beta2": 0.9, "epsilon": 1e-4},
        "Adam",
        {"betas": (0.5, 0.9), "eps": 1e-4},
    ),
    "adamw": ("adamw", {"weight_decay": 0.3}, "AdamW", {"weight_decay": 0.3}),
}

# name: (schedule, its options here, [(its name there, its options there)])
SCHEDULES: dict[str, tuple[str, dict[str, Any], str, dict[str, Any]]] = {
    "constant": ("constant", {}, "ConstantLR", {"factor": 1.0}),
    "warm-up": ("constant", {"warmup": 2.0}, "LinearLR", {"start_factor": 1 / 8, "total_iters": 7}),
    "cosine": ("cosine", {}, "CosineAnnealingLR", {"T_max": STEPS}),
    "cosine to a tenth": (
        "cosine",
        {"final": 0.1},
        "CosineAnnealingLR",
        {"T_max": STEPS, "eta_min": 0.1 * LEARNING_RATE},
    ),
    "exponential": ("exponential", {"rate": 0.8}, "ExponentialLR", {"gamma": 0.8 ** (1 / STEPS_PER_EPOCH)}),
    "linear": (
        "linear",
        {"final": 0.2},
        "LinearLR",
        {"start_factor": 1.0, "end_factor": 0.2, "total_iters": STEPS},
    ),
    "step": ("step", {"every": 2, "rate": 0.3}, "StepLR", {"step_size": 2 * STEPS_PER_EPOCH, "gamma": 0.3}),
}

# name: (activation, its options here, the function there, its options there)
ACTIVATIONS: dict[str, Any] = {
    "gelu": ("gelu", {}, "gelu", {}),
    "gelu by tanh": ("gelu", {"approximate": True}, "gelu", {"approximate": "tanh"}),
    "swish": ("swish", {}, "silu", {}),
    "mish": ("mish", {}, "mish", {}),
    "elu": ("elu", {}, "elu", {}),
    "selu": ("selu", {}, "selu", {}),
    "softplus": ("softplus", {}, "softplus", {"threshold": 50}),
    "leaky_relu": ("leaky_relu", {"slope": 0.1}, "leaky_relu", {"negative_slope": 0.1}),
    "prelu": ("prelu", {}, "prelu", {}),
}


def gradient(theta):
    """Of Σ (A θ)² / 2 + Σ sin 3θ, so that each step depends on those before it."""
    return A.T @ (A @ theta) + 3 * np.cos(3 * theta)


def main():
    """Compute all of it."""
    import torch

    found: dict[str, Any] = {"torch_version": np.array(torch.__version__)}
    for name, (_, _, there, options) in OPTIMIZERS.items():
        theta = torch.tensor(THETA.copy(), requires_grad=True)
        optimizer = getattr(torch.optim, there)([theta], lr=LEARNING_RATE, **options)
        rows = []
        for _ in range(STEPS):
            theta.grad = torch.tensor(gradient(theta.detach().numpy()))
            optimizer.step()
            rows.append(theta.detach().numpy().copy())
        found[f"optimizer {name}"] = np.array(rows)
    for name, (_, _, there, options) in SCHEDULES.items():
        optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=LEARNING_RATE)
        schedule = getattr(torch.optim.lr_scheduler, there)(optimizer, **options)
        rates = []
        for _ in range(STEPS):
            rates.append(optimizer.param_groups[0]["lr"])
            optimizer.step()
            schedule.step()
        found[f"schedule {name}"] = np.array(rates)
    for name, (_, _, there, options) in ACTIVATIONS.items():
        z, slopes = torch.tensor(Z, requires_grad=True), torch.tensor(SLOPES, requires_grad=True)
        arguments = (z, slopes) if there == "prelu" else (z,)
        a = getattr(torch.nn.functional, there)(*arguments, **options)
        a.backward(torch.tensor(DA))
        found[f"activation {name} a"], found[f"activation {name} dz"] = a.detach().numpy(), z.grad.numpy()
        if there == "prelu":
            found[f"activation {name} dslope"] = slopes.grad.numpy()
    np.savez_compressed(PATH, **found)


if __name__ == "__main__":
    main()
