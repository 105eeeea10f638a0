"""Make `torch_normalization.npz`: batch and layer normalization by PyTorch 2.13.0 (CPU) in float64.

    python tests/golden/torch_normalization.py

Of `torch.nn.BatchNorm1d` and `BatchNorm2d`: the output and every gradient for a first batch in training, the running
statistics after that and after a second batch, and then the prediction for the first; of `torch.nn.LayerNorm` over the
last axis the output and every gradient. PyTorch wants channels second; the file has them last.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

FILE = Path(__file__).with_suffix(".npz")
BATCH = 6
SHAPES = {"vectors": (4,), "sequences": (5, 4), "images": (3, 2, 4)}
"""The shape of a sample."""

BATCH_NORMS = {"usual": {}, "quick": {"momentum": 0.7, "epsilon": 0.01}}
LAYER_NORMS = {"usual": {}, "wide": {"epsilon": 0.1}}
"""The options of the layers."""


def main() -> None:
    """Write the file."""
    import torch

    found: dict[str, Any] = {"torch_version": np.array(torch.__version__)}
    for make, cases in ((batch_norm, BATCH_NORMS), (layer_norm, LAYER_NORMS)):
        for sort, shape in SHAPES.items():
            for name, options in cases.items():
                torch.manual_seed(len(found))
                arrays = make(torch, shape, **options)
                found |= {f"{make.__name__}/{sort}/{name}/{key}": a.detach().numpy() for key, a in arrays.items()}
    np.savez_compressed(FILE, **found)


def leaves(torch, shape):
    """A batch, gamma, beta, and the gradient of the output, all random."""
    n = shape[-1]
    sizes = {"a_prev": (BATCH, *shape), "gamma": (n,), "beta": (n,), "da": (BATCH, *shape)}
    found = {key: torch.randn(*size, dtype=torch.float64) for key, size in sizes.items()}
    found["a_prev"] = 3 * found["a_prev"] + torch.arange(n)
    for key in ("a_prev", "gamma", "beta"):
        found[key].requires_grad_()
    return found


def gradients(torch, a, found):
    """The gradients of the input, gamma and beta."""
    names = ("a_prev", "gamma", "beta")
    grads = torch.autograd.grad(a, [found[name] for name in names], found["da"])
    return {f"d{name}": gradient for name, gradient in zip(names, grads, strict=True)}


def batch_norm(torch, shape, *, momentum=0.1, epsilon=1e-5):
    """Two batches in training, then prediction."""
    found = leaves(torch, shape)
    kind = torch.nn.BatchNorm2d if len(shape) == 3 else torch.nn.BatchNorm1d
    layer = kind(shape[-1], eps=epsilon, momentum=momentum, dtype=torch.float64)
    del layer.weight, layer.bias
    layer.weight, layer.bias = found["gamma"], found["beta"]

    def run(x):
        return layer(x.movedim(-1, 1)).movedim(1, -1)

    a = run(found["a_prev"])
    found |= {"a": a, **gradients(torch, a, found)}
    found |= {"mean_1": layer.running_mean.clone(), "variance_1": layer.running_var.clone()}
    found["second"] = torch.randn(BATCH, *shape, dtype=torch.float64)
    run(found["second"])
    found |= {"mean_2": layer.running_mean.clone(), "variance_2": layer.running_var.clone()}
    layer.eval()
    return found | {"prediction": run(found["a_prev"])}


def layer_norm(torch, shape, *, epsilon=1e-5):
    """One batch."""
    found = leaves(torch, shape)
    a = torch.nn.functional.layer_norm(found["a_prev"], shape[-1:], found["gamma"], found["beta"], epsilon)
    return found | {"a": a, **gradients(torch, a, found)}


if __name__ == "__main__":
    main()
