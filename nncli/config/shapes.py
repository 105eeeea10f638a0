"""Whether each layer accepts the output of the one before it, and what to try if not."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from nncli.config.build_layers import PlacedLayer, trace
from nncli.config.conflicts import Conflict
from nncli.config.schema import ExperimentConfig
from nncli.errors import KeyPath, UserError, dotted
from nncli.nn.layers import Layer, Multiplies, OverBatch, ReadsData, Shape, layers
from nncli.registry import options_of

RANKS = {1: "a vector", 2: "a sequence (steps, features)", 3: "an image (height, width, channels)"}
"""The samples of each rank, in words."""

PLACES = {2: "step", 3: "pixel"}
"""The positions in a sample of each rank, in words."""

SUITABLE_LAYERS = {1: "Try dense", 2: "Try conv or a recurrent layer", 3: "Try conv, or flatten and dense"}
"""The hints for a layer that accepts neither samples of this rank nor vectors."""

MAX_LAYERS = 20_000
"""More than this is a mistake in `repeat`."""

MAX_NUMBERS = 1 << 52
"""NumPy gives no clear error for arrays that cannot be addressed: 2^63 bytes, less a margin for what is not counted."""


_KNOWN: dict[tuple[type, type], bool] = {}


def place_layers(
    config: ExperimentConfig, shape: Shape, inputs: NDArray[np.float64] | None, smallest_batch: int | None
) -> tuple[tuple[PlacedLayer, ...], list[Conflict]]:
    """The hidden layers, each with the shape of its input, up to the first that does not accept it; and that conflict.

    Args:
        config: with every option of the layers filled in.
        shape: of one input.
        inputs: of all rows, if there are any.
        smallest_batch: the number of rows in the smallest batch of an epoch, if known.
    """
    out = shape
    passed: list[PlacedLayer] = []
    numbers, rows = 0, 1 if inputs is None else len(inputs)
    path: KeyPath = ("architecture",)
    for placed in trace(config.architecture, shape, path):
        path = placed.path
        if len(passed) >= MAX_LAYERS:
            return tuple(passed), [Conflict.at(path, f"there are more than {MAX_LAYERS} layers", "")]
        layer = placed.layer
        try:
            if _is_a(layer, ReadsData):
                conflict = _reading_conflict(config, shape, inputs, placed, cast("ReadsData", layer), len(passed))
            else:
                conflict = _rank_conflict(placed, passed)
            if _is_a(layer, OverBatch) and conflict is None:
                least = cast("OverBatch", layer).least_rows(placed.input_shape)
                conflict = _batch_conflict(placed, least, smallest_batch)
            if conflict is None:
                out = placed.output_shape
                numbers += len(config.seed_list) * _numbers(placed, rows)
                conflict = _size_conflict(placed, numbers)
        except UserError as error:
            conflict = Conflict(path, error.replaced(start=_in_repetition(placed, passed)))
        if conflict is not None:
            return tuple(passed), [conflict]
        passed.append(placed)
    return tuple(passed), [_end_conflict(passed, path, out)] if len(out) > 1 else []


def _is_a(layer: Layer, protocol: type) -> bool:
    """Like `isinstance`, which is slow for protocols, but cached by type: layers are many, their types few."""
    key = type(layer), protocol
    if key not in _KNOWN:
        _KNOWN[key] = isinstance(layer, protocol)
    return _KNOWN[key]


def _numbers(placed: PlacedLayer, rows: int) -> int:
    """The numbers that one replica needs for a layer: its parameters, and its buffers for each row."""
    of_a_row = sum(map(math.prod, placed.layer.buffers(placed.input_shape).values()))
    return sum(spec.size for spec in placed.parameters) + rows * of_a_row


def _size_conflict(placed: PlacedLayer, numbers: int) -> Conflict | None:
    """The conflict of a network that becomes too large at a layer."""
    if numbers <= MAX_NUMBERS:
        return None
    given = f"up to here the network needs {numbers:.0e} numbers, more than any computer can hold"
    return Conflict.at(placed.path, given, "Try fewer units", (("seeds",),))


def _reading_conflict(
    config: ExperimentConfig,
    shape: Shape,
    inputs: NDArray[np.float64] | None,
    placed: PlacedLayer,
    layer: ReadsData,
    number: int,
) -> Conflict | None:
    """The conflict of a layer that reads the data itself, but not these data or not as the first layer."""
    if len(shape) not in placed.layer.ranks:
        given = f"{placed.name} reads {layer.reads}, but the task provides {_in_words(shape)}"
        return Conflict.at(placed.path, given, SUITABLE_LAYERS[len(shape)])
    if number > 0:
        given = f"{placed.name} reads the data directly, so no layer can come before it"
        return Conflict.at(placed.path, given, "Put it first")
    if config.training.standardize:
        given = f"{placed.name} cannot read standardized inputs"
        return Conflict.at(("training", "standardize"), given, "Remove it", (placed.path,))
    if inputs is not None:
        layer.check(inputs)
    return None


def _rank_conflict(placed: PlacedLayer, passed: Sequence[PlacedLayer]) -> Conflict | None:
    """The conflict of a layer that does not accept inputs of this shape."""
    if len(placed.input_shape) in placed.layer.ranks:
        return None
    takes = " or ".join(RANKS[rank] for rank in placed.layer.ranks)
    given = f"{_in_repetition(placed, passed)}{placed.name} takes {takes} but gets {_in_words(placed.input_shape)}"
    hint = (
        _instead_of_a_vector(placed, passed)
        if len(placed.input_shape) == 1
        else SUITABLE_LAYERS[len(placed.input_shape)]
    )
    return Conflict.at(placed.path, given, hint)


def _instead_of_a_vector(placed: PlacedLayer, passed: Sequence[PlacedLayer]) -> str:
    """The hints for a layer that gets a vector it cannot take: the layer that made the vector may have to change."""
    maker = next((before for before in reversed(passed) if len(before.input_shape) > 1), None)
    otherwise = "Leave it out" if placed.layer.vectorizes else SUITABLE_LAYERS[1]
    if maker is None or len(maker.input_shape) not in placed.layer.ranks:
        return otherwise
    if "return_sequence" in options_of(type(maker.layer)):
        return f"Set return_sequence: true in {dotted(maker.path)}"
    return otherwise if placed.layer.vectorizes else f"Put it before {maker.name} ({dotted(maker.path)})"


def _in_repetition(placed: PlacedLayer, passed: Sequence[PlacedLayer]) -> str:
    """The repetition in which a layer inside `repeat` fails, if not the first."""
    before = sum(other.path == placed.path and other.layer == placed.layer for other in passed)
    return f"in repetition {before + 1}, " if before else ""


def _batch_conflict(placed: PlacedLayer, least: int, rows: int | None) -> Conflict | None:
    """The conflict of a layer that cannot train on the smallest batch of an epoch."""
    if rows is None or rows >= least:
        return None
    given = f"{placed.name} needs {least} rows in every batch, but the last batch of an epoch has {rows}"
    hint = "Try another number of rows, or layer normalization"
    return Conflict.at(("training", "batch_size"), given, hint, (placed.path, ("training",)))


def _end_conflict(passed: Sequence[PlacedLayer], last: KeyPath, out: Shape) -> Conflict:
    """The conflict of hidden layers that do not end in a vector; it may name the dense layer meant to make one."""
    given = f"the output layer takes a vector but gets {_in_words(out)}"
    makers: list[tuple[str, Any]] = [(name, layers.get(name)) for name in layers]
    *ways, way = [name for name, maker in makers if getattr(maker, "vectorizes", False) and len(out) in maker.ranks]
    vectorizer = f"{', '.join(ways)} or {way}"
    tail = itertools.takewhile(lambda own: len(own.path) == 2 and own.layer.by_place, reversed(passed))
    if weighing := [placed for placed in tail if _is_a(placed.layer, Multiplies)]:
        hint = f"{weighing[-1].name} works on each {PLACES[len(out)]} separately: put {vectorizer} before it"
        return Conflict.at(weighing[-1].path, given, hint)
    return Conflict.at(last[:2], given, f"Put {vectorizer} before the end")


def _in_words(shape: Shape) -> str:
    return f"{RANKS[len(shape)].split(' (')[0]} of {' × '.join(map(str, shape))}"
