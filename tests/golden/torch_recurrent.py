"""Make `torch_recurrent.npz`: recurrent layers, forward and every gradient, by PyTorch 2.13.0 (CPU) in float64.

    python tests/golden/torch_recurrent.py

PyTorch has two biases, of which the second is 0 here: the layers have one. Its weights are (gates · n_out, n_in) with
the gates in an order of its own; the file has them as (n_in, gates · n_out) in the order of the layers. Truncation is a
pass for each segment, which starts from the detached state of the one before.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

FILE = Path(__file__).with_suffix(".npz")
BATCH, STEPS, WIDTH, UNITS = 2, 7, 3, 4
KINDS = [("rnn", {"activation": "tanh"}), ("rnn", {"activation": "relu"}), ("gru", {}), ("lstm", {})]
CASES = {
    " ".join([kind, *own.values(), *(f"{name}={value}" for name, value in shared.items())]): (kind, own | shared)
    for kind, own in KINDS
    for shared in ({}, {"return_sequence": True}, {"truncation": 3}, {"return_sequence": True, "truncation": 3})
}
"""The registered name and the options of the layer; inputs have the shape (BATCH, STEPS, WIDTH)."""

GATES = {"rnn": [0], "gru": [0, 1, 2], "lstm": [3, 0, 1, 2]}
"""Where PyTorch has the gates that the layer has as its first, second, ..."""


def main() -> None:
    """Write the file."""
    import torch

    found: dict[str, Any] = {"torch_version": np.array(torch.__version__)}
    for number, (name, (kind, options)) in enumerate(CASES.items()):
        arrays = recurrence(torch, number, kind, **options)
        found |= {f"{name}/{key}": array.detach().numpy() for key, array in arrays.items()}
    np.savez_compressed(FILE, **found)


def recurrence(torch, seed, kind, *, activation=None, return_sequence=False, truncation=STEPS):
    """The input, the parameters and the gradient of the output, all random; the output and the other gradients."""
    torch.manual_seed(seed)
    options = {"nonlinearity": activation} if activation else {}
    layer = getattr(torch.nn, kind.upper())(WIDTH, UNITS, batch_first=True, dtype=torch.float64, **options)
    with torch.no_grad():
        for parameter in layer.parameters():
            parameter.copy_(0.7 * torch.randn_like(parameter))
        layer.bias_hh_l0.zero_()
    x = torch.randn(BATCH, STEPS, WIDTH, dtype=torch.float64, requires_grad=True)
    first = STEPS % truncation or truncation  # the first segment is the short one
    ends = list(range(first, STEPS + 1, truncation))
    outputs, state = [], None
    for start, end in zip([0, *ends], ends, strict=False):
        out, state = layer(x[:, start:end], state)
        state = tuple(part.detach() for part in state) if kind == "lstm" else state.detach()
        outputs.append(out)
    a = torch.cat(outputs, dim=1)
    a = a if return_sequence else a[:, -1]
    da = torch.randn_like(a)
    leaves = {"W": layer.weight_ih_l0, "b": layer.bias_ih_l0, "U": layer.weight_hh_l0}
    dx, *gradients = torch.autograd.grad(a, [x, *leaves.values()], da)
    found = {"a_prev": x, "a": a, "da": da, "da_prev": dx}
    for (key, value), gradient in zip(leaves.items(), gradients, strict=True):
        found |= {key: ours(torch, kind, value), "d" + key: ours(torch, kind, gradient)}
    return found


def ours(torch, kind, array):
    """A parameter of PyTorch, or its gradient, as the layer has it."""
    blocks = array.chunk(len(GATES[kind]))
    ordered = torch.cat([blocks[gate] for gate in GATES[kind]])
    return ordered.T if ordered.ndim == 2 else ordered


if __name__ == "__main__":
    main()
