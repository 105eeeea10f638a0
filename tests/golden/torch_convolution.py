"""Golden values of convolution and pooling: forward and every gradient, from PyTorch in float64.

    python tests/golden/torch_convolution.py

writes `torch_convolution.npz` beside this file; the one in the repository is from PyTorch 2.13.0 and NumPy 2.4. PyTorch
wants channels first and knows no `same` padding with a stride: both are done here by hand, from the definitions.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

FILE = Path(__file__).with_suffix(".npz")
BATCH = 3

CASES: dict[str, tuple[str, tuple[int, ...], dict[str, Any]]] = {
    "image": ("conv", (5, 4, 2), {"filters": 3}),
    "image, valid": ("conv", (5, 4, 2), {"filters": 3, "padding": "valid"}),
    "image, stride 2": ("conv", (5, 6, 2), {"filters": 3, "stride": 2}),
    "image, stride 2, valid, no bias": (
        "conv",
        (7, 6, 2),
        {"filters": 2, "stride": 2, "padding": "valid", "bias": False},
    ),
    "image, dilation 2": ("conv", (6, 5, 2), {"filters": 2, "dilation": 2}),
    "image, all at once": ("conv", (9, 8, 3), {"filters": 2, "kernel": 4, "stride": 3, "dilation": 2}),
    "image, kernel 1": ("conv", (3, 4, 3), {"filters": 2, "kernel": 1}),
    "image, gaps": ("conv", (7, 8, 2), {"filters": 2, "kernel": 2, "stride": 3}),
    "sequence": ("conv", (7, 3), {"filters": 4}),
    "sequence, even kernel": ("conv", (7, 3), {"filters": 2, "kernel": 4}),
    "sequence, all at once": ("conv", (9, 2), {"filters": 3, "kernel": 3, "stride": 2, "dilation": 3}),
    "sequence, valid": ("conv", (9, 2), {"filters": 3, "stride": 2, "dilation": 2, "padding": "valid"}),
    "max of images": ("max_pool", (6, 4, 2), {"size": 2}),
    "max of images, rest": ("max_pool", (7, 8, 2), {"size": 3}),
    "max of images, overlap": ("max_pool", (7, 6, 2), {"size": 3, "stride": 2}),
    "max of images, gaps": ("max_pool", (7, 6, 2), {"size": 2, "stride": 3}),
    "max of sequences": ("max_pool", (7, 3), {"size": 2}),
    "max of sequences, overlap": ("max_pool", (7, 3), {"size": 4, "stride": 1}),
    "average of images": ("average_pool", (6, 5, 2), {"size": 2}),
    "average of images, overlap": ("average_pool", (7, 6, 2), {"size": 3, "stride": 2}),
    "average of sequences": ("average_pool", (8, 3), {"size": 3}),
    "global average of images": ("global_average_pool", (4, 5, 3), {}),
    "global average of sequences": ("global_average_pool", (6, 3), {}),
}
"""What is computed: {name: (layer, shape of a sample, options)}."""


def load() -> dict[str, dict[str, Any]]:
    """{case: {array: values}}: x, W, b, da going in; a, dx, dW, db coming out."""
    found: dict[str, dict[str, Any]] = {case: {} for case in CASES}
    with np.load(FILE) as file:
        for key in file.files:
            case, _, name = key.partition("/")
            if case in found:
                found[case][name] = file[key]
    return found


def main() -> None:
    """Compute and write."""
    import torch

    rng = np.random.default_rng(4)
    arrays: dict[str, Any] = {"torch_version": np.array(torch.__version__)}
    for case, (layer, shape, options) in CASES.items():
        x = rng.standard_normal((BATCH, *shape))
        if layer == "max_pool":
            x = np.round(2 * x) / 2  # so that there are equals in a window
        found = {"x": x}
        axes = len(shape) - 1
        if layer == "conv":
            window = (options.get("kernel", 3),) * axes
            found["W"] = rng.standard_normal((*window, shape[-1], options["filters"]))
            if options.get("bias", True):
                found["b"] = rng.standard_normal(options["filters"])
        given = {name: torch.tensor(value, requires_grad=True) for name, value in found.items()}
        a = forward(torch, layer, options, axes, given)
        found["da"] = rng.standard_normal(a.shape)
        a.backward(torch.tensor(found["da"]))
        found["a"] = a.detach().numpy()
        found |= {"d" + name: value.grad.numpy() for name, value in given.items()}
        arrays |= {f"{case}/{name}": value for name, value in found.items()}
    np.savez_compressed(FILE, **arrays)


def forward(torch: Any, layer: str, options: dict[str, Any], axes: int, given: dict[str, Any]) -> Any:
    """The layer's output in PyTorch, channels last."""
    F = torch.nn.functional
    x = torch.movedim(given["x"], -1, 1)
    if layer == "global_average_pool":
        return x.mean(dim=tuple(range(2, 2 + axes)))
    if layer == "conv":
        kernel, stride, dilation = (
            options.get(name, usual) for name, usual in (("kernel", 3), ("stride", 1), ("dilation", 1))
        )
        if options.get("padding", "same") == "same":
            sides = []
            for n in reversed(x.shape[2:]):  # `pad` counts axes from the last one
                total = max((-(-n // stride) - 1) * stride + (kernel - 1) * dilation + 1 - n, 0)
                sides += [total // 2, total - total // 2]
            x = F.pad(x, sides)
        W = torch.movedim(given["W"], (-1, -2), (0, 1))
        a = (F.conv1d, F.conv2d)[axes - 1](x, W, given.get("b"), stride=stride, dilation=dilation)
    else:
        pools = {"max_pool": (F.max_pool1d, F.max_pool2d), "average_pool": (F.avg_pool1d, F.avg_pool2d)}
        a = pools[layer][axes - 1](x, options["size"], options.get("stride"))
    return torch.movedim(a, 1, -1)


if __name__ == "__main__":
    main()
