"""A network in words: one line, or a table of its layers."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np

from nncli.nn.activations import activations
from nncli.nn.layers import Layer, Shape, layers
from nncli.nn.layers.dense import Dense
from nncli.registry import Registry


def part_text(registry: Registry[Any], part: Any) -> str:
    """A part's name, with the options that are not the usual ones: `leaky_relu slope 0.1`."""
    changed = [
        f"{field.name} {value:g}" if isinstance(value, float) else f"{field.name} {value}"
        for field in dataclasses.fields(part)
        if (value := getattr(part, field.name)) != field.default
    ]
    return " ".join([registry.name_of(part), *changed])


def layer_text(layer: Layer) -> str:
    """A layer in a few words: `4 tanh`, `dropout rate 0.2`."""
    if isinstance(layer, Dense):
        return f"{layer.units} {part_text(activations, layer.activation)}"
    if (function := getattr(layer, "function", None)) is not None:
        return part_text(activations, function)
    return part_text(layers, layer)


def chain(inputs: int, hidden: list[Layer], output: str, limit: int = 6) -> str:
    """A network in one line, `2 → 4 tanh → 1 sigmoid`; equal layers in a row are counted, long chains cut."""
    steps = [layer_text(layer) for layer in hidden]
    counted: list[tuple[str, int]] = []
    for step in steps:
        if counted and counted[-1][0] == step:
            counted[-1] = (step, counted[-1][1] + 1)
        else:
            counted.append((step, 1))
    words = [step if times == 1 else f"{times} × {step}" for step, times in counted]
    if len(words) > limit:
        words = [*words[: limit - 1], f"… {len(words) - limit} more …", words[-1]]
    return " → ".join([str(inputs), *words, output])


@dataclasses.dataclass(frozen=True, slots=True)
class LayerRow:
    """One layer in the table of `nncli check`."""

    layer: str
    output_shape: Shape
    parameters: int
    initializer: str


def layer_rows(network_layers: list[Layer], shape: Shape, output_activation: str) -> list[LayerRow]:
    """A row for each layer, from the input on; the last shows the activation that the loss applies, too."""
    from nncli.nn.initializers import initializers

    rows = [LayerRow("input", shape, 0, "")]
    for index, layer in enumerate(network_layers):
        specs = layer.parameters(shape)
        shape = layer.output_shape(shape)
        text = layer_text(layer)
        if index == len(network_layers) - 1:
            text = f"{shape[-1]} {output_activation} (output)"
        first = part_text(initializers, specs[0].initializer) if specs else ""
        rows.append(LayerRow(text, shape, int(np.sum([spec.size for spec in specs], dtype=int)), first))
    return rows
