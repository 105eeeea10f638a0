"""Make `torch_attention.npz`: self-attention, forward and every gradient, by PyTorch 2.13.0 (CPU) in float64.

    python tests/golden/torch_attention.py

The values come from `torch.nn.functional.scaled_dot_product_attention` between linear projections. Where the width
stays the same, `torch.nn.MultiheadAttention` must agree. It gets random biases for its keys, too: that they change
nothing is why the layer has none. PyTorch has its weights as (n_out, n_in); the file has them as (n_in, n_out).
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

FILE = Path(__file__).with_suffix(".npz")
BATCH, STEPS, WIDTH = 3, 5, 6
CASES: dict[str, dict[str, Any]] = {
    "one head": {},
    "one head, causal": {"causal": True},
    "two heads": {"heads": 2},
    "two heads, causal": {"heads": 2, "causal": True},
    "heads of one unit, no bias": {"heads": 6, "bias": False},
    "wider, causal": {"heads": 2, "units": 8, "causal": True},
    "narrower": {"units": 4, "heads": 2},
}
"""The options of the layer; inputs have the shape (BATCH, STEPS, WIDTH)."""


def main() -> None:
    """Write the file."""
    import torch

    found: dict[str, Any] = {"torch_version": np.array(torch.__version__)}
    for number, (name, options) in enumerate(CASES.items()):
        arrays = attention(torch, number, **options)
        found |= {f"{name}/{key}": array.detach().numpy() for key, array in arrays.items()}
    np.savez_compressed(FILE, **found)


def attention(torch, seed, *, heads=1, units=WIDTH, causal=False, bias=True):
    """The input, its parameters and the gradient of the output, all random; the output and the other gradients."""
    torch.manual_seed(seed)

    def random(*shape):
        return torch.randn(*shape, dtype=torch.float64, requires_grad=True)

    def split(z):
        return z.reshape(BATCH, STEPS, heads, -1).transpose(1, 2)

    leaves = {"a_prev": random(BATCH, STEPS, WIDTH)}
    leaves |= {f"W_{k}": random(units if k == "o" else WIDTH, units) for k in "qkvo"}
    leaves |= {f"b_{k}": random(units) for k in "qvo" if bias}
    x, da = leaves["a_prev"], random(BATCH, STEPS, units).detach()
    q, k, v = (split(x @ leaves["W_" + k] + leaves.get("b_" + k, 0)) for k in "qkv")
    c = torch.nn.functional.scaled_dot_product_attention(q, k, v, is_causal=causal)
    a = c.transpose(1, 2).reshape(BATCH, STEPS, units) @ leaves["W_o"] + leaves.get("b_o", 0)
    gradients = torch.autograd.grad(a, list(leaves.values()), da)
    if units == WIDTH:
        torch.testing.assert_close(multihead(torch, leaves, heads, causal), a, rtol=1e-12, atol=1e-12)
    return leaves | {"a": a, "da": da} | {f"d{key}": g for key, g in zip(leaves, gradients, strict=True)}


def multihead(torch, leaves, heads, causal):
    """The output of `torch.nn.MultiheadAttention` with the same weights."""
    bias = "b_o" in leaves
    layer = torch.nn.MultiheadAttention(WIDTH, heads, bias=bias, batch_first=True, dtype=torch.float64)
    b_k = torch.randn(WIDTH, dtype=torch.float64)
    with torch.no_grad():
        layer.in_proj_weight.copy_(torch.cat([leaves["W_" + k].T for k in "qkv"]))
        layer.out_proj.weight.copy_(leaves["W_o"].T)
        if bias:
            layer.in_proj_bias.copy_(torch.cat([leaves["b_q"], b_k, leaves["b_v"]]))
            layer.out_proj.bias.copy_(leaves["b_o"])
    mask = torch.nn.Transformer.generate_square_subsequent_mask(STEPS, dtype=torch.float64) if causal else None
    x = leaves["a_prev"]
    return layer(x, x, x, need_weights=False, attn_mask=mask, is_causal=causal)[0]


if __name__ == "__main__":
    main()
