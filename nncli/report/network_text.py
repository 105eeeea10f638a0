"""A network in words: one line, or a table of its layers."""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import numpy as np

from nncli.config.build_layers import PlacedLayer
from nncli.nn.activations import activations
from nncli.nn.initializers import initializers
from nncli.nn.layers import Block, Layer, Shape, layers, multiply_adds
from nncli.nn.layers.residual import Repeat
from nncli.nn.parameters import trained_size
from nncli.registry import Registry, options_of

CLEAR_WITHOUT_NAME = {"kind", "activation"}
"""Layer options whose values are clear without their names."""

COUNTED = {"heads", "units"}
"""Layer options that count something."""


def part_text(registry: Registry[Any], part: Any) -> str:
    """A part's name, with its non-default options: `leaky_relu slope 0.1`."""
    changed = [
        f"{field.name} {value:g}" if isinstance(value, float) else f"{field.name} {value}"
        for field in dataclasses.fields(part)
        if (value := getattr(part, field.name)) != field.default
    ]
    return " ".join([registry.name_of(part), *changed])


def layer_text(layer: Layer | Block) -> str:
    """A layer in a few words: `4 tanh`, `conv 16 stride 2 relu`, `dropout 0.2`, `3 × residual [8 relu]`.

    The text follows from the layer's options: a single required option without its name; non-default options
    with their names, or without if the value is clear; flags that are on and off by default; and
    last the activation.
    """
    if isinstance(layer, Repeat):
        inner = " → ".join(_counted(layer.layers))
        return f"{layer.times} × {inner if len(layer.layers) == 1 else f'[{inner}]'}"
    if isinstance(layer, Block):
        return f"{layers.name_of(layer)} [{' → '.join(_counted(layer.layers))}]"
    name = layers.name_of(layer) if layer.label is None else layer.label
    return " ".join([*([name] if name else []), *_option_texts(layer)])


def _option_texts(layer: Any) -> Iterator[str]:
    """The texts of a layer's options."""
    fields = {field.name: field for field in dataclasses.fields(layer)}
    options = {name: option for name, option in options_of(type(layer)).items() if option.part_of is None}
    required = [name for name in options if _is_required(fields[name])]
    for name in options:
        value = getattr(layer, name)
        if isinstance(value, bool):
            if value and not fields[name].default:
                yield name
        elif isinstance(value, np.ndarray) or value != fields[name].default:
            yield _option_text(name, value, alone=required == [name])
    for name, option in options_of(type(layer)).items():
        if option.part_of is activations:
            yield part_text(activations, getattr(layer, name))


def _option_text(name: str, value: object, *, alone: bool) -> str:
    """`16` if it is the only required option, `learned`, `4 heads`, `stride 2`."""
    text = f"{value:g}" if isinstance(value, float) else str(value)
    if alone or name in CLEAR_WITHOUT_NAME:
        return text
    return f"{text} {name}" if name in COUNTED else f"{name} {text}"


def _is_required(field: dataclasses.Field[Any]) -> bool:
    return field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING


def _counted(hidden: Iterable[Layer | Block]) -> list[str]:
    """The texts of layers; runs of equal ones are counted."""
    groups = ((text, len(list(equal))) for text, equal in itertools.groupby(map(layer_text, hidden)))
    return [text if times == 1 else f"{times} × {text}" for text, times in groups]


def chain(inputs: Shape | int, hidden: Iterable[Layer | Block], output: str, limit: int = 6) -> str:
    """A network in one line, `8×8×1 → conv 4 relu → 1 sigmoid`; equal layers are counted, long chains shortened."""
    words = _counted(hidden)
    if len(words) > limit:
        words = [*words[: limit - 1], f"… {len(words) - limit} more …", words[-1]]
    first = str(inputs) if isinstance(inputs, int) else "×".join(map(str, inputs))
    return " → ".join([first, *words, output])


@dataclasses.dataclass(frozen=True, slots=True)
class LayerRow:
    """One layer in the table of `nncli check`, or several equal ones.

    Attributes:
        parameters: number of trained parameters.
        multiply_adds: of a forward pass of one sample.
        initializer: of its weights.
        layers: how many plain layers of the network it stands for.
        depth: number of blocks around it.
    """

    layer: str
    output_shape: Shape
    parameters: int
    multiply_adds: int
    initializer: str
    layers: int = 1
    depth: int = 0


def layer_rows(
    network_layers: Sequence[Layer | Block], placed: Sequence[PlacedLayer], output_activation: str
) -> list[LayerRow]:
    """A row for each layer, starting with the input; the last includes the activation that the loss applies.

    The layers are given as written, in blocks, and as the plain ones that they stand for, in their places.
    For `repeat`, all rounds equal to the last one shown are one row, with their sums.
    """
    rows = [LayerRow("input", placed[0].input_shape, 0, 0, "", layers=0)]
    rest = iter(placed)
    for layer in network_layers:
        rows += _rows(layer, rest, rows[-1].output_shape, 0)
    text = f"{rows[-1].output_shape[-1]} {output_activation} (output)"
    return [*rows[:-1], dataclasses.replace(rows[-1], layer=text)]


def indented(layer: str, depth: int) -> str:
    """The name of a layer in a table, indented two spaces per enclosing block."""
    return "  " * depth + layer


def _rows(layer: Layer | Block, rest: Iterator[PlacedLayer], shape: Shape, depth: int) -> Iterator[LayerRow]:
    if isinstance(layer, Repeat):
        yield from _rounds(layer, rest, shape, depth)
    elif isinstance(layer, Block):
        for part in layer.unfold(shape):
            for row in _rows(part, rest, shape, depth + any(part is inner for inner in layer.layers)):
                yield row
                shape = row.output_shape
    else:
        placed = next(rest)
        specs = placed.parameters
        weights = getattr(placed.layer, "initializer", None) if any(spec.decay for spec in specs) else None
        yield LayerRow(
            layer_text(placed.layer),
            placed.output_shape,
            trained_size(specs),
            multiply_adds(placed.layer, placed.input_shape),
            part_text(initializers, weights) if weights else "",
            depth=depth,
        )


def _rounds(block: Repeat, rest: Iterator[PlacedLayer], shape: Shape, depth: int) -> Iterator[LayerRow]:
    if block.times > 1:
        yield LayerRow(f"repeat {block.times} times", shape, 0, 0, "", layers=0, depth=depth)
        depth += 1
    for number in range(1, block.times + 1):
        rows: list[LayerRow] = []
        for layer in block.layers:
            rows += _rows(layer, rest, rows[-1].output_shape if rows else shape, depth)
        yield from rows
        before, shape = shape, rows[-1].output_shape
        if before == shape and number < block.times:
            for _ in range((block.times - number) * sum(row.layers for row in rows)):
                next(rest)
            yield _alike(rows, number + 1, block.times, depth)
            return


def _alike(rows: Sequence[LayerRow], first: int, last: int, depth: int) -> LayerRow:
    """One row for all rounds that equal the one in `rows`."""
    times = 1 + last - first
    return LayerRow(
        f"round {last} alike" if times == 1 else f"rounds {first}–{last} alike",
        rows[-1].output_shape,
        times * sum(row.parameters for row in rows),
        times * sum(row.multiply_adds for row in rows),
        next((row.initializer for row in rows if row.initializer), ""),
        times * sum(row.layers for row in rows),
        depth,
    )
